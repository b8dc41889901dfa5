"""A town's months: counted from its own rows, looked at, published to a network (月次値)."""
