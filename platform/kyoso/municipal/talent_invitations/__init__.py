"""Invitations into the register of talents (複業人材の招待): one, or many at once."""
