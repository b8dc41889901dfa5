"""Proposing (提案する): from the first page to the receipt, step by step, saved at each."""
