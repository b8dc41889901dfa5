"""Where the town is going (将来像と戦略), for the public, if the town wishes."""
