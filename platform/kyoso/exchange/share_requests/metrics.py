"""What is counted of share requests, month by month: each by the town that took the step.

The statements are here, since queries.py is as long as a file may be.
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa

from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.core.i18n import lazy_gettext as _l
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
from kyoso.exchange.share_requests.events import ShareApproved, ShareDeclined
from kyoso.exchange.share_requests.models import ShareMessage, ShareRequest
from kyoso.exchange.share_requests.rules import Side

SENT = declare(
    Metric(
        "share_requests.sent",
        _l("送った人材シェアの依頼"),
        Unit.CASES,
        _l(
            "月のうちに、この町からほかの自治体へ送った人材シェアの依頼の数（旅する公務員の依頼と"
            "申し出を含みます）。下書きは含みません。あとで取り下げたものや断られたものも含みます。"
        ),
        Kind.FLOW,
        Direction.MORE,
        since=dt.date(2025, 4, 1),
    )
)

DAYS_TO_ANSWER = declare(
    Metric(
        "share_requests.days_to_answer",
        _l("人材シェアの依頼に答えるまでの日数"),
        Unit.DAYS,
        _l(
            "この町が受けた依頼のうち、月のうちに初めて承認または見送りを答えたものについて、依頼が届いてから"
            "答えるまでの日数（1日は24時間）の中央値。本人の返事を待つ時間と、まだ答えていない依頼、"
            "答える前に終わった依頼は含みません。"
        ),
        Kind.MEDIAN,
        Direction.LESS,
        since=dt.date(2025, 4, 1),
    )
)

UNANSWERED = declare(
    Metric(
        "share_requests.unanswered",
        _l("答えを待つ人材シェアの依頼"),
        Unit.CASES,
        _l(
            "この町が受けた依頼のうち、月末に、まだ承認も見送りも答えていなかったものの数。月末までに"
            "取り下げられたものや、期限が過ぎて終わったものは含みません。"
        ),
        Kind.STOCK,
        Direction.LESS,
        since=dt.date(2025, 4, 1),
    )
)


@counts_in_network
def count_requests(actor: Actor, month: Month, network_id: uuid.UUID) -> Figures:
    """Count what the town asked of others, how long it took to answer, and what it has to."""
    ours = ShareRequest.tenant_id == actor.tenant_id
    of_us = sa.or_(ours, ShareRequest.home_tenant_id == actor.tenant_id)
    opened = sa.and_(of_us, ours == (ShareRequest.opened_by == Side.ASKER))
    sent = sa.select(sa.func.count()).where(
        ShareRequest.network_id == network_id,
        opened,
        ShareRequest.sent_at >= month.begins,
        ShareRequest.sent_at < month.ends,
    )
    answer = sa.func.min(ShareMessage.at)
    answers_it = sa.and_(
        ShareMessage.tenant_id == ShareRequest.tenant_id,
        ShareMessage.request_id == ShareRequest.id,
        ShareMessage.kind.in_((ShareApproved.__name__, ShareDeclined.__name__)),
    )
    answered = db.session.execute(
        sa.select(ShareRequest.sent_at, answer)
        .join(ShareMessage, answers_it)
        .where(ShareRequest.network_id == network_id, of_us, sa.not_(opened))
        .group_by(ShareRequest.tenant_id, ShareRequest.id)
        .having(answer >= month.begins, answer < month.ends)
        .order_by(answer, ShareRequest.id)
    )
    days = tuple(
        round((at - since) / dt.timedelta(days=1), 2) for since, at in answered if since is not None
    )
    waiting = sa.select(sa.func.count()).where(
        ShareRequest.network_id == network_id,
        of_us,
        sa.not_(opened),
        ShareRequest.sent_at < month.ends,
        sa.or_(ShareRequest.ended_at.is_(None), ShareRequest.ended_at >= month.ends),
        ~sa.select(ShareMessage.id).where(answers_it, ShareMessage.at < month.ends).exists(),
    )
    return {
        SENT: Figure(db.session.scalars(sent).one()),
        DAYS_TO_ANSWER: Figure(sample=days),
        UNANSWERED: Figure(db.session.scalars(waiting).one()),
    }
