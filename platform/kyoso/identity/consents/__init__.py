"""Consents, 同意: what a person lets whom see, for what, until when; taken back at any time."""
