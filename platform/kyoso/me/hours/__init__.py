"""Worked hours, 働いた時間: a person's week, quick entry and month, over all towns."""
