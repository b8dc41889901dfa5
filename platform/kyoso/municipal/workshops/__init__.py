"""Workshops (ワークショップ): what residents think, taken down, and what became of each idea."""
