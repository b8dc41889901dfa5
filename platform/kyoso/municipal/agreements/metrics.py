"""What is counted of agreements, month by month."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

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
from kyoso.municipal.agreements import rules
from kyoso.municipal.agreements.queries import list_signed_at

_SINCE = dt.date(2025, 4, 1)

IN_FORCE = declare(
    Metric(
        "agreements.in_force",
        _l("有効な協定"),
        Unit.CASES,
        _l(
            "月末に有効だった協定・契約の数。案のもの、まだ始まっていないもの、期間が過ぎたもの、"
            "終了や解除をしたものは含みません。自動更新するものは、終了するまで数えます。"
        ),
        Kind.STOCK,
        Direction.NEITHER,
        since=_SINCE,
    )
)
EXPIRING = declare(
    Metric(
        "agreements.expiring",
        _l("90日以内に期間が終わる協定"),
        Unit.CASES,
        _l(
            "「有効な協定」のうち、月末から90日以内に期間の最後の日が来るものの数。"
            "自動更新するものは、月末に続いている期間の最後の日で数えます。"
            "終わりの日を決めていないものは含みません。"
        ),
        Kind.STOCK,
        Direction.NEITHER,
        since=_SINCE,
    )
)


@counts
def count_agreements(actor: Actor, month: Month) -> Figures:
    """Count the agreements that bind at a month's end."""
    on = month.last
    bound = [one for one in list_signed_at(actor, month.ends) if rules.in_force(one, on)]
    # By the text: that somebody ended it early is known only afterwards.
    ends = [rules.term_end(replace(one, ended_on=None), on) for one in bound]
    soon = sum(end is not None and 0 <= (end - on).days <= rules.SOON for end in ends)
    return {IN_FORCE: Figure(len(bound)), EXPIRING: Figure(soon)}
