"""What is counted of decisions, month by month."""

from __future__ import annotations

import datetime as dt

from kyoso.core.access import Actor
from kyoso.core.i18n import JST
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
from kyoso.municipal.decisions.queries import count_waiting, list_told

_SINCE = dt.date(2025, 4, 1)
#: After so many days without an answer a proposal waits long.
LONG = 30

DECIDED = declare(
    Metric(
        "decisions.decided",
        _l("決定した提案"),
        Unit.CASES,
        _l(
            "月のうちに、採択・条件付き採択・見送りの決定を提案者に通知した提案の数。"
            "見送りのあとで、ほかの自治体に紹介したものも含みます。"
            "決定しても、まだ通知していないものは含みません。月末までに取り消した決定は除きます。"
            "翌月から後に取り消した決定は、通知した月の数に残り、あらためて通知した月にも数えます。"
        ),
        Kind.FLOW,
        Direction.NEITHER,
        since=_SINCE,
    )
)
ADOPTED = declare(
    Metric(
        "decisions.adopted",
        _l("採択した提案"),
        Unit.CASES,
        _l(
            "「決定した提案」のうち、採択と条件付き採択の数。"
            "採択のあとの中止や採択の取消しは、差し引きません。"
        ),
        Kind.FLOW,
        Direction.MORE,
        since=_SINCE,
    )
)
ADOPTION_RATE = declare(
    Metric(
        "decisions.adoption_rate",
        _l("採択率"),
        Unit.PERCENT,
        _l("「採択した提案」を「決定した提案」で割ったもの。取り下げられた提案は含みません。"),
        Kind.RATE,
        Direction.NEITHER,
        since=_SINCE,
    )
)
DAYS = declare(
    Metric(
        "decisions.days",
        _l("決定までの日数"),
        Unit.DAYS,
        _l(
            "「決定した提案」の一件ごとに、はじめに提出された日から決定した日までの日数を数えた、"
            "その中央値。提案者に修正をお願いしていた日も含みます。"
        ),
        Kind.MEDIAN,
        Direction.LESS,
        since=_SINCE,
    )
)
WAITING = declare(
    Metric(
        "decisions.waiting",
        _l("30日を超えて待っている提案"),
        Unit.CASES,
        _l(
            "月末に、はじめに提出された日から30日を過ぎても、決定を通知していない提案の数。"
            "取り下げられたもの、提案者に修正をお願いしているものは除きます。"
            "決定を取り消して審査に戻したものは含みます。"
        ),
        Kind.STOCK,
        Direction.LESS,
        since=_SINCE,
    )
)


@counts
def count_decisions(actor: Actor, month: Month) -> Figures:
    """Count what a month decided, and what waited for a decision at its end."""
    told = list_told(actor, month.begins, month.ends)
    adopted = sum(row.outcome.adopts for row in told)
    # Whole days in Japan: what came on the 1st has waited for more than 30 on the 1st + 31.
    early = month.ends - dt.timedelta(days=LONG + 1)
    return {
        DECIDED: Figure(len(told)),
        ADOPTED: Figure(adopted),
        ADOPTION_RATE: Figure(adopted, of=len(told)),
        DAYS: Figure(sample=tuple(sorted(_days(row.submitted_at, row.decided_at) for row in told))),
        WAITING: Figure(count_waiting(actor, early, month.ends)),
    }


def _days(first: dt.datetime, last: dt.datetime) -> int:
    return (last.astimezone(JST).date() - first.astimezone(JST).date()).days
