"""Proposals (提案): what residents, companies and groups offer to do with the town, to decision."""
