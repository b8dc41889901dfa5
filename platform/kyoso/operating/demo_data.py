"""The sample people and proposals of the demo. Everything invented is marked 「（見本）」."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sample person whom the demo's sign-in page offers."""

    town: str
    role: str
    name: str
    email: str


#: What fills the demo, in order; each does nothing when its part is there already.
SEEDS: tuple[Callable[[], None], ...] = ()
#: Where the sample people are looked up.
PEOPLE: tuple[Callable[[], list[SignIn]], ...] = ()


def seed() -> None:
    """Put in the sample data that is not there yet."""
    for part in SEEDS:
        part()


def list_sign_ins() -> list[SignIn]:
    """Return the sample people, town by town."""
    return [sign_in for part in PEOPLE for sign_in in part()]
