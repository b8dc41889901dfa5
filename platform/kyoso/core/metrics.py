"""Numbers that a feature declares of its town's months: what they mean, and how they are counted.

A feature's ``metrics.py`` declares each with :class:`Metric` and counts several at once::

    RECEIVED = declare(Metric("proposals.received", _l("受け付けた提案"), …))

    @counts
    def count_proposals(actor: Actor, month: Month) -> Figures:
        \"\"\"Count a month's proposals.\"\"\"
        return {RECEIVED: Figure(12), ADOPTED: Figure(3)}

A function runs in its town's own scope and reads its own rows. What belongs to one network takes
the network as well (``@counts_in_network``). Whatever a town's number is *as of*, it is as of the
month's end: counted again later, the same history gives the same number.
"""

from __future__ import annotations

import calendar
import datetime as dt
import enum
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from kyoso.core.access import Actor
from kyoso.core.clock import fiscal_year
from kyoso.core.i18n import JST, jp_month
from kyoso.core.i18n import lazy_gettext as _l


class Unit(enum.StrEnum):
    """What a number counts."""

    CASES = "cases"
    PEOPLE = "people"
    DEPARTMENTS = "departments"
    HOURS = "hours"
    DAYS = "days"
    YEN = "yen"
    POINTS = "points"
    PERCENT = "percent"

    @property
    def label(self) -> str:
        """The word behind the number."""
        return str(_UNITS[self])


_UNITS = {
    Unit.CASES: _l("件"),
    Unit.PEOPLE: _l("人"),
    Unit.DEPARTMENTS: _l("課"),
    Unit.HOURS: _l("時間"),
    Unit.DAYS: _l("日"),
    Unit.YEN: _l("円"),
    Unit.POINTS: _l("点"),
    Unit.PERCENT: _l("%"),
}


class Direction(enum.StrEnum):
    """Whether more of it is better."""

    MORE = "more"
    LESS = "less"
    NEITHER = "neither"

    @property
    def label(self) -> str:
        """The words a user sees."""
        return str(_DIRECTIONS[self])


_DIRECTIONS = {
    Direction.MORE: _l("多いほどよい"),
    Direction.LESS: _l("少ないほどよい"),
    Direction.NEITHER: _l("多い・少ないで良し悪しは決まらない"),
}


class Kind(enum.StrEnum):
    """How months become a year, and towns become a network."""

    #: What happened within the month: adds up over months and towns.
    FLOW = "flow"
    #: What stood at the month's end: adds up over towns; a year is its last month.
    STOCK = "stock"
    #: A part of a whole, of what happened: both add up, then the one is divided by the other.
    RATE = "rate"
    #: A part of a whole as of the month's end; a year is its last month.
    STOCK_RATE = "stock_rate"
    #: So much for each of something, of what happened: a mean. Both add up, then one is divided.
    QUOTIENT = "quotient"
    #: So much for each of something, as of the month's end: yen for each resident.
    STOCK_QUOTIENT = "stock_quotient"
    #: The middle of single values: those of all months and towns are put together.
    MEDIAN = "median"
    #: What went from this town to each other: adds up over months.
    TOWARDS = "towards"

    @property
    def label(self) -> str:
        """How it is put together, in words."""
        return str(_KINDS[self])


_KINDS = {
    Kind.FLOW: _l("月の合計。年度は各月を、ネットワークは各自治体を足し合わせます。"),
    Kind.STOCK: _l("月末の数。年度は最後の月の数、ネットワークは各自治体の合計です。"),
    Kind.RATE: _l("割合。分子と分母をそれぞれ足し合わせてから割ります。"),
    Kind.STOCK_RATE: _l("月末の割合。分子と分母をそれぞれ足し合わせてから割ります。"),
    Kind.QUOTIENT: _l("一つあたりの数。合計と数をそれぞれ足し合わせてから割ります。"),
    Kind.STOCK_QUOTIENT: _l("月末の一つあたりの数。合計と数をそれぞれ足し合わせてから割ります。"),
    Kind.MEDIAN: _l("中央値。一件ずつの値を、月や自治体をまたいで集めて求めます。"),
    Kind.TOWARDS: _l("自治体から自治体への流れ。年度は各月を足し合わせます。"),
}


# Compared by identity: each is declared once, and its words, which wait for a language, have no hash.
@dataclass(frozen=True, slots=True, eq=False)
class Metric:
    """A number that is defined once and shown with its definition."""

    #: Feature and name: ``proposals.received``. Never used for something else later.
    id: str
    label: Any
    unit: Unit
    #: How it is counted, in words: which rows, which dates, what is left out.
    formula: Any
    kind: Kind
    direction: Direction
    #: The first month that can be counted.
    since: dt.date
    #: Counted up when the formula changes: a series is broken there, visibly.
    version: int = 1


@dataclass(frozen=True, slots=True)
class Figure:
    """What was counted: a number, a part of a whole, single values, or numbers by town."""

    number: float = 0
    #: The whole, of a rate; by what is divided, of a quotient.
    of: float | None = None
    #: The single values, of a median.
    sample: tuple[float, ...] = ()
    #: By the other town, of a flow between towns.
    towards: Mapping[uuid.UUID, float] = field(default_factory=dict)


#: A metric that is left out could not be counted for that month.
Figures = Mapping[Metric, Figure]


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month in Japan's time."""

    year: int
    number: int

    @classmethod
    def of(cls, day: dt.date) -> Self:
        """Return the month of a day."""
        return cls(day.year, day.month)

    @property
    def first(self) -> dt.date:
        """The first day."""
        return dt.date(self.year, self.number, 1)

    @property
    def last(self) -> dt.date:
        """The last day."""
        return self.first.replace(day=calendar.monthrange(self.year, self.number)[1])

    @property
    def begins(self) -> dt.datetime:
        """The first moment, aware."""
        return dt.datetime.combine(self.first, dt.time(), JST)

    @property
    def ends(self) -> dt.datetime:
        """The first moment after it, aware."""
        return self.next.begins

    @property
    def next(self) -> Self:
        """The month after it."""
        return self + 1

    @property
    def fiscal_year(self) -> int:
        """The fiscal year that it is in."""
        return fiscal_year(self.first)

    @property
    def label(self) -> str:
        """As people call it: 2026年10月."""
        return jp_month(self.first)

    def __add__(self, months: int) -> Self:
        """Return the month that is so many later."""
        count = self.year * 12 + self.number - 1 + months
        return type(self)(count // 12, count % 12 + 1)

    def __str__(self) -> str:
        """As addresses and forms write it: ``2026-10``."""
        return f"{self.year:04}-{self.number:02}"


Count = Callable[[Actor, Month], Figures]
CountInNetwork = Callable[[Actor, Month, uuid.UUID], Figures]

#: Every metric by its id, in the order of the features.
METRICS: dict[str, Metric] = {}
_counts: list[Count] = []
_counts_in_network: list[CountInNetwork] = []


def declare(metric: Metric) -> Metric:
    """Make a metric known."""
    METRICS[metric.id] = metric
    return metric


def counts(function: Count) -> Count:
    """Ask the function below for figures of the town."""
    if function not in _counts:
        _counts.append(function)
    return function


def counts_in_network(function: CountInNetwork) -> CountInNetwork:
    """Ask the function below for figures of what the town does in one network."""
    if function not in _counts_in_network:
        _counts_in_network.append(function)
    return function


def count_town(actor: Actor, month: Month) -> dict[str, Figure]:
    """Return every figure of a town's month, by the metric's id; in the town's own scope."""
    return _of(function(actor, month) for function in _counts)


def count_in_network(actor: Actor, month: Month, network_id: uuid.UUID) -> dict[str, Figure]:
    """Return every figure of what a town did in one network, by the metric's id."""
    return _of(function(actor, month, network_id) for function in _counts_in_network)


def _of(found: Any) -> dict[str, Figure]:
    return {metric.id: figure for figures in found for metric, figure in figures.items()}
