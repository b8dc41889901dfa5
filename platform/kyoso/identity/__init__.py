"""People: one account each, how they sign in, and what they are in which town (担当者)."""
