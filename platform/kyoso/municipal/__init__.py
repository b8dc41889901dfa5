"""One town's own work: every row here belongs to exactly one municipality."""
