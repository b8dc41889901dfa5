"""Workloads (業務負荷): the hours that projects add to departments, and what those say to it."""
