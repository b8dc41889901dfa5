"""What is counted of referrals, month by month: by the town that declined and referred.

The statements are here, since queries.py is as long as a file may be.
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

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
from kyoso.exchange.referrals.events import ReferralSettled
from kyoso.exchange.referrals.models import Referral, ReferralOffer
from kyoso.exchange.referrals.rules import ReferralStatus

SENT = declare(
    Metric(
        "referrals.sent",
        _l("ほかの町へ紹介した提案"),
        Unit.CASES,
        _l(
            "月のうちに、この町が見送った提案を、提案者の同意を得てこのネットワークの自治体へ渡した数。"
            "二つの町へ渡せば2件です。提案者がまだ答えていないもの、断ったものは含みません。"
            "渡したあとに取り下げられたものも含みます。"
        ),
        Kind.FLOW,
        Direction.MORE,
        since=dt.date(2025, 4, 1),
    )
)

ADOPTED = declare(
    Metric(
        "referrals.adopted",
        _l("紹介先で採択された提案"),
        Unit.CASES,
        _l(
            "この町が紹介した提案のうち、紹介先の町が採択して公表したという知らせが月のうちにこの町へ届き、"
            "月末までに取り消されていないものの数。紹介した町だけが数えます。"
        ),
        Kind.FLOW,
        Direction.MORE,
        since=dt.date(2025, 4, 1),
    )
)


@counts_in_network
def count_referrals(actor: Actor, month: Month, network_id: uuid.UUID) -> Figures:
    """Count what the town handed to others in a month, and what others let it know they adopted."""
    ours = (Referral.tenant_id == actor.tenant_id, Referral.network_id == network_id)
    sent = sa.select(sa.func.count()).where(
        *ours, Referral.offered_at >= month.begins, Referral.offered_at < month.ends
    )
    # A referral's row says how it stands today; the journal, how it stood at the month's end.
    entry = JournalEntry
    stood = (
        sa.select(entry.facts["status"].as_string().label("status"), entry.at)
        .select_from(Referral)
        .join(
            ReferralOffer,
            sa.and_(ReferralOffer.tenant_id == Referral.tenant_id, ReferralOffer.id == Referral.id),
        )
        .join(
            entry,
            sa.and_(
                entry.tenant_id == Referral.tenant_id,
                entry.subject_id == ReferralOffer.proposal_id,
                entry.facts["referral_id"].as_string() == sa.cast(Referral.id, sa.Text),
            ),
        )
        .where(*ours, entry.kind == ReferralSettled.__name__, entry.at < month.ends)
        .order_by(Referral.id, entry.at.desc(), entry.id.desc())
        .ext(distinct_on(Referral.id))
        .subquery()
    )
    adopted = sa.select(sa.func.count()).where(
        stood.c.status == ReferralStatus.ADOPTED.value, stood.c.at >= month.begins
    )
    return {
        SENT: Figure(db.session.scalars(sent).one()),
        ADOPTED: Figure(db.session.scalars(adopted).one()),
    }
