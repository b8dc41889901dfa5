"""What is counted of know-how, month by month.

What is published without the town's name is in no number of the town: who knows how much a town
published, and sees what has its name, would know the rest. It is told by the journal, since the
row knows the last publication only.
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa

from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.journal import JournalEntry
from kyoso.core.metrics import (
    Direction,
    Figure,
    Figures,
    Kind,
    Metric,
    Month,
    Unit,
    counts_in_network,
    declare,
)
from kyoso.exchange.know_how.events import KnowHowPublished
from kyoso.exchange.know_how.models import KnowHow

PUBLISHED = declare(
    Metric(
        "know_how.published",
        _l("公開したノウハウ"),
        Unit.CASES,
        _l(
            "月のうちに、このネットワークへ町名を出して初めて公開したノウハウの数。新しい版の公開は"
            "数えません。あとで取り下げたものも含みます。町名を伏せて公開したものは、どの町のものか"
            "推し量られないよう、数に入れません。"
        ),
        Kind.FLOW,
        Direction.MORE,
        since=dt.date(2025, 4, 1),
    )
)


@counts_in_network
def count_know_how(actor: Actor, month: Month, network_id: uuid.UUID) -> Figures:
    """Count what the town showed to a network for the first time, and in its own name."""
    entry = JournalEntry
    first = sa.func.min(entry.at)
    pieces = (
        sa.select(KnowHow.id)
        .join(
            entry,
            sa.and_(entry.tenant_id == KnowHow.tenant_id, entry.subject_id == KnowHow.id),
        )
        .where(
            KnowHow.tenant_id == actor.tenant_id,
            entry.kind == KnowHowPublished.__name__,
            entry.facts["network_ids"].contains([str(network_id)]),
            entry.facts["nameless"].as_boolean().is_(False),
        )
        .group_by(KnowHow.id)
        .having(first >= month.begins, first < month.ends)
    )
    found = sa.select(sa.func.count()).select_from(pieces.subquery())
    return {PUBLISHED: Figure(db.session.scalars(found).one())}
