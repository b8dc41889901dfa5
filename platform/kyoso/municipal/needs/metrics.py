"""What is counted of needs, month by month."""

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
from kyoso.municipal.needs.queries import count_public

_SINCE = dt.date(2025, 4, 1)

PUBLISHED = declare(
    Metric(
        "needs.published",
        _l("公開した「求めていること」"),
        Unit.CASES,
        _l(
            "月のうちに、はじめて公開した「求めていること」の数。"
            "募集を終了したものをまた公開しても、数えません。"
        ),
        Kind.FLOW,
        Direction.MORE,
        since=_SINCE,
    )
)
OPEN = declare(
    Metric(
        "needs.open",
        _l("公開中の「求めていること」"),
        Unit.CASES,
        _l(
            "月末に公開していた「求めていること」の数。下書きと、募集を終了したものは含みません。"
            "募集の期間の前や後でも、公開しているあいだは数えます。"
        ),
        Kind.STOCK,
        Direction.NEITHER,
        since=_SINCE,
    )
)


@counts
def count_needs(actor: Actor, month: Month) -> Figures:
    """Count the needs of a month."""
    published, public = count_public(actor, month.begins, month.ends)
    return {PUBLISHED: Figure(published), OPEN: Figure(public)}
