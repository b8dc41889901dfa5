"""Referrals (紹介): a declined proposal goes to another member town, if and as its proposer agrees.

The first town asks (an offer), the proposer answers through their private link, and only then does
a row appear for the other town, with what was consented and nothing else: see migration 0035.
"""
