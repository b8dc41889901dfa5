import datetime as dt
import uuid
from dataclasses import dataclass

import pytest

from kyoso.core.access import Actor, Role
from kyoso.core.errors import Forbidden, InvalidInput, RuleViolation
from kyoso.municipal.needs import rules
from kyoso.municipal.needs.rules import NEXT, SKILLS, NeedStatus

TODAY = dt.date(2026, 11, 21)
DAY = dt.timedelta(days=1)
OURS, THEIRS = uuid.uuid4(), uuid.uuid4()


@dataclass
class Answerable:
    status: NeedStatus = NeedStatus.PUBLISHED
    opens_on: dt.date | None = None
    closes_on: dt.date | None = None


@pytest.mark.parametrize("now", NeedStatus)
@pytest.mark.parametrize("to", NeedStatus)
def test_a_move_is_allowed_exactly_when_the_table_lists_it(now, to):
    if to in NEXT[now]:
        rules.check_move(now, to)
    else:
        with pytest.raises(RuleViolation, match=f"「{now.label}」の求めていること"):
            rules.check_move(now, to)


@pytest.mark.parametrize("status", NeedStatus)
def test_only_a_draft_is_published_and_only_a_closed_one_reopened(status):
    for check, right in (
        (rules.check_draft, NeedStatus.DRAFT),
        (rules.check_reopening, NeedStatus.CLOSED),
    ):
        if status is right:
            check(status)
        else:
            with pytest.raises(RuleViolation):
                check(status)


@pytest.mark.parametrize("status", NeedStatus)
def test_every_status_has_a_word_and_a_tone(status):
    assert status.label
    assert status.tone in {"neutral", "info", "success", "warning", "danger"}


@pytest.mark.parametrize(
    ("opens_on", "closes_on", "expected"),
    [
        (None, None, True),
        (TODAY, TODAY, True),
        (TODAY - DAY, None, True),
        (None, TODAY + DAY, True),
        (TODAY + DAY, None, False),
        (None, TODAY - DAY, False),
        (TODAY + DAY, TODAY + 2 * DAY, False),
    ],
)
@pytest.mark.parametrize("status", NeedStatus)
def test_a_need_is_open_when_published_and_within_its_days(status, opens_on, closes_on, expected):
    need = Answerable(status, opens_on, closes_on)
    answer = expected and status is NeedStatus.PUBLISHED
    assert rules.is_open(need, TODAY) is answer
    if answer:
        rules.check_open(need, TODAY)
    else:
        with pytest.raises(RuleViolation, match="いまは受け付けていません"):
            rules.check_open(need, TODAY)


@pytest.mark.parametrize(
    ("opens_on", "closes_on", "right"),
    [
        (None, None, True),
        (TODAY, None, True),
        (None, TODAY, True),
        (TODAY, TODAY, True),
        (TODAY, TODAY + DAY, True),
        (TODAY, TODAY - DAY, False),
    ],
)
def test_the_last_day_is_not_before_the_first(opens_on, closes_on, right):
    if right:
        rules.check_days(opens_on, closes_on)
    else:
        with pytest.raises(InvalidInput) as refusal:
            rules.check_days(opens_on, closes_on)
        assert list(refusal.value.errors) == ["closes_on"]


def test_what_is_over_is_not_published():
    rules.check_not_over(None, TODAY)
    rules.check_not_over(TODAY, TODAY)
    with pytest.raises(RuleViolation, match="過ぎています"):
        rules.check_not_over(TODAY - DAY, TODAY)


def test_skills_are_few_and_short():
    rules.check_skills([])
    rules.check_skills([f"技能{n}" for n in range(rules.SKILLS_MAX)])
    with pytest.raises(InvalidInput) as many:
        rules.check_skills([f"技能{n}" for n in range(rules.SKILLS_MAX + 1)])
    assert list(many.value.errors) == ["skills"]
    rules.check_skills(["あ" * rules.SKILL_LENGTH])
    with pytest.raises(InvalidInput) as long:
        rules.check_skills(["あ" * (rules.SKILL_LENGTH + 1)])
    assert list(long.value.errors) == ["other_skills"]


def test_the_vocabulary_names_each_skill_once():
    known = [skill for _group, skills in SKILLS.values() for skill in skills]
    assert len(known) == len(set(known)) == 33
    assert all(rules.is_known(skill) and rules.skill_label(skill) == skill for skill in known)
    assert not rules.is_known("雪かき")
    assert rules.skill_label("雪かき") == "雪かき"


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("departments", [frozenset(), frozenset({OURS}), frozenset({THEIRS})])
def test_staff_act_for_their_own_department_and_the_secretariat_for_all(role, departments):
    actor = Actor(uuid.uuid4(), frozenset({role}), department_ids=departments)
    allowed = role in {Role.ADMIN, Role.SECRETARIAT} or OURS in departments
    assert rules.acts_for(actor, OURS) is allowed
    assert rules.acts_for_any(actor) is (
        role in {Role.ADMIN, Role.SECRETARIAT} or bool(departments)
    )
    if allowed:
        rules.check_department(actor, OURS)
    else:
        with pytest.raises(Forbidden, match="所属していない課"):
            rules.check_department(actor, OURS)


def test_conditions_read_as_words():
    assert [rules.budget_words(yen) for yen in (None, 0, 1_234_000)] == [
        "未定",
        "予算なし",
        "1,234,000円",
    ]
    assert [rules.hours_words(hours) for hours in (None, 20)] == ["未定", "月に20時間ほど"]
    assert [
        rules.days_words(*days)
        for days in ((None, None), (TODAY, None), (None, TODAY), (TODAY, TODAY))
    ] == [
        "期限なし",
        "2026年11月21日（土）から",
        "2026年11月21日（土）まで",
        "2026年11月21日（土）から2026年11月21日（土）まで",
    ]
