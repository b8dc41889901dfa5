"""What coordinators add to a network's numbers: targets, and notes on the time line (目標と注記)."""
