"""Who reviews, what a score may be, and who may see it."""

from __future__ import annotations

import itertools
import uuid

import pytest

from kyoso.core.access import Actor, Role
from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.municipal.reviews import rules
from kyoso.municipal.reviews.rules import Progress, ReviewState

CRITERIA = [{"key": "vision", "weight": 2, "max": 5}, {"key": "feasible", "max": 10}]


def somebody(*roles: Role) -> Actor:
    return Actor(uuid.uuid4(), frozenset(roles), membership_id=uuid.uuid4())


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("active", [True, False])
def test_active_staff_review_and_nobody_else(role, active):
    may = active and role in {Role.ADMIN, Role.SECRETARIAT, Role.STAFF}
    if may:
        rules.check_can_review("見本", [role], active=active)
    else:
        with pytest.raises(RuleViolation):
            rules.check_can_review("見本", [role], active=active)


@pytest.mark.parametrize(
    ("scores", "complete", "wrong"),
    [
        ({}, False, set()),
        ({}, True, {"score-vision", "score-feasible"}),
        ({"vision": 1, "feasible": 10}, True, set()),
        ({"vision": 0}, False, {"score-vision"}),
        ({"vision": 6}, False, {"score-vision"}),
        ({"feasible": 11}, False, {"score-feasible"}),
        ({"other": 3}, False, {"score-other"}),
        ({"vision": 5}, True, {"score-feasible"}),
    ],
)
def test_scores_stay_within_the_towns_criteria(scores, complete, wrong):
    if not wrong:
        rules.check_scores(scores, CRITERIA, complete=complete)
        return
    with pytest.raises(InvalidInput) as refused:
        rules.check_scores(scores, CRITERIA, complete=complete)
    assert set(refused.value.errors) == wrong


@pytest.mark.parametrize(
    ("submitted", "interest", "begun", "state"),
    [
        (False, False, False, ReviewState.WAITING),
        (False, False, True, ReviewState.STARTED),
        (True, False, True, ReviewState.SUBMITTED),
        (False, True, True, ReviewState.OUT),
    ],
)
def test_a_review_says_how_far_it_is(submitted, interest, begun, state):
    assert rules.state_of(submitted=submitted, declared_interest=interest, begun=begun) is state
    assert state.label
    assert state.tone


@pytest.mark.parametrize(
    ("states", "needed", "complete"),
    [
        ([], 1, False),
        ([], 0, True),
        ([ReviewState.SUBMITTED], 1, True),
        ([ReviewState.SUBMITTED], 2, False),
        ([ReviewState.SUBMITTED, ReviewState.WAITING], 1, False),
        ([ReviewState.SUBMITTED, ReviewState.STARTED], 1, False),
        ([ReviewState.SUBMITTED, ReviewState.OUT], 1, True),
    ],
)
def test_a_review_is_complete_when_enough_and_all_have_handed_in(states, needed, complete):
    assert rules.progress_of(states, needed).complete is complete


def test_who_is_out_counts_for_nothing():
    found = rules.progress_of([ReviewState.OUT, ReviewState.WAITING], 2)
    assert found == Progress(submitted=0, active=1, needed=2)


def test_averages_follow_the_criteria_and_the_weights():
    given = [{"vision": 4, "feasible": 10}, {"vision": 5}]

    assert [(a.key, a.mean, a.max) for a in rules.averages(given, CRITERIA)] == [
        ("vision", 4.5, 5),
        ("feasible", 10.0, 10),
    ]
    # (2 × 0.8 + 2 × 1.0 + 1 × 1.0) / 5
    assert rules.overall(given, CRITERIA) == 92
    assert rules.overall([], CRITERIA) is None
    assert rules.averages([], CRITERIA)[0].mean is None


FACTS = ("own", "decided", "reviews_here", "has_submitted", "has_interest")


@pytest.mark.parametrize("role", [Role.ADMIN, Role.SECRETARIAT, Role.STAFF, Role.AUDITOR])
@pytest.mark.parametrize("facts", list(itertools.product([False, True], repeat=5)))
def test_scores_are_private_until_the_decision(role, facts):
    said = dict(zip(FACTS, facts, strict=True))
    if said["own"]:
        expected = True
    elif said["has_interest"]:
        expected = False
    elif said["decided"]:
        expected = True
    elif said["reviews_here"]:
        expected = said["has_submitted"]
    else:
        expected = role in {Role.ADMIN, Role.SECRETARIAT}

    assert rules.may_see_scores(somebody(role), **said) is expected


@pytest.mark.parametrize("role", [Role.LINK_HOLDER, Role.GUEST])
def test_the_proposer_and_the_public_never_see_a_score(role):
    for decided in (True, False):
        assert not rules.may_see_scores(
            somebody(role),
            own=False,
            decided=decided,
            reviews_here=False,
            has_submitted=False,
            has_interest=False,
        )


def test_only_ones_own_review_is_written_and_only_while_it_is_asked_for():
    rules.check_is_reviewer(True, withdrawn=False)
    for own, withdrawn in ((False, False), (True, True)):
        with pytest.raises(RuleViolation):
            rules.check_is_reviewer(own, withdrawn=withdrawn)
