"""Every read of networks beside each other; the policies let in their common member."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from kyoso.core.db import db
from kyoso.core.metrics import Month
from kyoso.joint_metrics.dashboards.queries import Totals, totals_of

_SIDE_BY_SIDE = sa.text(
    """
    SELECT network_id, month, cardinality(towns) AS towns, figures
    FROM joint_metrics.network_months
    WHERE network_id = ANY (CAST(:network_ids AS uuid[])) AND month BETWEEN :first AND :last
    ORDER BY network_id, month
    """
)
_NEWEST = sa.text(
    """
    SELECT DISTINCT month FROM joint_metrics.network_months
    WHERE network_id = ANY (CAST(:network_ids AS uuid[])) AND cardinality(towns) > 0
    ORDER BY month
    """
)


def list_published_months(network_ids: Sequence[uuid.UUID]) -> list[Month]:
    """Return the months that any town of any of some networks published, in their order."""
    rows = db.session.execute(_NEWEST, {"network_ids": list(network_ids)})
    return [Month.of(row.month) for row in rows]


@dataclass(frozen=True, slots=True)
class Beside:
    """One network beside others."""

    totals: Totals
    #: How many towns published each month.
    towns: Mapping[Month, int]


def compare_networks(
    network_ids: Sequence[uuid.UUID], first: Month, last: Month
) -> dict[uuid.UUID, Beside]:
    """Return the totals of several networks over some months."""
    rows = db.session.execute(
        _SIDE_BY_SIDE,
        {"network_ids": list(network_ids), "first": first.first, "last": last.first},
    ).all()
    found = {}
    for network_id in network_ids:
        own = [row for row in rows if row.network_id == network_id]
        found[network_id] = Beside(
            totals_of((Month.of(row.month), row.figures, "") for row in own),
            {Month.of(row.month): row.towns for row in own},
        )
    return found
