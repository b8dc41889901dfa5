"""What is to be assigned, and what an assignment is: people's hours to needs. Pure.

Which hours of whom go to which need, so that the most of value is met: never more than a person has
left in any month, nothing below a useful block, at most so many people a need, and no town below its
part of the floor. `solving` finds it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Ask:
    """A need, as far as it is to be calculated with."""

    town: str
    #: Hours a month still to be met.
    hours: int
    #: Fewer hours of one person are of no use.
    least: int
    most_people: int
    #: The place of the first month in which it needs them; it goes on to the last.
    first: int = 0


@dataclass(frozen=True, slots=True)
class Pair:
    """Somebody who could serve a need; `value` is what an hour of it is worth."""

    need: int
    person: int
    value: float


@dataclass(frozen=True, slots=True)
class Problem:
    """What is to be assigned."""

    needs: Sequence[Ask]
    #: Of each person, what is left in each month.
    left: Sequence[tuple[int, ...]]
    pairs: Sequence[Pair]
    #: The share of its hours below which no town should be while others have more.
    floor: float = 0.0

    def cap(self, pair: Pair) -> int:
        """Return the most hours that a person can give a need in each of its months."""
        need = self.needs[pair.need]
        return min(need.hours, *self.left[pair.person][need.first :])


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to look, and how near to the best is near enough."""

    seconds: float = 30.0
    gap: float = 0.01


@dataclass(frozen=True, slots=True)
class Result:
    """Hours by (need, person), and how good that is known to be."""

    hours: Mapping[tuple[int, int], int]
    value: float
    #: No assignment is worth more than this.
    bound: float
    seconds: float
    #: What each town must get if it is not to be below the floor, or can get at all.
    targets: Mapping[str, float] = field(default_factory=dict)
    #: The part of these targets that every town gets.
    fairness: float = 1.0

    @property
    def gap(self) -> float:
        """How far the best might still be above this, as a part of the bound."""
        return max(0.0, (self.bound - self.value) / self.bound) if self.bound > 0 else 0.0

    def met(self, need: int) -> int:
        """Return the hours that a need gets."""
        return sum(hours for (one, _person), hours in self.hours.items() if one == need)
