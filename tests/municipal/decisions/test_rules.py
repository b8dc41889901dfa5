"""What a decision must hold, and when it may be told."""

from __future__ import annotations

import datetime as dt

import pytest

from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.municipal.decisions import rules
from kyoso.municipal.decisions.rules import Choice, Outcome

NOON = dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC)


def choice(outcome: Outcome, **changed: str) -> Choice:
    whole = {
        "grounds": "将来像に合うため。",
        "conditions": "講習を受けること。",
        "ground_key": "no_budget",
        "public_summary": "月に一度の食堂。",
        "incomplete_reason": "急ぎのため。",
    }
    return Choice(outcome, **(whole | changed))


@pytest.mark.parametrize(
    ("outcome", "missing", "wrong"),
    [
        (Outcome.ADOPTED, "grounds", {"grounds"}),
        (Outcome.ADOPTED, "conditions", set()),
        (Outcome.ADOPTED, "ground_key", set()),
        (Outcome.ADOPTED, "public_summary", {"public_summary"}),
        (Outcome.ADOPTED, "incomplete_reason", {"incomplete_reason"}),
        (Outcome.ADOPTED_WITH_CONDITIONS, "conditions", {"conditions"}),
        (Outcome.ADOPTED_WITH_CONDITIONS, "public_summary", {"public_summary"}),
        (Outcome.DECLINED, "grounds", {"grounds"}),
        (Outcome.DECLINED, "ground_key", {"ground_key"}),
        (Outcome.DECLINED, "conditions", set()),
        (Outcome.DECLINED, "public_summary", set()),
        (Outcome.REFERRED, "conditions", {"outcome"}),
    ],
)
def test_each_outcome_asks_for_its_own(outcome, missing, wrong):
    made = choice(outcome, **{missing: ""})
    if not wrong:
        rules.check_choice(made, {"no_budget"}, reviews_complete=False)
        return
    with pytest.raises(InvalidInput) as refused:
        rules.check_choice(made, {"no_budget"}, reviews_complete=False)
    assert set(refused.value.errors) == wrong


def test_complete_reviews_need_no_reason():
    made = choice(Outcome.ADOPTED, incomplete_reason="")
    rules.check_choice(made, set(), reviews_complete=True)


def test_a_ground_that_the_town_does_not_know_is_refused():
    with pytest.raises(InvalidInput):
        rules.check_choice(choice(Outcome.DECLINED), {"law"}, reviews_complete=True)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_each_outcome_has_its_words(outcome):
    assert outcome.label == outcome.status.label
    assert outcome.tone
    assert outcome.letter_name.endswith("通知書")
    assert outcome.adopts is outcome.value.startswith("adopted")


def test_the_second_of_two_is_told_who_decided_what_and_when(app):
    with pytest.raises(RuleViolation) as refused:
        rules.refuse_second(Outcome.ADOPTED, "見本 事務", NOON)
    assert "2026年11月21日（土） 12:00に見本 事務さんが「採択」と決定しています" in str(
        refused.value
    )


def test_the_seal_breaks_with_each_thing_that_goes_out():
    words = ("件名", "本文", "概要")
    seals = {rules.seal(*words)}
    seals |= {
        rules.seal(*(w + ("。" if i == n else "") for i, w in enumerate(words))) for n in range(3)
    }
    assert len(seals) == 4
    rules.check_seal("a", "a")
    with pytest.raises(RuleViolation):
        rules.check_seal("a", "b")


def test_what_is_done_is_not_done_again(app):
    rules.check_not_announced(None)
    rules.check_not_undone(None)
    rules.check_announced(NOON)
    for check, value in (
        (rules.check_not_announced, NOON),
        (rules.check_not_undone, NOON),
        (rules.check_announced, None),
    ):
        with pytest.raises(RuleViolation):
            check(value)


def test_an_adoption_is_not_published_without_a_word():
    rules.check_letter(Outcome.DECLINED, "")
    with pytest.raises(InvalidInput):
        rules.check_letter(Outcome.ADOPTED, "")
