"""Talents (複業人材の台帳): who a town has registered, and who is invited to it."""
