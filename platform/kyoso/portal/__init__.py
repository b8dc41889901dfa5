"""The public pages of a town: no account, no sign-in."""
