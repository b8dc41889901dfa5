"""Departures, 退出: a person leaves a town's register, or all at once; the towns are told."""
