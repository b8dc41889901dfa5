"""What is counted of check-ins, month by month: numbers only, never what anybody answered.

The statements are here, since queries.py is as long as a file may be.
"""

from __future__ import annotations

import datetime as dt

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
    counts,
    declare,
)
from kyoso.municipal.check_ins.models import CheckIn
from kyoso.municipal.engagements.queries import Engagement, agreed_in

#: Somebody who was talked with so many days before the month's end or less is covered.
WITHIN = dt.timedelta(days=30)

COVERAGE = declare(
    Metric(
        "check_ins.coverage",
        _l("30日以内にすり合わせた関与の割合"),
        Unit.PERCENT,
        _l(
            "月の最後の日が契約期間に入っている関与のうち、月末までの30日間に、町と本人の両方が答えた"
            "すり合わせが1回以上あるものの割合。始まったばかりの関与も分母に入れます。"
        ),
        Kind.STOCK_RATE,
        Direction.MORE,
        since=dt.date(2025, 4, 1),
    )
)

GAP = declare(
    Metric(
        "check_ins.gap",
        _l("すり合わせの答えのずれ（平均）"),
        Unit.POINTS,
        _l(
            "月のうちに町と本人の両方が答えたすり合わせについて、三つの問い（目的・期待・やり取り）の"
            "うちいちばん大きい答えの差（0〜4点）を合計し、回数で割ったもの。片方しか答えていない回は"
            "入りません。"
        ),
        Kind.QUOTIENT,
        Direction.LESS,
        since=dt.date(2025, 4, 1),
    )
)


@counts
def count_check_ins(actor: Actor, month: Month) -> Figures:
    """Count for how many of those engaged there was a check-in lately, and how far apart it found them."""
    lately = sa.exists().where(
        CheckIn.tenant_id == Engagement.tenant_id,
        CheckIn.engagement_id == Engagement.id,
        CheckIn.revealed_at >= month.ends - WITHIN,
        CheckIn.revealed_at < month.ends,
    )
    covered, running = db.session.execute(
        sa.select(sa.func.count().filter(lately), sa.func.count()).where(
            Engagement.tenant_id == actor.tenant_id,
            agreed_in(month),
            Engagement.ends_on >= month.last,
        )
    ).one()
    gaps, compared = db.session.execute(
        sa.select(sa.func.sum(CheckIn.largest_gap), sa.func.count(CheckIn.id)).where(
            CheckIn.tenant_id == actor.tenant_id,
            CheckIn.revealed_at >= month.begins,
            CheckIn.revealed_at < month.ends,
        )
    ).one()
    return {COVERAGE: Figure(covered, running), GAP: Figure(gaps or 0, compared)}
