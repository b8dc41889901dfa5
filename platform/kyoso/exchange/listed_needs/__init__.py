"""Needs of a town, shown to its networks (他の町が求めていること)."""
