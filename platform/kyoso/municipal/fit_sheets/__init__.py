"""Fit sheets (すり合わせシート): what the town wants, what the proposer wants and what can be done."""
