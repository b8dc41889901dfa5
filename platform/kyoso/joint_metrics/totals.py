"""How single figures become totals of years and networks, and how a total is said. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import number, yen
from kyoso.core.metrics import Figure, Kind, Metric, Unit

#: A rate over fewer cases is said as its fraction: 「3件中2件」.
FEW = 5

_RATES = frozenset({Kind.RATE, Kind.STOCK_RATE})
_DIVIDED = _RATES | {Kind.QUOTIENT, Kind.STOCK_QUOTIENT}
#: What stands at a month's end: a year is its last month that there is.
AT_THE_END = frozenset({Kind.STOCK, Kind.STOCK_RATE, Kind.STOCK_QUOTIENT})


@dataclass(frozen=True, slots=True)
class Total:
    """What one or many towns published of one metric, for a month or several."""

    metric: Metric
    number: float = 0
    #: The whole, of a rate; by what is divided, of a quotient.
    of: float | None = None
    #: The single values, of a median.
    sample: tuple[float, ...] = ()
    #: By the town from which, then by the town to which.
    towards: Mapping[str, Mapping[str, float]] | None = None
    #: How many towns published it.
    towns: int = 1
    #: The lowest and the highest version of the formula in it.
    versions: tuple[int, int] = (1, 1)

    @property
    def value(self) -> float | None:
        """The number that is drawn: percent of a rate; None where nothing can be divided."""
        if self.metric.kind in _DIVIDED:
            times = 100 if self.metric.kind in _RATES else 1
            return self.number * times / self.of if self.of else None
        if self.metric.kind is Kind.MEDIAN:
            return float(statistics.median(self.sample)) if self.sample else None
        return self.number

    @property
    def is_few(self) -> bool:
        """Tell whether it is a rate over too few cases for a percentage."""
        return self.metric.kind in _RATES and (self.of or 0) < FEW

    @property
    def words(self) -> str:
        """The total as a reader sees it, with its unit."""
        value = self.value
        if self.metric.kind in _RATES and self.is_few:
            if not self.of:
                return _("該当なし")
            return _("%(of)s件中%(number)s件", of=_plain(self.of), number=_plain(self.number))
        return _("該当なし") if value is None else say(self.metric, value)


def say(metric: Metric, value: float) -> str:
    """Return a value of a metric with its unit."""
    if metric.unit is Unit.YEN:
        return yen(round(value))
    if metric.unit is Unit.PERCENT:
        return f"{value:.1f}%"
    return _("%(number)s%(unit)s", number=_plain(value), unit=metric.unit.label)


def _plain(value: float) -> str:
    rounded = round(float(value), 1)
    return number(int(rounded) if rounded == int(rounded) else rounded)


def to_entry(metric: Metric, figure: Figure) -> dict[str, Any]:
    """Return a figure as the database keeps it; see snapshots/models.py."""
    entry: dict[str, Any] = {"n": figure.number, "f": metric.version}
    if metric.kind in _DIVIDED:
        entry["d"] = figure.of or 0
    if metric.kind is Kind.MEDIAN:
        entry |= {"n": len(figure.sample), "s": list(figure.sample)}
    if metric.kind is Kind.TOWARDS:
        entry["w"] = {str(town): value for town, value in figure.towards.items()}
        entry["n"] = sum(figure.towards.values())
    return entry


def from_entry(metric: Metric, entry: Mapping[str, Any] | None, town: str = "") -> Total | None:
    """Return what an entry says, of a network or of one `town`; None where there is none."""
    if entry is None:
        return None
    version = entry["f"]
    towards = entry.get("w")
    if towards is not None and town:
        towards = {town: towards}
    return Total(
        metric,
        entry["n"],
        entry.get("d"),
        tuple(entry.get("s") or ()),
        towards,
        entry.get("t", 1),
        tuple(version) if isinstance(version, list) else (version, version),
    )


def over(months: Sequence[Total | None]) -> Total | None:
    """Return several months of one metric, in their order, as one: a year, a half-year.

    What stands at a month's end is that of the last month there is. None if there is none.
    """
    found = [month for month in months if month is not None]
    if not found:
        return None
    if found[0].metric.kind in AT_THE_END:
        return found[-1]
    towards: dict[str, dict[str, float]] = {}
    for month in found:
        for source, numbers in (month.towards or {}).items():
            row = towards.setdefault(source, {})
            for target, value in numbers.items():
                row[target] = row.get(target, 0) + value
    return Total(
        found[0].metric,
        sum(month.number for month in found),
        sum(month.of or 0 for month in found) if found[0].metric.kind in _DIVIDED else None,
        tuple(value for month in found for value in month.sample),
        towards or None,
        max(month.towns for month in found),
        (min(month.versions[0] for month in found), max(month.versions[1] for month in found)),
    )


def together(totals: Iterable[Total | None]) -> Total | None:
    """Return several towns' totals of one metric and period as one: what the database does too."""
    found = [total for total in totals if total is not None]
    if not found:
        return None
    divided = found[0].metric.kind in _DIVIDED
    return Total(
        found[0].metric,
        sum(total.number for total in found),
        sum(total.of or 0 for total in found) if divided else None,
        tuple(sorted(value for total in found for value in total.sample)),
        {source: row for total in found for source, row in (total.towards or {}).items()} or None,
        sum(total.towns for total in found),
        (min(total.versions[0] for total in found), max(total.versions[1] for total in found)),
    )
