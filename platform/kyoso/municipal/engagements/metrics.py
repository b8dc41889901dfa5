"""What is counted of engagements, month by month."""

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
from kyoso.municipal.engagements.queries import count_agreed

IN_FORCE = declare(
    Metric(
        "engagements.in_force",
        _l("関わっている人材（関与）"),
        Unit.CASES,
        _l(
            "月の最後の日が契約期間に入っている関与の数。本人が承諾したか、書面で合意したものだけを、"
            "その合意が月末までにあれば数えます。同じ人が二つの役割を持つときは2件です。"
            "ほかの自治体から人材シェアで来ている人も含みます。"
        ),
        Kind.STOCK,
        Direction.MORE,
        since=dt.date(2025, 4, 1),
    )
)

PLANNED = declare(
    Metric(
        "engagements.planned_hours",
        _l("関与の予定時間"),
        Unit.HOURS,
        _l(
            "月末までに合意した関与のうち、期間がその月にかかるものの「月あたりの時間」の合計。"
            "月の途中で始まる、または終わる月も、1か月分として数えます。"
        ),
        Kind.FLOW,
        Direction.NEITHER,
        since=dt.date(2025, 4, 1),
    )
)


@counts
def count_engagements(actor: Actor, month: Month) -> Figures:
    """Count the engagements of a month, and their hours as agreed."""
    in_force, hours = count_agreed(actor, month)
    return {IN_FORCE: Figure(in_force), PLANNED: Figure(hours)}
