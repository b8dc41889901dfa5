"""Every read of what is public; in nobody's scope, the policies show what is chosen and no more."""

from __future__ import annotations

import uuid
from collections import defaultdict

import sqlalchemy as sa

from kyoso.core.access import NetworkActor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.metrics import METRICS, Month
from kyoso.joint_metrics.public_figures import rules
from kyoso.joint_metrics.public_figures.models import PublicFigure, PublicPage
from kyoso.joint_metrics.public_figures.rules import PublicLine, PublicMonth


def get_public_page(network_id: uuid.UUID) -> PublicPage:
    """Return what is public of a network, or NotFound where nothing is."""
    found = db.session.get(PublicPage, network_id)
    if found is None or not found.is_public:
        raise NotFound
    return found


def is_public(network_id: uuid.UUID) -> bool:
    """Tell whether a network shows its numbers to everybody."""
    found = db.session.get(PublicPage, network_id)
    return found is not None and found.is_public


def find_page(actor: NetworkActor, *, lock: bool = False) -> PublicPage | None:
    """Return what coordinators chose, also while it is not public; `lock` holds the row."""
    query = sa.select(PublicPage).where(PublicPage.network_id == actor.network_id)
    return db.session.scalar(query.with_for_update() if lock else query)


def list_lines(page: PublicPage) -> list[PublicLine]:
    """Return the chosen metrics in the order of the catalogue, with their months."""
    rows = db.session.execute(
        sa.select(
            PublicFigure.metric_id, PublicFigure.month, PublicFigure.figure, PublicFigure.members
        )
        .where(PublicFigure.network_id == page.network_id)
        .order_by(PublicFigure.month)
    )
    found: dict[str, list[PublicMonth]] = defaultdict(list)
    for row in rows:
        one = PublicMonth(row.metric_id, Month.of(row.month), row.figure, row.members)
        found[row.metric_id].append(one)
    lines = (rules.line_of(metric, found[key]) for key, metric in METRICS.items() if key in found)
    return [line for line in lines if line is not None]


def known_metrics() -> list[tuple[str, str]]:
    """Return the metrics that may be public: id and label."""
    found = (metric for metric in METRICS.values() if rules.can_be_public(metric))
    return [(metric.id, str(metric.label)) for metric in found]
