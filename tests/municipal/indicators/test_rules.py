import datetime as dt
from decimal import Decimal

import pytest

from kyoso.core.errors import InvalidInput
from kyoso.municipal.indicators import rules
from kyoso.municipal.indicators.rules import Direction

UP, DOWN = Direction.UP, Direction.DOWN
DAY = dt.date(2026, 4, 1)
LATER = dt.date(2027, 3, 31)
NONE = (None, None)


def a(value: object, day: dt.date | None) -> tuple[Decimal | None, dt.date | None]:
    return (None if value is None else Decimal(str(value)), day)


@pytest.mark.parametrize(
    ("direction", "baseline", "target", "wrong"),
    [
        (UP, NONE, NONE, set()),
        (UP, a(1, DAY), NONE, set()),
        (UP, NONE, a(1, DAY), set()),
        (UP, a(1, DAY), a(2, LATER), set()),
        (UP, a(2, DAY), a(2, LATER), set()),
        (UP, a(2, DAY), a(1, LATER), {"target_value"}),
        (DOWN, a(2, DAY), a(1, LATER), set()),
        (DOWN, a(1, DAY), a(2, LATER), {"target_value"}),
        (UP, a(1, LATER), a(2, DAY), {"target_by"}),
        (UP, a(1, DAY), a(2, DAY), {"target_by"}),
        (UP, a(1, None), NONE, {"baseline_on"}),
        (UP, a(None, DAY), NONE, {"baseline_value"}),
        (UP, NONE, a(1, None), {"target_by"}),
        (UP, NONE, a(None, DAY), {"target_value"}),
        (UP, a(2, LATER), a(1, DAY), {"target_by", "target_value"}),
    ],
)
def test_a_definition_is_refused_by_field(direction, baseline, target, wrong) -> None:
    if not wrong:
        rules.check_definition(direction, baseline, target)
        return
    with pytest.raises(InvalidInput) as refused:
        rules.check_definition(direction, baseline, target)
    assert set(refused.value.errors) == wrong


def test_nothing_is_measured_tomorrow() -> None:
    rules.check_measured_on(DAY, DAY)
    with pytest.raises(InvalidInput):
        rules.check_measured_on(LATER, DAY)


@pytest.mark.parametrize(
    ("baseline", "target", "latest", "percent"),
    [
        ("10", "20", "15", 50),
        ("20", "10", "12.5", 75),
        ("10", "20", "5", -50),
        ("10", "10", "10", None),
        (None, "10", "10", None),
        ("10", None, "10", None),
        ("10", "20", None, None),
    ],
)
def test_progress(baseline, target, latest, percent) -> None:
    values = [None if v is None else Decimal(v) for v in (baseline, target, latest)]
    assert rules.progress(*values) == percent


def test_reached_goes_by_direction() -> None:
    ten, nine = Decimal(10), Decimal(9)
    assert rules.reached(UP, nine, ten)
    assert not rules.reached(UP, ten, nine)
    assert rules.reached(DOWN, ten, nine)
    assert not rules.reached(DOWN, None, nine)
    assert not rules.reached(DOWN, nine, None)


def test_numbers_are_written_as_people_write_them() -> None:
    assert [rules.plain(v) for v in (None, Decimal("1234.5000"), Decimal("100"))] == [
        "",
        "1,234.5",
        "100",
    ]
    assert rules.plain(Decimal("0.0000")) == "0"
    assert (UP.label, DOWN.label) == ("増えるとよい", "減るとよい")


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        (("38", "1200.50", "26"), "基準 38人、目標 1,200.5人、最新の値 26人"),
        (("0", None, None), "基準 0人、目標 —、最新の値 —"),
    ],
)
def test_a_document_says_an_indicator_in_one_line(numbers, words) -> None:
    values = [None if one is None else Decimal(one) for one in numbers]
    assert rules.in_one_line("参加者", "人", *values) == f"・参加者：{words}"
