"""Recruitments (複業人材募集): what departments look for in side-job people, and who applies."""
