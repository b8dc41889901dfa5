"""What the towns of a network published over a period, put together: what every page, file and
letter says, and which town, month and version each number comes from. Pure.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from kyoso.core.i18n import gettext as _
from kyoso.core.metrics import Kind, Metric, Month, Unit
from kyoso.joint_metrics.periods import Period
from kyoso.joint_metrics.totals import Total, from_entry, over, say, together


@dataclass(frozen=True, slots=True)
class Town:
    """A town that is or was in the network, and when."""

    id: uuid.UUID
    code: str
    name: str
    joined_on: dt.date | None
    left_on: dt.date | None = None

    def belongs_in(self, month: Month) -> bool:
        """Tell whether it was a member at any time of a month."""
        joined = self.joined_on is not None and self.joined_on <= month.last
        return joined and (self.left_on is None or self.left_on > month.first)


@dataclass(frozen=True, slots=True)
class Publication:
    """One version of a town's month."""

    town_id: uuid.UUID
    month: Month
    version: int
    published_at: dt.datetime
    #: Entries by the metric's id; of the newest version only.
    figures: Mapping[str, Any]
    comment: str = ""
    reason: str = ""
    newest: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """What the network's towns published of one metric over the period."""

    metric: Metric
    #: None if nobody published it.
    total: Total | None
    #: The same months of the year before.
    before: Total | None
    target: float | None
    #: Of what stands at a month's end: which month that is, and the months whose towns count.
    months: tuple[Month, ...]
    #: The towns that should have published it in these months but did not.
    missing: tuple[Town, ...]
    #: How many of them belong to the network in these months.
    members: int

    @property
    def words(self) -> str:
        """The number as a reader sees it; never 0 where nothing was published."""
        return self.total.words if self.total else _("未提出")

    @property
    def before_words(self) -> str:
        """The year before; of how many towns, where these are more or fewer than now."""
        if self.before is None:
            return ""
        if self.total is not None and self.total.towns == self.before.towns:
            return self.before.words
        return _("%(words)s（%(n)s自治体）", words=self.before.words, n=self.before.towns)

    @property
    def as_of(self) -> str:
        """The month at whose end it stands, if it does."""
        stands = self.metric.kind in (Kind.STOCK, Kind.STOCK_RATE, Kind.STOCK_QUOTIENT)
        if not stands or self.total is None:
            return ""
        return _("%(month)s末", month=self.months[-1].label)

    @property
    def missing_words(self) -> str:
        """The towns whose numbers are not in it."""
        return _("、").join(town.name for town in self.missing)

    @property
    def target_words(self) -> str:
        """The target of the fiscal year, if there is one."""
        return say(self.metric, self.target) if self.target is not None else ""

    @property
    def counted_words(self) -> str:
        """Of how many towns the number is made."""
        if self.total is None:
            return _("なし")
        return _("%(all)sのうち%(n)s", all=self.members, n=self.total.towns)

    @property
    def is_broken(self) -> bool:
        """Tell whether the formula changed within the period."""
        return self.total is not None and self.total.versions[0] != self.total.versions[1]

    @property
    def change_words(self) -> str:
        """How it differs from the year before, where both can be drawn."""
        now = self.total.value if self.total and not self.total.is_few else None
        then = self.before.value if self.before and not self.before.is_few else None
        if now is None or then is None:
            return ""
        difference = round(now - then, 1)
        if difference == 0:
            return _("同じ")
        sign = "+" if difference > 0 else "−"
        words = say(self.metric, abs(difference))
        if self.metric.unit is Unit.PERCENT:
            words = _("%(points)sポイント", points=f"{abs(difference):.1f}")
        return f"{sign}{words}"


@dataclass(frozen=True)
class Published:
    """Everything that a report on a period tells."""

    network: str
    slug: str
    period: Period
    #: When it was read: what was published later is not in it.
    as_of: dt.datetime
    language: str
    #: By their code.
    towns: tuple[Town, ...]
    #: In the order of the catalogue, in the words of that day.
    metrics: tuple[Metric, ...]
    #: By month and town, older versions first.
    publications: tuple[Publication, ...]
    #: The year before, put together: entries by the metric's id.
    before: Mapping[str, Any] = field(default_factory=dict)
    targets: Mapping[str, float] = field(default_factory=dict)
    #: What coordinators noted of months.
    notes: tuple[tuple[Month, str], ...] = ()

    @cached_property
    def _newest(self) -> dict[tuple[uuid.UUID, Month], Publication]:
        return {(one.town_id, one.month): one for one in self.publications if one.newest}

    @cached_property
    def names(self) -> dict[str, str]:
        """The towns' names by their ids as text, as flows name them."""
        return {str(town.id): town.name for town in self.towns}

    def metric(self, metric_id: str) -> Metric | None:
        """Return a metric by its id."""
        return next((metric for metric in self.metrics if metric.id == metric_id), None)

    def publication(self, town: Town, month: Month) -> Publication | None:
        """Return the newest version of a town's month, if it published one."""
        return self._newest.get((town.id, month))

    def cell(self, metric: Metric, town: Town, month: Month) -> Total | None:
        """Return what a town published of a metric for a month."""
        found = self.publication(town, month)
        return from_entry(metric, found.figures.get(metric.id), str(town.id)) if found else None

    def month_total(self, metric: Metric, month: Month) -> Total | None:
        """Return a month of all towns."""
        return together(self.cell(metric, town, month) for town in self.towns)

    def town_total(self, metric: Metric, town: Town) -> Total | None:
        """Return a town's whole period."""
        return over([self.cell(metric, town, month) for month in self.period.months])

    def expects(self, town: Town, month: Month) -> bool:
        """Tell whether a town's month is missing while it is not published: it is over by now."""
        return town.belongs_in(month) and month.ends <= self.as_of

    @property
    def months_so_far(self) -> list[Month]:
        """The months of the period that are over by now; the first one where none is."""
        over_by_now = [month for month in self.period.months if month.ends <= self.as_of]
        return over_by_now or self.period.months[:1]

    def due_in(self, month: Month) -> list[Town]:
        """Return the towns whose numbers belong into a month."""
        return [town for town in self.towns if self.expects(town, month)]

    @cached_property
    def unpublished(self) -> list[tuple[Town, list[Month]]]:
        """The towns with the months for which they published nothing."""
        found = [
            (
                town,
                [
                    month
                    for month in self.period.months
                    if self.expects(town, month) and self.publication(town, month) is None
                ],
            )
            for town in self.towns
        ]
        return [(town, months) for town, months in found if months]

    @property
    def unpublished_words(self) -> str:
        """Those towns and months in words: 見本町（2026年5月、2026年6月）."""
        return _("、").join(
            _("%(town)s（%(months)s）", town=town.name, months=spans_of(months))
            for town, months in self.unpublished
        )

    def line(self, metric: Metric) -> Line:
        """Return a metric over the period."""
        by_month = [(month, self.month_total(metric, month)) for month in self.period.months]
        found = [month for month, total in by_month if total is not None]
        stands = metric.kind in (Kind.STOCK, Kind.STOCK_RATE, Kind.STOCK_QUOTIENT)
        so_far = self.months_so_far
        months = tuple((found or so_far)[-1:] if stands else so_far)
        # Also who is no member any more but published: a total is never of more towns than all.
        expected = [
            town
            for town in self.towns
            if any(self.expects(town, m) or self.cell(metric, town, m) for m in months)
        ]
        missing = tuple(
            town
            for town in expected
            if any(self.expects(town, m) and self.cell(metric, town, m) is None for m in months)
        )
        return Line(
            metric,
            over([total for _month, total in by_month]),
            from_entry(metric, self.before.get(metric.id)),
            self.targets.get(metric.id),
            months,
            missing,
            len(expected),
        )

    @cached_property
    def lines(self) -> list[Line]:
        """Every metric over the period."""
        return [self.line(metric) for metric in self.metrics]

    @property
    def corrections(self) -> list[Publication]:
        """The versions that corrected one before."""
        return [one for one in self.publications if one.version > 1]

    @property
    def comments(self) -> list[Publication]:
        """The newest versions that a town commented."""
        return [one for one in self.publications if one.newest and one.comment]

    def town(self, town_id: uuid.UUID) -> Town:
        """Return a town by its id."""
        return next(town for town in self.towns if town.id == town_id)

    def versions_now(self) -> set[tuple[str, str, int]]:
        """Return which versions it was made of, to be compared with those of another day."""
        return {(str(p.town_id), str(p.month), p.version) for p in self.publications if p.newest}


def spans_of(months: Sequence[Month]) -> str:
    """Return months in words, those in a row as from–to."""
    runs: list[list[Month]] = []
    for month in months:
        if runs and runs[-1][-1].next == month:
            runs[-1].append(month)
        else:
            runs.append([month])
    return _("、").join(Period(run[0], run[-1]).span for run in runs)
