"""What is counted at the gates, month by month."""

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
from kyoso.municipal.gates.queries import count_overrides

OVERRIDES = declare(
    Metric(
        "gates.overrides",
        _l("条件が足りないまま通したゲート"),
        Unit.CASES,
        _l(
            "月のうちに、足りない条件を残したまま、管理者が理由を書いて次の段階に進めた回数。"
            "あとで段階を戻しても、通した月の数に残ります。"
        ),
        Kind.FLOW,
        Direction.LESS,
        since=dt.date(2025, 4, 1),
    )
)


@counts
def count_gates(actor: Actor, month: Month) -> Figures:
    """Count what a month let pass."""
    return {OVERRIDES: Figure(count_overrides(actor, month.begins, month.ends))}
