"""Closing a network: the founding town sets the day on which nobody is a member any more."""
