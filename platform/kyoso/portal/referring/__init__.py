"""Referring (紹介への同意): what a proposer lets other towns have, through the private link."""
