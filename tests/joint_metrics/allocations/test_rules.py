"""Who fits what, what is missing, what is odd: without a database."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter

import pytest

from kyoso.core.errors import RuleViolation
from kyoso.core.search import search_key
from kyoso.exchange.matching import Sign
from kyoso.identity.profiles.rules import WorkMode
from kyoso.joint_metrics.allocations import rules
from kyoso.joint_metrics.allocations.rules import (
    Candidate,
    LineStatus,
    Missing,
    OpenNeed,
    PlanStatus,
    Priority,
    Terms,
)
from kyoso.joint_metrics.assigning import Ask
from kyoso.joint_metrics.plan_words import Summary, compare, fit_words
from kyoso.joint_metrics.preparing import Fit, mode_sign, most_missing, prepare, why_missing

HERE, THERE = uuid.UUID(int=1), uuid.UUID(int=2)
TERMS = Terms("2026-12", months=3)


def need(**said: object) -> OpenNeed:
    given = {
        "id": uuid.uuid4(),
        "tenant_id": HERE,
        "skills": ("デザイナー", "動画制作"),
        "hours_a_month": 20,
        "mode": WorkMode.ONLINE,
        "opens_on": None,
    }
    return OpenNeed(**(given | said))


def person(**said: object) -> Candidate:
    given = {
        "listing_id": uuid.uuid4(),
        "tenant_id": THERE,
        "towns": frozenset({THERE}),
        "skills": frozenset({search_key("デザイナー")}),
        "told": "",
        "mode": WorkMode.BOTH,
        "left": (20, 20, 20),
    }
    return Candidate(**(given | said))


def test_an_hour_counts_by_skills_and_mode():
    assert Fit(("a", "b"), (), (), Sign.MET).factor == 1
    assert Fit(("a",), ("b",), (), Sign.MET).factor == 0.75
    assert Fit(("a",), (), ("b",), Sign.PARTLY).factor == pytest.approx(0.4)
    assert Fit((), (), (), Sign.UNKNOWN).factor == pytest.approx(0.45)


@pytest.mark.parametrize(
    ("asked", "offered", "sign"),
    [
        (None, WorkMode.ON_SITE, Sign.MET),
        (WorkMode.ONLINE, WorkMode.BOTH, Sign.MET),
        (WorkMode.ONLINE, None, Sign.UNKNOWN),
        (WorkMode.BOTH, WorkMode.ONLINE, Sign.PARTLY),
        (WorkMode.ONLINE, WorkMode.ON_SITE, Sign.MISSING),
    ],
)
def test_a_way_of_working_suits_or_not(asked, offered, sign):
    assert mode_sign(asked, offered) is sign


def test_only_pairs_that_can_be_are_prepared_and_the_others_counted():
    people = [
        person(),
        person(towns=frozenset({HERE, THERE})),
        person(skills=frozenset({"茶道"})),
        person(mode=WorkMode.ON_SITE),
        person(left=(20, 4, 20)),
        person(skills=frozenset(), told=search_key("動画制作もします")),
    ]
    prepared = prepare(TERMS, [need()], people)
    assert {(pair.need, pair.person) for pair in prepared.problem.pairs} == {(0, 0), (0, 5)}
    assert prepared.fits[0, 0].missing == ("動画制作",)
    assert prepared.fits[0, 5].named == ("動画制作",)
    assert prepared.failing[0] == Counter(
        {"own": 1, Missing.SKILL: 1, Missing.MODE: 1, Missing.HOURS: 1}
    )


def test_a_need_that_begins_later_needs_hours_only_then():
    later = need(opens_on=dt.date(2027, 1, 20))
    prepared = prepare(TERMS, [later], [person(left=(0, 20, 20))])
    assert prepared.problem.needs[0].first == 1
    assert len(prepared.problem.pairs) == 1
    too_late = need(opens_on=dt.date(2027, 3, 1))
    assert prepare(TERMS, [too_late], []).left_out == {too_late.id: Missing.NOT_YET}
    running = need(opens_on=dt.date(2026, 1, 1))
    assert prepare(TERMS, [running], []).problem.needs[0].first == 0


def test_what_is_dropped_has_no_hours_or_is_met_is_no_part_of_the_problem():
    dropped, unknown, met = need(), need(hours_a_month=None), need(under_way=25)
    terms = Terms("2026-12", priorities={str(dropped.id): 0})
    prepared = prepare(terms, [dropped, unknown, met], [person()])
    assert prepared.needs == ()
    assert prepared.left_out == {
        dropped.id: Missing.DROPPED,
        unknown.id: Missing.HOURS_UNKNOWN,
    }


def test_priority_fit_and_the_plan_in_force_make_the_value():
    one, who = need(skills=("デザイナー",)), person()
    terms = Terms("2026-12", months=3, priorities={str(one.id): int(Priority.HIGH)})
    (pair,) = prepare(terms, [one], [who]).problem.pairs
    assert pair.value == pytest.approx(4.0)
    running = frozenset({(one.id, who.listing_id)})
    (pair,) = prepare(terms, [one], [who], running).problem.pairs
    assert pair.value == pytest.approx(4.6)


@pytest.mark.parametrize(
    ("people", "failing", "fitting", "why"),
    [
        (3, {}, 5, Missing.PEOPLE),
        (0, {Missing.HOURS: 2}, 1, Missing.TAKEN),
        (0, {Missing.HOURS: 2}, 0, Missing.HOURS),
        (1, {Missing.SKILL: 2}, 1, Missing.HOURS),
        (0, {Missing.MODE: 1, Missing.SKILL: 9}, 0, Missing.MODE),
        (0, {Missing.SKILL: 9}, 0, Missing.SKILL),
        (0, {}, 0, Missing.SKILL),
    ],
)
def test_what_is_missing_is_named(people, failing, fitting, why):
    assert why_missing(Ask("a", 20, 5, 3), people, Counter(failing), fitting) is why


def test_the_skills_most_missing_come_first():
    many = need(skills=("通訳",))
    prepared = prepare(TERMS, [need(), many, need(skills=("通訳",))], [])
    found = most_missing(prepared, TERMS, {0: 20, 1: 20, 2: 5})
    assert [skill for skill, _worth in found] == ["通訳", "デザイナー", "動画制作"]
    assert found[0][1] == {1: 2.0, 2: 2.0}
    assert found[1][1] == {0: 1.0}


def test_terms_are_kept_and_read_again():
    terms = Terms("2026-12", priorities={str(HERE): 4}, extra_skill="通訳", extra_hours=8)
    assert Terms.of(terms.kept()) == terms
    assert terms.supposes
    assert str(terms.last) == "2027-05"


def test_only_a_finished_plan_without_supposed_people_is_offered():
    rules.check_offerable(PlanStatus.DONE, False)
    for status in PlanStatus:
        if status is not PlanStatus.DONE:
            with pytest.raises(RuleViolation):
                rules.check_offerable(status, False)
    with pytest.raises(RuleViolation):
        rules.check_offerable(PlanStatus.DONE, True)


def test_only_an_open_line_is_accepted_within_the_hours_left():
    rules.check_acceptable(LineStatus.PROPOSED)
    for status in (LineStatus.ACCEPTED, LineStatus.REPLACED):
        with pytest.raises(RuleViolation):
            rules.check_acceptable(status)
    rules.check_hours(10, 10)
    rules.check_hours(10, None)
    with pytest.raises(RuleViolation, match="月4時間"):
        rules.check_hours(10, 4)


def test_every_word_has_a_label():
    for kind in (PlanStatus, LineStatus, Missing, Priority):
        assert all(one.label for one in kind)
    assert all(rules.note_words(code) for code in ("several_first", "all_first", "all_out"))


def test_a_fit_is_said_in_sentences():
    fit = Fit(("デザイナー",), ("通訳",), ("経理",), Sign.UNKNOWN).kept()
    assert fit_words(fit) == [
        "デザイナーが得意です。",
        "通訳について、文章の中で触れています。",
        "経理は、書かれていません。",
        "働き方は公開していません。",
    ]
    nothing = Fit((), (), (), Sign.MET).kept()
    assert fit_words(nothing) == ["求めるスキルは書かれていません。", "働き方が合います。"]


def test_plans_are_compared_by_town():
    before = {"towns": {str(HERE): {"met": 5}}}
    after = {"towns": {str(HERE): {"met": 8}, str(THERE): {"met": 2}}}
    assert [
        (one.town_id, one.before, one.after) for one in compare(before, after, [HERE, THERE])
    ] == [
        (HERE, 5, 8),
        (THERE, 0, 2),
    ]


def test_an_empty_result_divides_by_nothing():
    result = {"needs": [], "towns": {}, "gains": [], "supposed": [], "notes": []}
    result |= dict.fromkeys(("hours", "people", "without_hours", "seconds"), 0)
    summary = Summary.of(result | {"gap": 0.0, "fairness": 1.0}, {})
    assert summary.percent == 0
    assert "最適" in summary.gap_words
