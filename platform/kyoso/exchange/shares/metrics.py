"""What is counted of running shares, month by month: the home town counts what goes out, the asking
town what comes in, so that a network's sum counts each share once on either side.
"""

from __future__ import annotations

import datetime as dt
import uuid

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
    counts_in_network,
    declare,
)
from kyoso.exchange.shares.queries import list_agreed

_SINCE = dt.date(2025, 4, 1)

LENT = declare(
    Metric(
        "shares.lent",
        _l("人を送り出している人材シェア"),
        Unit.CASES,
        _l(
            "月の最後の日が期間に入っている人材シェア（旅する公務員を含みます）のうち、この町の人材が"
            "ほかの自治体で働くものの数。二つの町と本人の三者の合意が月末までにあるものを数えます。"
        ),
        Kind.STOCK,
        Direction.MORE,
        since=_SINCE,
    )
)

BORROWED = declare(
    Metric(
        "shares.borrowed",
        _l("人を迎えている人材シェア"),
        Unit.CASES,
        _l(
            "月の最後の日が期間に入っている人材シェア（旅する公務員を含みます）のうち、ほかの自治体の人材が"
            "この町で働くものの数。二つの町と本人の三者の合意が月末までにあるものを数えます。"
        ),
        Kind.STOCK,
        Direction.MORE,
        since=_SINCE,
    )
)

HOURS_OUT = declare(
    Metric(
        "shares.hours_out",
        _l("送り出した時間"),
        Unit.HOURS,
        _l(
            "この町の人材がほかの自治体で働く時間の合計。覚書で決めた「月あたりの時間」を、期間がその月に"
            "かかるシェアについて足します。記録された時間ではなく約束した時間なので、送り出す町と迎える町で"
            "同じ数になります。日数で決める旅する公務員は含みません。"
        ),
        Kind.FLOW,
        Direction.MORE,
        since=_SINCE,
    )
)

HOURS_IN = declare(
    Metric(
        "shares.hours_in",
        _l("迎えた時間"),
        Unit.HOURS,
        _l(
            "ほかの自治体の人材がこの町で働く時間の合計。覚書で決めた「月あたりの時間」を、期間がその月に"
            "かかるシェアについて足します。記録された時間ではなく約束した時間なので、送り出す町と迎える町で"
            "同じ数になります。日数で決める旅する公務員は含みません。"
        ),
        Kind.FLOW,
        Direction.MORE,
        since=_SINCE,
    )
)

HOURS_TOWARDS = declare(
    Metric(
        "shares.hours_towards",
        _l("どの町へ何時間送り出したか"),
        Unit.HOURS,
        _l(
            "「送り出した時間」を、迎えた町ごとに分けたもの。送り出した町だけが数えるので、ネットワークで"
            "合わせても二重になりません。"
        ),
        Kind.TOWARDS,
        Direction.NEITHER,
        since=_SINCE,
    )
)


@counts_in_network
def count_shares(actor: Actor, month: Month, network_id: uuid.UUID) -> Figures:
    """Count the shares of a month, out of the town and into it."""
    rows = list_agreed(actor, month, network_id)
    lent, borrowed = [r for r in rows if r.lends], [r for r in rows if not r.lends]
    return {
        LENT: Figure(sum(row.running for row in lent)),
        BORROWED: Figure(sum(row.running for row in borrowed)),
        HOURS_OUT: Figure(sum(row.hours for row in lent)),
        HOURS_IN: Figure(sum(row.hours for row in borrowed)),
        HOURS_TOWARDS: Figure(towards={row.town: row.hours for row in lent if row.hours}),
    }
