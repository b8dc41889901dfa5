"""Progress of the strategy (戦略の進み具合): vision → strategy → tactic → needs and projects."""
