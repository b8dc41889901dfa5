"""Engagements (関与): what a person does for a department, for how many hours, until when."""
