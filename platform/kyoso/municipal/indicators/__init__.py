"""Indicators (成果指標): by what a project shows that something became better, over time."""
