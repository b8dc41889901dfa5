"""Posts (役職): which person holds which place in a unit, for how long."""
