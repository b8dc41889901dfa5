"""Accounts (アカウント): a person's own sign-in, password, sessions and journal."""
