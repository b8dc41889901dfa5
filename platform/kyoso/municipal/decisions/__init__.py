"""Decisions (決定): what the town decided on a proposal, on what grounds, and how it was told."""
