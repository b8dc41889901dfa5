"""What fills the demo. Everything invented is marked 「（見本）」."""

from __future__ import annotations

from collections.abc import Callable

#: In order; each brings in one kind of thing, and nothing when that is there already.
SEEDS: tuple[Callable[[], None], ...] = ()


def seed() -> None:
    """Put in the sample data that is not there yet; needs an application context."""
    for bring_in in SEEDS:
        bring_in()
