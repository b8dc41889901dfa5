"""Shares (人材シェア): the person's answer, the share that runs, its hours, its end and reviews."""
