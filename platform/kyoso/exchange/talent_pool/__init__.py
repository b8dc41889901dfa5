"""Talent pool (人材の掲載): people whom their town offers, and who agreed, found by member towns."""
