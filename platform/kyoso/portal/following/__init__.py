"""Following (提案のその後): what the proposer sees and does through the private link."""
