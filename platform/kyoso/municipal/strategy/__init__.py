"""Strategy (将来像・戦略・戦術): the town's own tree, at which needs and projects point."""
