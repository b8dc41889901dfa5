"""Documents (文書): the letters and papers a town issues, worded by the town, numbered, kept as sent."""
