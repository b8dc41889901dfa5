"""What is counted of proposals, month by month."""

from __future__ import annotations

import datetime as dt

from kyoso.core.access import Actor
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
from kyoso.municipal.proposals.queries import count_received

RECEIVED = declare(
    Metric(
        "proposals.received",
        _l("受け付けた提案"),
        Unit.CASES,
        _l(
            "月のうちに提出された提案の数。紙や口頭の提案は、提案者が内容を確認した日で数えます。"
            "下書きは含みません。修正して再提出されたものは、はじめの提出で1件と数えます。"
            "あとで取り下げられたものも含みます。"
        ),
        Kind.FLOW,
        Direction.MORE,
        since=dt.date(2025, 4, 1),
    )
)


@counts
def count_proposals(actor: Actor, month: Month) -> Figures:
    """Count the proposals of a month."""
    return {RECEIVED: Figure(count_received(actor, month.first, month.last))}
