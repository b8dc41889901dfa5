"""Workshops for the public (みんなの話し合い): what was said, and what became of it."""
