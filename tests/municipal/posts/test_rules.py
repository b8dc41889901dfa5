import datetime as dt
import uuid
from dataclasses import dataclass

import pytest

from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.municipal.posts import rules
from kyoso.municipal.posts.rules import Engaged, Mark
from support.posts import draft

DAYS = [dt.date(2026, 4, n) for n in range(1, 6)]
UNIT, OTHER = uuid.uuid4(), uuid.uuid4()


@dataclass
class Period:
    starts_on: dt.date | None
    ends_on: dt.date | None


def days_of(first, last):
    return {d for d in DAYS if (first is None or first <= d) and (last is None or d <= last)}


def test_periods_overlap_when_they_share_a_day():
    for first in DAYS:
        for last in [d for d in DAYS if d >= first] + [None]:
            for other_first in [None, *DAYS]:
                for other_last in [d for d in DAYS if other_first is None or d >= other_first] + [
                    None
                ]:
                    expected = bool(days_of(first, last) & days_of(other_first, other_last))
                    assert rules.overlap(first, last, other_first, other_last) is expected


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({}, None),
        ({"ends_on": dt.date(2026, 4, 1)}, None),
        ({"ends_on": dt.date(2026, 3, 31)}, "ends_on"),
        ({"concurrent": True}, None),
        ({"concurrent": True, "home_department_id": OTHER}, None),
        ({"home_department_id": OTHER}, "home_department_id"),
        ({"concurrent": True, "home_department_id": UNIT}, "home_department_id"),
    ],
)
def test_a_draft_that_contradicts_itself_is_refused_at_its_field(change, field):
    if field is None:
        rules.check_draft(draft(**change), UNIT)
    else:
        with pytest.raises(InvalidInput) as refused:
            rules.check_draft(draft(**change), UNIT)
        assert list(refused.value.errors) == [field]


@pytest.mark.parametrize(
    ("periods", "starts_on", "ends_on", "field"),
    [
        ([Period(None, None)], DAYS[0], None, None),
        ([Period(DAYS[1], None)], DAYS[0], None, "starts_on"),
        ([Period(DAYS[1], None)], DAYS[1], None, None),
        ([Period(None, DAYS[3])], DAYS[1], None, "ends_on"),
        ([Period(None, DAYS[3])], DAYS[1], DAYS[4], "ends_on"),
        ([Period(None, DAYS[3])], DAYS[1], DAYS[3], None),
        # Renamed: the second period goes on where the first ended.
        ([Period(DAYS[2], None), Period(DAYS[0], DAYS[1])], DAYS[0], None, None),
    ],
)
def test_a_post_lies_within_the_time_of_its_unit(periods, starts_on, ends_on, field):
    post = draft(starts_on=starts_on, ends_on=ends_on)
    if field is None:
        rules.check_unit_lasts("政策課", periods, post)
    else:
        with pytest.raises(InvalidInput) as refused:
            rules.check_unit_lasts("政策課", periods, post)
        assert list(refused.value.errors) == [field]


def engaged(**values):
    given = {
        "id": uuid.uuid4(),
        "department_id": UNIT,
        "person_name": "見本 彩（見本）",
        "role": "アドバイザー",
        "title": "",
        "starts_on": DAYS[1],
        "ends_on": DAYS[3],
        "hours_a_month": 10,
        "online": True,
    }
    return Engaged(**(given | values))


@pytest.mark.parametrize("first", DAYS)
@pytest.mark.parametrize("last", [*DAYS, None])
def test_a_post_by_an_engagement_lies_within_it(first, last):
    if last is not None and last < first:
        return
    fits = DAYS[1] <= first <= DAYS[3] and (last is None or last <= DAYS[3])
    post = draft(starts_on=first, ends_on=last)
    if fits:
        rules.check_engaged(engaged(), post)
    else:
        with pytest.raises(InvalidInput):
            rules.check_engaged(engaged(), post)


@pytest.mark.parametrize("online", [True, False])
@pytest.mark.parametrize(("hours", "part_time"), [(1, True), (154, True), (155, False)])
def test_who_comes_from_outside_is_marked_by_what_was_agreed(online, hours, part_time):
    marks = engaged(online=online, hours_a_month=hours).marks
    assert marks[0] is Mark.OUTSIDE
    assert (Mark.PART_TIME in marks, Mark.ONLINE in marks) == (part_time, online)


def test_one_holder_has_a_title_once_at_a_time():
    held = draft(starts_on=DAYS[0], ends_on=DAYS[2])
    rules.check_not_doubled(draft(starts_on=DAYS[3]), [held])
    rules.check_not_doubled(draft(title="係長", starts_on=DAYS[0]), [held])
    with pytest.raises(InvalidInput) as refused:
        rules.check_not_doubled(draft(starts_on=DAYS[2]), [held])
    assert "すでに2026年4月1日（水）から2026年4月3日（金）までの登録" in str(refused.value.errors)


def test_what_was_withdrawn_is_left_alone():
    rules.check_there(None)
    with pytest.raises(RuleViolation, match="取り消されています"):
        rules.check_there(dt.datetime.now(dt.UTC))


@pytest.mark.parametrize("last", DAYS)
def test_the_last_day_is_between_the_first_and_the_one_already_said(last):
    if DAYS[1] <= last <= DAYS[3]:
        rules.check_last_day(last, DAYS[1], DAYS[3])
    else:
        with pytest.raises(InvalidInput):
            rules.check_last_day(last, DAYS[1], DAYS[3])
    if last >= DAYS[1]:
        rules.check_last_day(last, DAYS[1], None)


def test_every_mark_and_line_has_a_word():
    assert [mark.label for mark in Mark] == ["外部人材", "兼任", "非常勤", "オンライン"]
    assert [line.label for line in rules.Line] == ["指揮の系統", "構成員"]


def test_the_history_says_what_it_was_and_became():
    words = rules.post_words(draft(position=5, part_time=True, note="週2日"))
    assert words == "室長 見本 一郎（見本） 2026年4月1日（水）から 指揮の系統 並び順 5 非常勤 週2日"
    assert rules.history_words({"after": "a"}) == "a"
    assert rules.history_words({"before": "a", "after": "b"}) == "a → b"
    assert rules.history_words({"before": "a", "last_day": "2026-04-01"}).endswith("（水）")
    assert rules.history_words({"before": "a", "reason": "b"}) == "a 理由：b"
