"""Serve the application: in place of this process, or beside the embedded database."""

from __future__ import annotations

import os

from kyoso.core.config import Settings
from kyoso.operating.processes import Command, Ended, Stop, children, stay
from kyoso.operating.serving import gunicorn_command, handed_on, prepare


def serve(settings: Settings) -> int:
    """Serve until told to stop; returns the exit code.

    With a database of its own elsewhere this process becomes gunicorn. The embedded one lives as
    long as the process that started it, so then gunicorn is a child.
    """
    ready = prepare(settings)
    command = gunicorn_command()
    if settings.database_url:
        os.execve(command[0], command, handed_on(ready))  # noqa: S606 - no shell is wanted
    with Stop() as stop, children() as held:
        held.start(Command("web", command, handed_on(ready)))
        try:
            stay(held, stop)
        except Ended as ended:
            return ended.code or 1
    return 0
