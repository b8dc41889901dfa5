"""Reuses (活用記録): a town uses another's know-how, says what came of it, and is told of updates.

The town that uses keeps its record (`Reuse`); the author's town gets one of its own
(`ReceivedReuse`), written by a function of the database, so that thanks reach also a town that
published without its name.
"""
