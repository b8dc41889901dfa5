"""How hours are typed, and what may be logged."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import pytest

from kyoso.core.errors import RuleViolation
from kyoso.municipal.work_hours import rules
from kyoso.municipal.work_hours.rules import NOTHING, Cell, Change, Said

TODAY = dt.date(2026, 11, 20)
ONE, OTHER, OFFERED = (uuid.UUID(int=n) for n in (1, 2, 3))


@dataclass(frozen=True)
class Period:
    words: str
    starts_on: dt.date = dt.date(2026, 4, 1)
    ends_on: dt.date = dt.date(2027, 3, 31)
    runs: bool = True


SPANS = {
    ONE: Period("ひので町（デザイナー）"),
    OTHER: Period("みなと町（アドバイザー）", ends_on=dt.date(2026, 10, 31)),
    OFFERED: Period("やま町（助言）", runs=False),
}


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [
        *(("", 0), ("  ", 0), ("0", 0), ("0:00", 0), ("０", 0), ("0.0", 0)),
        *(
            ("1", 60),
            ("２", 120),
            ("1.5", 90),
            ("１．５", 90),
            ("1.", 60),
            (".5", 30),
            ("0.25", 15),
        ),
        *(("1:30", 90), ("１：３０", 90), ("01:15", 75), ("24:00", 1440), ("24", 1440)),
        *(("90分", 90), ("９０分", 90), ("90m", 90), ("90 min", 90), ("15分", 15)),
        *(("1時間", 60), ("1.5時間", 90), ("1時間30分", 90), ("1時間半", 90), ("1 時間 15 分", 75)),
        *(("2h", 120), ("1h30", 90), ("1H30M", 90), ("1.25h", 75)),
    ],
)
def test_what_people_type_is_read(typed, minutes):
    assert rules.read_minutes(typed) == minutes


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        *(
            (t, "読めません")
            for t in ("x", "-1", "1:60", "1:2:3", "1..5", "1,5", "一時間", "1時間60分")
        ),
        *((t, "読めません") for t in ("1e3", "∞", "+2", "½", "1/2", "10000000", "1.23456")),
        *((t, "24時間を超えます") for t in ("25", "90", "24:15", "1441分", "9999", "24.25")),
        *((t, "15分きざみではありません") for t in ("1.1", "1:20", "10分", "0.3", "1.3333", "1h7")),
    ],
)
def test_what_cannot_be_hours_is_refused_with_the_fix(typed, word):
    with pytest.raises(RuleViolation, match=word) as refused:
        rules.read_minutes(typed)
    assert typed in refused.value.message


def test_a_step_that_does_not_fit_names_the_neighbours():
    with pytest.raises(RuleViolation, match="1時間15分か1時間30分"):
        rules.read_minutes("1:20")


@pytest.mark.parametrize("minutes", range(0, 1441, 15))
def test_what_a_field_shows_is_read_back_the_same(minutes):
    assert rules.read_minutes(rules.typed_hours(minutes)) == minutes


@pytest.mark.parametrize(
    ("minutes", "words"), [(0, "0時間"), (45, "45分"), (60, "1時間"), (105, "1時間45分")]
)
def test_durations_in_words(minutes, words):
    assert rules.say_minutes(minutes) == words


def weigh(changes, there=None):
    return rules.weigh(changes, there or {}, SPANS, TODAY)


def change(engagement, day, said, seen=NOTHING):
    said = said if isinstance(said, Said) else Said(said)
    return Change(Cell(engagement, day), said, seen.token)


def only_error(found):
    assert found.write == {}
    (sentence,) = found.errors.values()
    return sentence


def test_a_day_within_the_period_is_written():
    found = weigh([change(ONE, TODAY, 90)])
    assert found.errors == {}
    assert found.write == {Cell(ONE, TODAY): Said(90)}


@pytest.mark.parametrize(
    ("engagement", "day", "said", "words"),
    [
        (ONE, TODAY + dt.timedelta(days=1), 60, "これからの日"),
        (
            ONE,
            dt.date(2026, 3, 31),
            60,
            "期間（2026年4月1日（水）から2027年3月31日（水）まで）の外",
        ),
        (OTHER, dt.date(2026, 11, 1), 60, "の外です"),
        (OFFERED, TODAY, 60, "まだ始まっていないか"),
        (ONE, TODAY, Said(0, True), "時間と一緒に"),
        (ONE, TODAY, Said(0, False, "会議"), "時間と一緒に"),
        (ONE, TODAY, Said(60, False, "あ" * 501), "500文字以内"),
    ],
)
def test_each_mistake_names_the_town_and_the_day(engagement, day, said, words):
    sentence = only_error(weigh([change(engagement, day, said)]))
    assert words in sentence
    assert SPANS[engagement].words in sentence
    assert f"{day.month}月{day.day}日" in sentence


def test_the_last_day_of_an_ended_engagement_can_still_be_logged():
    found = weigh([change(OTHER, dt.date(2026, 10, 31), 60)])
    assert found.errors == {}


def test_hours_after_an_end_that_was_brought_forward_can_be_taken_back():
    cell = Cell(OTHER, dt.date(2026, 11, 5))
    found = weigh([Change(cell, Said(0), Said(60).token)], {cell: Said(60)})
    assert found.write == {cell: NOTHING}


def test_a_day_has_24_hours_over_all_towns_together():
    day = dt.date(2026, 10, 30)
    there = {Cell(OTHER, day): Said(20 * 60)}
    assert weigh([change(ONE, day, 4 * 60)], there).errors == {}
    sentence = only_error(weigh([change(ONE, day, 4 * 60 + 15)], there))
    assert "10月30日（金）の合計が24時間15分" in sentence
    assert "ひので町（デザイナー） 4時間15分" in sentence
    assert "みなと町（アドバイザー） 20時間" in sentence


def test_a_day_that_is_too_full_may_be_made_emptier():
    day = dt.date(2026, 10, 30)
    there = {Cell(OTHER, day): Said(20 * 60), Cell(ONE, day): Said(10 * 60)}
    found = weigh([change(ONE, day, 6 * 60, seen=Said(10 * 60))], there)
    assert found.errors == {}


def test_the_other_days_are_weighed_on_their_own():
    found = weigh([change(ONE, TODAY, 60), change(OTHER, TODAY, 60)])
    assert list(found.write) == [Cell(ONE, TODAY)]
    assert list(found.errors) == [Cell(OTHER, TODAY)]


# Two screens: what was seen, what is there now, what is typed


@pytest.mark.parametrize(
    ("seen", "there", "typed", "outcome"),
    [
        (0, 0, 60, "write"),
        (60, 60, 60, "nothing"),
        (60, 60, 90, "write"),
        (60, 60, 0, "write"),
        # Another screen changed it; this one did not touch it.
        (60, 90, 60, "nothing"),
        # Both say the same.
        (60, 90, 90, "nothing"),
        (0, 90, 90, "nothing"),
        # Both changed it, differently.
        (60, 90, 120, "conflict"),
        (0, 90, 60, "conflict"),
        (60, 0, 90, "conflict"),
        (60, 90, 0, "conflict"),
    ],
)
def test_nothing_is_overwritten_silently(seen, there, typed, outcome):
    cell = Cell(ONE, TODAY)
    found = weigh([change(ONE, TODAY, typed, seen=Said(seen))], {cell: Said(there)})
    assert bool(found.write) == (outcome == "write")
    assert bool(found.errors) == (outcome == "conflict")
    if outcome == "conflict":
        assert f"別の画面で{rules.say_minutes(there)}になりました" in found.errors[cell]


def test_a_note_that_another_screen_changed_is_not_overwritten_either():
    there = {Cell(ONE, TODAY): Said(60, False, "電話")}
    found = weigh([change(ONE, TODAY, Said(90), seen=Said(60))], there)
    assert "別の画面" in only_error(found)


def test_who_empties_a_day_takes_its_note_and_mark_away():
    cell, before = Cell(ONE, TODAY), Said(60, True, "会議")
    for left in (Said(0, True, "会議"), Said(0, False, "会議"), Said(0, True)):
        found = weigh([Change(cell, left, before.token)], {cell: before})
        assert found.write == {cell: NOTHING}, left
    found = weigh([Change(cell, Said(0, True, "新しいメモ"), before.token)], {cell: before})
    assert "時間と一緒に" in only_error(found)


def test_a_tap_adds_and_the_same_tap_twice_adds_once():
    there = Said(60, False, "朝")
    once = rules.tap(there, there.token, 120, in_town=True, note="夕方")
    assert once == Said(180, True, "朝\n夕方")
    assert rules.tap(once, there.token, 120, in_town=True, note="夕方") == once
    # Something else happened meanwhile: the tap is weighed against what was seen.
    other = rules.tap(Said(240), there.token, 120, in_town=False, note="")
    cell = Cell(ONE, TODAY)
    found = rules.weigh([Change(cell, other, there.token)], {cell: Said(240)}, SPANS, TODAY)
    assert "別の画面" in only_error(found)


# Months


def test_a_month_is_planned_in_full_when_the_period_touches_it():
    period = (dt.date(2026, 4, 15), dt.date(2026, 6, 3), 20)
    months = [dt.date(2026, n, 1) for n in range(3, 8)]
    assert [rules.planned_hours(*period, month) for month in months] == [0, 20, 20, 20, 0]


@pytest.mark.parametrize(
    ("day", "over"),
    [("2026-11-01", False), ("2026-11-30", False), ("2026-10-31", True), ("2025-11-20", True)],
)
def test_a_month_is_over_when_the_next_has_begun(day, over):
    assert rules.month_is_over(dt.date.fromisoformat(day), TODAY) is over


@pytest.mark.parametrize(
    ("wanted", "days", "month", "words"),
    [
        (1, 1, dt.date(2026, 11, 1), "満たしています"),
        (4, 1, dt.date(2026, 11, 1), "あと3日"),
        (4, 1, dt.date(2026, 10, 1), "足りませんでした"),
    ],
)
def test_days_in_town_are_met_missing_or_missed(wanted, days, month, words):
    standing = rules.in_town(wanted, days, month, dt.date(2027, 3, 31), TODAY)
    assert standing is not None
    assert words in standing.words


def test_where_no_days_in_town_are_asked_for_nothing_is_said():
    assert rules.in_town(None, 0, TODAY, TODAY, TODAY) is None
    assert rules.in_town(0, 3, TODAY, TODAY, TODAY) is None


def test_the_months_of_a_fiscal_year_begin_in_april():
    months = rules.months_of_year(2026)
    assert (months[0], months[-1], len(months)) == (dt.date(2026, 4, 1), dt.date(2027, 3, 1), 12)
    assert rules.month_end(dt.date(2024, 2, 5)) == dt.date(2024, 2, 29)
