"""Agreements (協定): who agreed on what with the town, until when, and what a text still lacks."""
