"""What is counted of listed people, month by month.

A listing is one row for ever: being offered or published anew overwrites its dates. Then the town's
journal still says how it stood at the month's end. The statement is here, since queries.py is as
long as a file may be.
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
from kyoso.exchange.talent_pool.events import AnswerNoted, ListingsEnded, ListingWithdrawn
from kyoso.exchange.talent_pool.models import Listing
from kyoso.exchange.talent_pool.rules import ListingStatus

LISTED = declare(
    Metric(
        "talent_pool.listed",
        _l("掲載している人材"),
        Unit.CASES,
        _l(
            "月の終わりに、本人の同意にもとづいて町がこのネットワークに掲載していた人の数。同意の期限が"
            "切れた人、同意を取り消した人、町が取り下げた人は含みません。同じ人を二つの町が掲載していれば、"
            "それぞれの町で1件です。通報などで一時的に非表示にしている掲載は含みます。"
        ),
        Kind.STOCK,
        Direction.MORE,
        since=dt.date(2025, 4, 1),
    )
)


def _last_noted(month: Month) -> sa.ScalarSelect[bool]:
    """Return whether the last that the journal says of a listing until a month's end is: published."""
    entry = JournalEntry
    of_network = entry.facts["network_id"].as_string() == sa.cast(Listing.network_id, sa.Text)
    named = entry.facts["listing_ids"].contains(
        sa.func.jsonb_build_array(sa.cast(Listing.id, sa.Text))
    )
    return (
        sa.select(
            sa.and_(
                entry.kind == AnswerNoted.__name__,
                entry.facts["status"].as_string() == ListingStatus.PUBLISHED.value,
            )
        )
        .where(
            entry.tenant_id == Listing.tenant_id,
            # Where listings end together, the subject is why: the network, the person, the time.
            entry.subject_id.in_(
                (Listing.id, Listing.network_id, Listing.talent_id, Listing.tenant_id)
            ),
            sa.or_(
                entry.kind.in_((AnswerNoted.__name__, ListingWithdrawn.__name__)) & of_network,
                (entry.kind == ListingsEnded.__name__) & named,
            ),
            entry.at < month.ends,
        )
        .order_by(entry.at.desc(), entry.id.desc())
        .limit(1)
        .scalar_subquery()
    )


@counts_in_network
def count_listed(actor: Actor, month: Month, network_id: uuid.UUID) -> Figures:
    """Count whom the town listed in a network at a month's end."""
    published, ended = Listing.published_at, Listing.ended_at
    as_the_row_says = sa.and_(
        published >= Listing.asked_at,
        Listing.until >= month.last,
        sa.or_(ended.is_(None), ended >= month.ends),
    )
    untouched_since = sa.and_(
        Listing.asked_at < month.ends, sa.or_(published.is_(None), published < month.ends)
    )
    listed = sa.select(sa.func.count()).where(
        Listing.tenant_id == actor.tenant_id,
        Listing.network_id == network_id,
        sa.case((untouched_since, as_the_row_says), else_=_last_noted(month)),
    )
    return {LISTED: Figure(db.session.scalars(listed).one())}
