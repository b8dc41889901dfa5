"""Today, 今日: what waits for a person, in every town they work for."""
