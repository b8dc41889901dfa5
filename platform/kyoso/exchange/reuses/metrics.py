"""What is counted of reuses, month by month.

The town that uses counts from whom; whose know-how it was where no name was given, nobody counts.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter

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
from kyoso.exchange.networks.queries import town_names
from kyoso.exchange.reuses.queries import count_begun, count_received

_SINCE = dt.date(2025, 4, 1)

BEGUN = declare(
    Metric(
        "reuses.begun",
        _l("活用したノウハウ"),
        Unit.CASES,
        _l(
            "月のうちに、このネットワークに公開されたほかの自治体のノウハウを、この町が写して使い始めた数。"
            "町名を伏せて公開されたものの活用も含みます。だれでも読める公開だけのものは含みません。"
        ),
        Kind.FLOW,
        Direction.MORE,
        since=_SINCE,
    )
)

RECEIVED = declare(
    Metric(
        "reuses.received",
        _l("ほかの町に活用されたノウハウ"),
        Unit.CASES,
        _l(
            "月のうちに、この町が町名を出してこのネットワークに公開したノウハウを、ほかの自治体が使い始めた数。"
            "使われたときに町名を伏せていたものは、どの町のものか推し量られないよう、数に入れません。"
        ),
        Kind.FLOW,
        Direction.MORE,
        since=_SINCE,
    )
)

FROM_TOWNS = declare(
    Metric(
        "reuses.from_towns",
        _l("どの町のノウハウを活用したか"),
        Unit.CASES,
        _l(
            "「活用したノウハウ」を、公開した町ごとに分けたもの。活用した町だけが数えるので、ネットワークで"
            "合わせても二重になりません。町名を伏せて公開されたものは、どの町にも入れません。そのため、"
            "合計が「活用したノウハウ」より少ない月があります。"
        ),
        Kind.TOWARDS,
        Direction.NEITHER,
        since=_SINCE,
    )
)


@counts_in_network
def count_reuses(actor: Actor, month: Month, network_id: uuid.UUID) -> Figures:
    """Count what began to be used in a month: by the town, of it, and from which town."""
    begun = count_begun(actor, month, network_id)
    # A reuse keeps the author's name only, also when that town is gone. Two of one name: nobody's.
    names = town_names([network_id]) if any(begun) else {}
    often = Counter(names.values())
    towards = {
        town: begun[name] for town, name in names.items() if name in begun if often[name] < 2
    }
    return {
        BEGUN: Figure(sum(begun.values())),
        RECEIVED: Figure(count_received(actor, month, network_id)),
        FROM_TOWNS: Figure(towards=towards),
    }
