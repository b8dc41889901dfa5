"""Memoranda (覚書): what two towns agree on about a person, worded from a template and set as PDF."""
