"""Stages over time 段階の移り変わり: where each project stood at any moment, from its history."""
