"""How a town's month is set out for people: line by line, by topic, beside other months. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from kyoso.core.i18n import gettext as _
from kyoso.core.metrics import METRICS, Metric, Month
from kyoso.joint_metrics.themes import theme_of
from kyoso.joint_metrics.totals import Total, from_entry, say

#: What a month's figures say, by the metric's id; see snapshots/models.py.
Entries = Mapping[str, Any]


class OfMetric(Protocol):
    """Anything that is about a metric."""

    @property
    def metric(self) -> Metric:
        """Which."""


T = TypeVar("T", bound=OfMetric)


def by_topic(lines: Iterable[T]) -> list[tuple[str, list[T]]]:
    """Return lines under the names of their themes, in the order in which themes are read."""
    found: dict[tuple[int, str], list[T]] = {}
    for line in lines:
        found.setdefault(theme_of(line.metric), []).append(line)
    return [(name, found[place, name]) for place, name in sorted(found)]


@dataclass(frozen=True, slots=True)
class Definition:
    """A metric in the catalogue."""

    metric: Metric


def catalogue() -> list[tuple[str, list[Definition]]]:
    """Return every metric there is, by topic."""
    return by_topic(Definition(metric) for metric in METRICS.values())


@dataclass(frozen=True, slots=True)
class Line:
    """One metric of a month beside the month before and the year before."""

    metric: Metric
    now: Total | None
    before: Total | None
    last_year: Total | None
    #: Not published to this network.
    withheld: bool

    @property
    def broken(self) -> bool:
        """Tell whether another formula counted what it stands beside."""
        others = [one for one in (self.before, self.last_year) if one is not None]
        return self.now is not None and any(one.versions != self.now.versions for one in others)


def own_lines(
    month: Month, figures: Entries, near: Mapping[Month, Entries], withheld: Collection[str]
) -> list[tuple[str, list[Line]]]:
    """Return a month's metrics by topic, each beside the month before and the year before."""
    before, last_year = near.get(month + -1, {}), near.get(month + -12, {})
    return by_topic(
        Line(
            metric,
            from_entry(metric, figures.get(key)),
            from_entry(metric, before.get(key)),
            from_entry(metric, last_year.get(key)),
            key in withheld,
        )
        for key, metric in METRICS.items()
        if metric.since <= month.last
    )


@dataclass(frozen=True, slots=True)
class PublishedLine:
    """One metric as the network sees it."""

    metric: Metric
    total: Total
    #: To which town how much, of a flow between towns.
    towards: list[str]


def published_lines(
    figures: Entries, names: Mapping[uuid.UUID, str]
) -> list[tuple[str, list[PublishedLine]]]:
    """Return what the network sees of a month, by topic."""
    lines = []
    for key, metric in METRICS.items():
        total = from_entry(metric, figures.get(key))
        if total is not None:
            towards = figures[key].get("w") or {}
            said = [
                f"{names.get(uuid.UUID(town)) or _('ほかの自治体')} {say(metric, value)}"
                for town, value in towards.items()
            ]
            lines.append(PublishedLine(metric, total, said))
    return by_topic(lines)


@dataclass(frozen=True, slots=True)
class Change:
    """What a version says otherwise of a metric than the one before; empty: nothing."""

    label: Any
    before: str
    after: str


def changes(before: Entries, after: Entries) -> list[Change]:
    """Return what differs between the figures of two versions."""
    found = []
    for key, metric in METRICS.items():
        if before.get(key) != after.get(key):
            old, new = (from_entry(metric, one.get(key)) for one in (before, after))
            found.append(Change(metric.label, old.words if old else "", new.words if new else ""))
    return found


class Version(Protocol):
    """What is read of a published version."""

    @property
    def version(self) -> int:
        """Counted from one."""

    @property
    def figures(self) -> Any:
        """What it says."""


V = TypeVar("V", bound=Version)


def with_changes(versions: Sequence[V]) -> list[tuple[V, list[Change]]]:
    """Return versions, newest first, each with what it changed."""
    before: list[Entries] = [*(one.figures for one in versions[1:]), {}]
    return [
        (one, changes(old, one.figures) if one.version > 1 else [])
        for one, old in zip(versions, before, strict=False)
    ]
