"""Intake (受付方針): what a town takes in, when, by which criteria, and its guidelines."""
