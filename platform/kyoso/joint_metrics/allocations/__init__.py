"""Allocation 割り当て案: which hours of whom could go to which need of the member towns, and why."""
