"""Whose hours could meet which need: a plan that towns may follow (割り当て案)."""
