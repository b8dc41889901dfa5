"""Child processes that start together and stop together, whatever happens to any of them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

STOP_SECONDS = 15.0
POLL_SECONDS = 0.1
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Command:
    """One child process to be."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    #: What it says goes here; None: to our own output.
    log: Path | None = None


@dataclass
class Ended(Exception):
    """A child ended although nobody had told it to."""

    name: str
    code: int


@dataclass
class Stop:
    """Whether somebody asked us to stop: Ctrl-C, TERM, or the terminal went away."""

    asked: bool = False
    _before: dict[int, object] = field(default_factory=dict)

    def __enter__(self) -> Stop:
        """Listen for the three signals. Only sets a mark: the loop does the rest."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self._before[number] = signal.signal(number, self._mark)
        return self

    def __exit__(self, *_: object) -> None:
        """Give the signals back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _mark(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True


class Children:
    """The running children."""

    def __init__(self) -> None:
        self._running: list[tuple[Command, subprocess.Popen[bytes]]] = []

    def start(self, command: Command) -> None:
        """Start a child in a session of its own, so that Ctrl-C reaches it through us alone."""
        with contextlib.ExitStack() as stack:
            output = None
            if command.log is not None:
                command.log.parent.mkdir(parents=True, exist_ok=True)
                output = stack.enter_context(command.log.open("wb"))
            child = subprocess.Popen(  # noqa: S603 - our own programs
                command.arguments,
                env=command.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
                start_new_session=True,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )
        self._running.append((command, child))

    def check(self) -> None:
        """Raise Ended if a child is gone."""
        for command, child in self._running:
            code = child.poll()
            if code is not None:
                raise Ended(command.name, code)

    def stop(self) -> None:
        """Ask all children to finish what they are doing, and end those who do not in time."""
        running = [child for _command, child in reversed(self._running)]
        for child in running:
            with contextlib.suppress(ProcessLookupError):
                child.terminate()
        limit = time.monotonic() + STOP_SECONDS
        for child in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(max(0.1, limit - time.monotonic()))
            # Also what the child itself left behind: it leads a process group of its own.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        self._running.clear()


@contextlib.contextmanager
def children() -> Iterator[Children]:
    """Hold children that are stopped at the end of the block, also after an error."""
    held = Children()
    try:
        yield held
    finally:
        # A second Ctrl-C while we stop must not leave somebody behind.
        with Stop():
            held.stop()


def stay(held: Children, stop: Stop, until: Callable[[], bool] | None = None) -> bool:
    """Wait until `until` says yes or somebody asks to stop; False when asked to stop.

    Raises Ended when a child ends meanwhile.
    """
    while not stop.asked:
        held.check()
        if until is not None and until():
            return True
        time.sleep(POLL_SECONDS)
    return False


def _die_with_parent() -> None:
    """Have the kernel end this child when its parent is killed without a chance to stop it."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
