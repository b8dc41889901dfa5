"""What is counted of check-ins, held against a small town."""

from __future__ import annotations

import datetime as dt

from kyoso.municipal.check_ins.metrics import count_check_ins
from kyoso.municipal.check_ins.rules import Side
from support.check_ins import answer, make_pair, open_one
from support.months import counted, jst

FROM_TO = {
    "starts_on": dt.date(2026, 10, 1),
    "ends_on": dt.date(2027, 3, 31),
    "answered_at": jst(9, 20),
}
SECOND = dt.timedelta(seconds=1)


def compare(pair, at: dt.datetime, *theirs: int) -> None:
    """Let both sides answer: the town 4, 4, 4."""
    one = open_one(pair, at)
    answer(pair, one, Side.TOWN, 4, 4, 4, at=at)
    answer(pair, one, Side.PERSON, *theirs, at=at)


def parts(town, month: int, year: int = 2026) -> dict[str, tuple[float, float | None]]:
    found = counted(count_check_ins, town, month, year)
    return {name: (figure.number, figure.of) for name, figure in found.items()}


def test_a_small_town(hinode, minato):
    talked, twice, silent = (make_pair(hinode, **FROM_TO) for _ in range(3))
    compare(talked, jst(12, 20), 4, 2, 4)
    compare(twice, jst(12, 4), 4, 4, 3)
    compare(twice, jst(12, 29), 4, 4, 4)
    # One side alone has not been compared.
    answer(silent, open_one(silent, jst(12, 10)), Side.TOWN, 1, 1, 1, at=jst(12, 10))
    # Over before the month's end: its check-in counts for the mean, not for the coverage.
    over = make_pair(hinode, **(FROM_TO | {"ends_on": dt.date(2026, 12, 30)}))
    compare(over, jst(12, 15), 1, 4, 4)
    compare(make_pair(minato, **FROM_TO), jst(12, 20), 1, 1, 1)

    assert parts(hinode, 12) == {"coverage": (2, 3), "gap": (2 + 1 + 0 + 3, 4)}
    assert parts(minato, 12) == {"coverage": (1, 1), "gap": (3, 1)}
    # Nothing in January yet; what was within 30 days of its end is not any more.
    assert parts(hinode, 1, 2027) == {"coverage": (0, 3), "gap": (0, 0)}


def test_a_town_without_anybody_has_nothing_to_divide_by(hinode):
    assert parts(hinode, 12) == {"coverage": (0, 0), "gap": (0, 0)}


def test_thirty_days_and_months_are_those_of_japan(hinode):
    early, late = make_pair(hinode, **FROM_TO), make_pair(hinode, **FROM_TO)
    # The thirty days before the end of December begin with the second of December.
    compare(early, jst(12, 2, 0, 0), 4, 4, 2)
    compare(late, jst(12, 2, 0, 0) - SECOND, 4, 4, 3)
    assert parts(hinode, 12) == {"coverage": (1, 2), "gap": (3, 2)}

    compare(late, jst(1, 1, 0, 0, year=2027) - SECOND, 4, 4, 4)
    compare(early, jst(1, 1, 0, 0, year=2027), 4, 4, 0 + 4)
    # Counted again, what came after December changes nothing in it.
    assert parts(hinode, 12) == {"coverage": (2, 2), "gap": (3, 3)}
