"""Locks that lie in a folder; the kernel lets go of those of a process that dies."""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
from collections.abc import Iterator
from pathlib import Path


def open_own(folder: Path, name: str) -> io.TextIOWrapper:
    """Open a file of the folder for locking; it belongs to whom the folder belongs."""
    file = (folder / name).open("a")
    if os.geteuid() == 0:
        status = folder.stat()
        os.chown(file.fileno(), status.st_uid, status.st_gid)
    return file


def share_lock(file: io.TextIOWrapper) -> None:
    """Hold a lock that others may hold too."""
    fcntl.flock(file, fcntl.LOCK_SH)


def try_lock(file: io.TextIOWrapper) -> bool:
    """Hold the file's lock alone, or tell that somebody else holds it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock for a block, waiting for it as long as it takes."""
    with open_own(folder, "lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
