"""What is public of a network's numbers, and how it is said. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kyoso.core.errors import InvalidInput
from kyoso.core.i18n import gettext as _
from kyoso.core.metrics import Kind, Metric, Month
from kyoso.joint_metrics.periods import Period
from kyoso.joint_metrics.totals import Total, from_entry, over

#: So many are read on one page.
MOST = 12
#: A month that fewer towns published is not public: see migration 0039, which leaves it out.
FEWEST_TOWNS = 3
#: How many months the picture shows: the last one and the same of the year before among them.
SHOWN_MONTHS = 13
INTRODUCTION_LENGTH = 500


@dataclass(frozen=True, slots=True)
class PublicMonth:
    """A chosen metric's month, of all towns that published it."""

    metric_id: str
    month: Month
    #: n, d, t and f as of a network; m and y the medians of the month and of its year so far.
    figure: Mapping[str, Any]
    #: How many towns belonged to the network.
    members: int

    def total(self, metric: Metric) -> Total | None:
        """Return the month."""
        return self._with(metric, "m")

    def year_so_far(self, metric: Metric) -> Total | None:
        """Return the fiscal year up to this month, of a median."""
        return self._with(metric, "y")

    def _with(self, metric: Metric, median: str) -> Total | None:
        if metric.kind is not Kind.MEDIAN:
            return from_entry(metric, self.figure)
        # The single values stayed inside: their median stands for them.
        found = [self.figure[median]] if self.figure.get(median) is not None else []
        return from_entry(metric, {**self.figure, "s": found})


@dataclass(frozen=True, slots=True)
class PublicLine:
    """A chosen metric as everybody sees it."""

    metric: Metric
    months: Sequence[Month]
    totals: Sequence[Total | None]
    latest: PublicMonth
    year: Period
    year_total: Total | None
    before: Total | None
    #: The months of the fiscal year so far that too few towns published.
    left_out: Sequence[Month] = ()

    @property
    def left_out_words(self) -> str:
        """Which months of the year are not in its number, and why; empty where all are."""
        if not self.left_out:
            return ""
        return _(
            "%(months)sは、公開した自治体が%(n)sに満たないため、含みません。",
            months=_("、").join(month.label for month in self.left_out),
            n=FEWEST_TOWNS,
        )

    @property
    def latest_words(self) -> str:
        """The last published month in words."""
        total = self.latest.total(self.metric)
        return total.words if total else _("未提出")

    @property
    def year_words(self) -> str:
        """The fiscal year so far in words."""
        return self.year_total.words if self.year_total else _("未提出")

    @property
    def before_words(self) -> str:
        """The same months of the year before in words."""
        return self.before.words if self.before else ""

    @property
    def counted_words(self) -> str:
        """Of how many towns the last month is made."""
        return _(
            "%(all)s自治体のうち%(n)s自治体の数です。",
            all=self.latest.members,
            n=self.latest.figure.get("t", 0),
        )


def line_of(metric: Metric, found: Sequence[PublicMonth]) -> PublicLine | None:
    """Return a metric's months, in their order, as a line; None where nothing is published."""
    if not found:
        return None
    by_month = {one.month: one for one in found}
    latest = found[-1]
    months = [latest.month + -n for n in range(SHOWN_MONTHS - 1, -1, -1)]
    year = Period.year_to(latest.month)
    shown = [by_month[month].total(metric) if month in by_month else None for month in months]
    return PublicLine(
        metric,
        months,
        shown,
        latest,
        year,
        _over(metric, by_month, year),
        _over(metric, by_month, year.before),
        [month for month in year.months if month not in by_month],
    )


def _over(metric: Metric, by_month: Mapping[Month, PublicMonth], year: Period) -> Total | None:
    found = [by_month[month] for month in year.months if month in by_month]
    if metric.kind is Kind.MEDIAN:
        return found[-1].year_so_far(metric) if found else None
    return over([one.total(metric) for one in found])


def can_be_public(metric: Metric) -> bool:
    """Tell whether a metric may be chosen: flows name towns."""
    return metric.kind is not Kind.TOWARDS


def check_chosen(metric_ids: Sequence[str], is_public: bool, known: Collection[str]) -> None:
    """Refuse metrics that may not be public, too many, or a public page without any."""
    if not set(metric_ids) <= set(known):
        raise InvalidInput({"metric_ids": [_("選んだ指標の中に、公開できないものがあります。")]})
    if len(set(metric_ids)) > MOST:
        raise InvalidInput({"metric_ids": [_("指標は%(most)sつまで選べます。", most=MOST)]})
    if is_public and not metric_ids:
        raise InvalidInput({"metric_ids": [_("公開する指標を選んでください。")]})
