"""Every read of the dashboards: few statements, each for one network and what a page shows of it.

The policies let in the network's members and its coordinators, and nobody else.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.metrics import METRICS, Metric, Month
from kyoso.joint_metrics.annotations.rules import NoteKind
from kyoso.joint_metrics.dashboards.rules import (
    Asked,
    Card,
    Period,
    Pressing,
    Town,
    TownRow,
    count_published,
    in_order,
    year_of,
)
from kyoso.joint_metrics.themes import FUNNEL, list_flows, list_pressing, list_themes
from kyoso.joint_metrics.totals import Total, from_entry

#: What every page of a network needs, small, as one text: whatever was drawn is remembered by it.
_FRAME = sa.text(
    """
    SELECT json_build_object(
        'slug', n.slug,
        'name', n.name,
        'towns', (
            SELECT json_agg(json_build_array(m.tenant_id, t.code, t.name, m.status, m.joined_on,
                m.left_on, m.suspended_on) ORDER BY t.code)
            FROM exchange.network_members m JOIN tenancy.tenants t ON t.id = m.tenant_id
            WHERE m.network_id = n.id AND (m.joined_on IS NOT NULL OR EXISTS (
                SELECT FROM joint_metrics.network_months k
                WHERE k.network_id = n.id AND m.tenant_id = ANY (k.towns)))),
        'months', (
            SELECT json_agg(json_build_array(to_char(k.month, 'YYYY-MM'), k.revision,
                cardinality(k.towns)) ORDER BY k.month)
            FROM joint_metrics.network_months k
            WHERE k.network_id = n.id AND cardinality(k.towns) > 0),
        'targets', (
            SELECT json_agg(json_build_array(g.metric_id, g.fiscal_year, g.value)
                ORDER BY g.id)
            FROM joint_metrics.network_targets g
            WHERE g.network_id = n.id AND g.value IS NOT NULL),
        'notes', (
            SELECT json_agg(json_build_array(to_char(a.month, 'YYYY-MM'), a.kind, a.text,
                a.town_id) ORDER BY a.month, a.id)
            FROM joint_metrics.network_notes a
            WHERE a.network_id = n.id AND a.removed_at IS NULL)
    )::text
    FROM exchange.networks n WHERE n.id = :network_id
    """
)
#: From :full on all figures, before it those of one metric: a series goes further back than cards.
_MONTHS = sa.text(
    """
    SELECT month, CASE WHEN month >= :full THEN figures
        ELSE jsonb_build_object(CAST(:metric AS text), figures -> :metric) END AS figures
    FROM joint_metrics.network_months
    WHERE network_id = :network_id AND month BETWEEN :first AND :last
    ORDER BY month
    """
)
#: Of each town some metrics; of the one that looks at its own place all of them, further back.
_TOWNS = sa.text(
    """
    SELECT DISTINCT ON (tenant_id, month) tenant_id, month,
        CASE WHEN tenant_id = :own THEN figures ELSE (
            SELECT jsonb_object_agg(k, figures -> k) FROM unnest(CAST(:ids AS text[])) k
            WHERE figures ? k) END AS figures
    FROM joint_metrics.snapshots
    WHERE network_id = :network_id AND month <= :last
        AND (month >= :first OR (tenant_id = :own AND month >= :own_first))
    ORDER BY tenant_id, month, version DESC
    """
)


@dataclass(frozen=True, slots=True)
class NoteRow:
    """What is written on the time line."""

    month: Month
    kind: NoteKind
    text: str
    town_id: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class Frame:
    """A network, its towns, its months, its targets and notes: without any figures."""

    network_id: uuid.UUID
    slug: str
    name: str
    #: In the order of their codes, also those that left, and that are invited again.
    towns: Sequence[Town]
    #: How many towns published each month; a month that none published is missing.
    months: Mapping[Month, int]
    #: By metric and fiscal year.
    targets: Mapping[tuple[str, int], float]
    notes: Sequence[NoteRow]
    #: Another one as soon as anything of this, or any of the months' figures, changed.
    digest: str

    @property
    def names(self) -> dict[str, str]:
        """The towns' names by their ids as figures have them, in the order of the codes."""
        return {str(town.id): town.name for town in self.towns}

    def targets_of(self, metric_id: str) -> dict[int, float]:
        """Return a metric's targets by fiscal year."""
        return {year: value for (key, year), value in self.targets.items() if key == metric_id}

    def expected_in(self, month: Month) -> list[Town]:
        """Return the towns that may publish a month."""
        return [town for town in self.towns if town.expected_in(month)]


def get_frame(network_id: uuid.UUID) -> Frame:
    """Return what every page of a network needs, in one statement, or NotFound."""
    said = db.session.scalar(_FRAME, {"network_id": network_id})
    if said is None:
        raise NotFound
    return _frame(network_id, said)


@lru_cache(maxsize=64)
def _frame(network_id: uuid.UUID, said: str) -> Frame:
    # Kept by its whole text, which is all that it is made of: it can be nobody else's.
    read = json.loads(said)
    return Frame(
        network_id,
        read["slug"],
        read["name"],
        tuple(Town.of(row) for row in read["towns"] or ()),
        {month_of(month): towns for month, _revision, towns in read["months"] or ()},
        {(key, year): float(value) for key, year, value in read["targets"] or ()},
        tuple(
            NoteRow(month_of(month), NoteKind(kind), text, uuid.UUID(town) if town else None)
            for month, kind, text, town in read["notes"] or ()
        ),
        hashlib.sha256(said.encode()).hexdigest(),
    )


def month_of(key: str) -> Month:
    """Return a month from ``2026-10``."""
    return Month(int(key[:4]), int(key[5:7]))


#: The totals of months, by the metric's id.
Totals = Mapping[str, Mapping[Month, Total]]


def get_totals(
    network_id: uuid.UUID, metric_id: str, first: Month, full: Month, last: Month
) -> Totals:
    """Return a network's totals: of all metrics from `full` on, of one metric from `first` on."""
    rows = db.session.execute(
        _MONTHS,
        {
            "network_id": network_id,
            "metric": metric_id,
            "first": min(first, full).first,
            "full": full.first,
            "last": last.first,
        },
    )
    return totals_of((Month.of(row.month), row.figures, "") for row in rows)


def totals_of(rows: Iterable[tuple[Month, Mapping[str, Any] | None, str]]) -> Totals:
    """Return what months say, each with its figures and the town they are of, if it is one."""
    found: dict[str, dict[Month, Total]] = {}
    for month, figures, town in rows:
        for key, entry in (figures or {}).items():
            metric = METRICS.get(key)
            total = from_entry(metric, entry, town) if metric else None
            if total is not None:
                found.setdefault(key, {})[month] = total
    return found


@dataclass(frozen=True, slots=True)
class Published:
    """What one town published."""

    totals: Totals
    #: Also those of which it kept every figure that was asked for to itself.
    months: frozenset[Month]

    def of(self, metric: Metric) -> Mapping[Month, Total]:
        """Return its totals of one metric."""
        return self.totals.get(metric.id, {})


NOTHING = Published({}, frozenset())


def get_town_totals(
    network_id: uuid.UUID,
    metric_ids: Collection[str],
    first: Month,
    last: Month,
    *,
    own: uuid.UUID | None = None,
    own_first: Month | None = None,
) -> dict[uuid.UUID, Published]:
    """Return what each town published of some metrics, and of all by the one that asks."""
    rows = db.session.execute(
        _TOWNS,
        {
            "network_id": network_id,
            "ids": list(metric_ids),
            "first": first.first,
            "last": last.first,
            "own": own,
            "own_first": (own_first or first).first,
        },
    )
    towns: dict[uuid.UUID, list[tuple[Month, Any, str]]] = {}
    for row in rows:
        published = (Month.of(row.month), row.figures, str(row.tenant_id))
        towns.setdefault(row.tenant_id, []).append(published)
    return {
        town: Published(totals_of(found), frozenset(month for month, _figures, _id in found))
        for town, found in towns.items()
    }


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Everything that the first page says, in two statements."""

    themes: Sequence[tuple[str, Sequence[Card]]]
    #: The chosen metric over the years.
    series: Sequence[Total | None]
    #: The chosen metric of each town, in the order asked for.
    rows: Sequence[TownRow]
    #: Each step's word, total and metric.
    funnel: Sequence[tuple[str, Total | None, str]]
    flows: Sequence[Total]
    #: Towns that should have published the last month and did not.
    unpublished: Sequence[Town]
    pressing: Sequence[Pressing]


def get_dashboard(frame: Frame, asked: Asked, own: uuid.UUID | None = None) -> Dashboard:
    """Return the figures of a network; `own` is the town that sees its place beside them."""
    period, series_months = asked.period, asked.series_months
    pressing = list_pressing()
    totals = get_totals(
        frame.network_id, asked.metric.id, series_months[0], period.year_before[0], period.last
    )
    by_town = get_town_totals(
        frame.network_id,
        {asked.metric.id, *(one.id for one in pressing)},
        min(asked.town_months[0], period.year_so_far[0]),
        period.last,
        own=own,
        own_first=period.year_so_far[0],
    )
    series = totals.get(asked.metric.id, {})
    mine = by_town.get(own, NOTHING).totals if own else {}
    return Dashboard(
        [
            (theme.label, [_card(frame, one, period, totals, mine) for one in theme.metrics])
            for theme in list_themes()
        ],
        [series.get(month) for month in series_months],
        in_order(
            list_rows(frame, asked.metric, asked.town_months, period, by_town, own),
            by_value=asked.by_value,
        ),
        [
            (str(word), year_of(period.months, totals.get(key, {})), key)
            for key, word in FUNNEL
            if key in METRICS
        ],
        [
            found
            for one in list_flows()
            if (found := year_of(period.months, totals.get(one.id, {}))) and found.towards
        ],
        [
            town
            for town in frame.expected_in(period.last)
            if period.last not in by_town.get(town.id, NOTHING).months
        ],
        [
            alarm
            for one in pressing
            if (alarm := _pressing(frame, one, period.last, totals, by_town)) is not None
        ],
    )


def _card(frame: Frame, metric: Metric, period: Period, totals: Totals, mine: Totals) -> Card:
    found, own = totals.get(metric.id, {}), mine.get(metric.id, {})
    return Card(
        metric,
        found.get(period.last),
        year_of(period.year_so_far, found),
        year_of(period.year_before, found),
        frame.targets.get((metric.id, period.last.fiscal_year)),
        len(frame.expected_in(period.last)),
        own.get(period.last),
        year_of(period.year_so_far, own),
        (count_published(period.year_so_far, found), count_published(period.year_before, found)),
    )


def list_rows(
    frame: Frame,
    metric: Metric,
    months: Sequence[Month],
    period: Period,
    by_town: Mapping[uuid.UUID, Published],
    own: uuid.UUID | None,
) -> list[TownRow]:
    """Return each town's numbers of one metric; a town without any and never expected is out."""
    rows = []
    for town in frame.towns:
        found = by_town.get(town.id, NOTHING).of(metric)
        expected = [town.expected_in(month) for month in months]
        if any(expected) or any(month in found for month in months):
            rows.append(
                TownRow(
                    town,
                    [found.get(month) for month in months],
                    expected,
                    year_of(period.months, found),
                    any(town.expected_in(month) for month in period.months),
                    town.id == own,
                )
            )
    return rows


def _pressing(
    frame: Frame,
    metric: Metric,
    month: Month,
    totals: Totals,
    by_town: Mapping[uuid.UUID, Published],
) -> Pressing | None:
    total = totals.get(metric.id, {}).get(month)
    if total is None or not total.number:
        return None
    towns = [
        (town.name, found.words)
        for town in frame.towns
        if (found := by_town.get(town.id, NOTHING).of(metric).get(month)) and found.number
    ]
    return Pressing(metric, total, towns)
