"""Gaps, rhythm and who may answer: every case there is."""

import datetime as dt
import itertools
import uuid
from dataclasses import dataclass

import pytest

from kyoso.core.access import Actor, Role
from kyoso.core.errors import Forbidden, RuleViolation
from kyoso.municipal.check_ins import rules
from kyoso.municipal.check_ins.rules import Pace, Question, Ratings, Standing

D = dt.date
DAY = dt.timedelta(days=1)
SCALE = range(1, 6)


@pytest.mark.parametrize(("ours", "theirs"), list(itertools.product(SCALE, SCALE)))
def test_a_gap_is_the_distance_in_each_question_and_two_need_an_action(ours, theirs):
    for question in Question:
        town = Ratings(**{**dict.fromkeys(Question, 3), question: ours})
        person = Ratings(**{**dict.fromkeys(Question, 3), question: theirs})
        found = rules.gaps(town, person)
        assert found == rules.gaps(person, town)
        assert found[question] == abs(ours - theirs)
        assert sum(found.values()) == abs(ours - theirs)
        assert rules.is_drift(found[question]) is (abs(ours - theirs) >= 2)


@pytest.mark.parametrize(
    ("gap", "drifts"), [(None, False), (0, False), (1, False), (2, True), (3, True), (4, True)]
)
def test_a_gap_of_two_or_more_is_a_drift(gap, drifts):
    assert rules.is_drift(gap) is drifts


def test_an_answer_is_on_the_scale():
    for question, number in itertools.product(Question, range(-1, 8)):
        given = Ratings(**{**dict.fromkeys(Question, 3), question: number})
        if number in SCALE:
            rules.check_ratings(given)
        else:
            with pytest.raises(RuleViolation, match="1から5まで"):
                rules.check_ratings(given)


def test_the_mean_of_an_answer():
    assert rules.mean(Ratings(4, 4, 5)) == 4.3


def pace(**changes):
    given = {
        "active": True,
        "starts_on": D(2026, 4, 1),
        "ends_on": D(2027, 3, 31),
        "every_days": 30,
        "last_on": None,
        "gap": None,
        "is_open": False,
        "town_answered": False,
        "person_answered": False,
        "today": D(2026, 4, 1),
    }
    return Pace(**(given | changes))


@pytest.mark.parametrize(
    ("every", "opens_after"), [(7, 4), (14, 7), (20, 13), (30, 23), (60, 53), (365, 358)]
)
@pytest.mark.parametrize("last_on", [None, D(2026, 5, 1), D(2026, 3, 1)])
def test_when_the_next_one_opens_is_due_and_is_missed(every, opens_after, last_on):
    since = max(D(2026, 4, 1), last_on or D(2026, 4, 1))
    one = pace(every_days=every, last_on=last_on, ends_on=D(2029, 3, 31))
    assert one.opens_on == since + opens_after * DAY
    assert one.due_on == since + every * DAY
    for days in range(400):
        then = pace(
            every_days=every, last_on=last_on, ends_on=D(2029, 3, 31), today=since + days * DAY
        )
        assert then.days == days
        assert then.opens is (days >= opens_after)
        assert then.overdue is (days >= every)


@pytest.mark.parametrize(
    ("changes", "opens"),
    [
        ({}, True),
        ({"is_open": True}, False),
        ({"active": False}, False),
        ({"ends_on": D(2026, 5, 9)}, False),
        ({"ends_on": D(2026, 5, 10)}, True),
        ({"starts_on": D(2026, 5, 11)}, False),
    ],
)
def test_only_an_engagement_under_way_without_an_open_one_gets_one(changes, opens):
    assert pace(**({"today": D(2026, 5, 10)} | changes)).opens is opens


def test_a_reminder_goes_once_after_a_week():
    opened = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    for days, reminded in itertools.product(range(20), (True, False)):
        assert rules.reminds(opened, reminded, opened + days * DAY) is (days >= 7 and not reminded)


@pytest.mark.parametrize(
    ("gap", "late", "is_open", "town", "person"),
    list(itertools.product([None, 0, 1, 2, 4], *[[False, True]] * 4)),
)
def test_everything_that_is_to_be_said_is_said(gap, late, is_open, town, person):
    one = pace(
        gap=gap,
        is_open=is_open,
        town_answered=town,
        person_answered=person,
        today=D(2026, 4, 1) + (30 if late else 29) * DAY,
    )
    said = one.standings
    assert (Standing.DRIFTING in said) is (gap in {2, 4})
    assert (Standing.OVERDUE in said) is late
    assert (Standing.OURS in said) is (is_open and not town)
    assert (Standing.THEIRS in said) is (is_open and not person)
    assert (said == [Standing.FINE]) is not bool(set(said) - {Standing.FINE})


def test_drift_is_on_top_then_what_is_late_then_the_larger_gap_then_the_longer_ago():
    today = D(2026, 8, 1)
    wide = pace(gap=4, last_on=today, today=today)
    late_and_apart = pace(gap=2, last_on=today - 40 * DAY, today=today)
    late = pace(gap=0, last_on=today - 40 * DAY, today=today)
    small = pace(gap=1, last_on=today - DAY, today=today)
    older = pace(gap=0, last_on=today - 9 * DAY, today=today)
    fine = pace(gap=0, last_on=today, today=today)
    expected = [late_and_apart, wide, late, small, older, fine]
    shuffled = [small, fine, wide, older, late, late_and_apart]
    assert sorted(shuffled, key=lambda one: one.urgency) == expected


TOWN, UNIT, MEMBER, PERSON = (uuid.uuid4() for _ in range(4))


@dataclass(frozen=True)
class Engaged:
    person_id: uuid.UUID = PERSON
    department_id: uuid.UUID = UNIT
    responsible_membership_id: uuid.UUID = MEMBER


@pytest.mark.parametrize(
    ("roles", "is_responsible", "is_near", "is_the_person"),
    list(
        itertools.product(
            [{Role.ADMIN}, {Role.SECRETARIAT}, {Role.STAFF}, {Role.GUEST}], *[[False, True]] * 3
        )
    ),
)
def test_who_sees_and_who_speaks_for_the_town(roles, is_responsible, is_near, is_the_person):
    actor = Actor(
        TOWN,
        frozenset(roles),
        person_id=PERSON if is_the_person else uuid.uuid4(),
        membership_id=MEMBER if is_responsible else uuid.uuid4(),
        department_ids=frozenset({UNIT} if is_near else ()),
    )
    speaks = not is_the_person and (is_responsible or is_near)
    sees = speaks or (not is_the_person and bool(roles & {Role.ADMIN, Role.SECRETARIAT}))
    assert rules.may_answer(actor, Engaged()) is speaks
    assert rules.may_see(actor, Engaged()) is sees
    for check, allowed in ((rules.check_may_answer, speaks), (rules.check_may_see, sees)):
        if allowed:
            check(actor, Engaged())
        else:
            with pytest.raises(Forbidden):
                check(actor, Engaged())


def test_what_is_over_takes_no_answer():
    rules.check_open(False, False)
    with pytest.raises(RuleViolation, match="もう変えられません"):
        rules.check_open(True, False)
    with pytest.raises(RuleViolation, match="取りやめ"):
        rules.check_open(False, True)
    with pytest.raises(RuleViolation, match="期間中だけ"):
        rules.check_running(False)
    with pytest.raises(RuleViolation, match="もう決まっています"):
        rules.check_undecided(True)
