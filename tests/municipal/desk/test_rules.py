"""What should happen next, and what changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyoso.core.differences import compare
from kyoso.municipal.desk import rules
from kyoso.municipal.desk.rules import Action, Right
from kyoso.municipal.proposals.rules import CONTENT
from kyoso.municipal.proposals.rules import ProposalStatus as S
from kyoso.municipal.reviews.rules import Progress, ReviewState

ALL = frozenset(Right)
DONE, HALF, SHORT = Progress(2, 2, 2), Progress(1, 2, 2), Progress(0, 1, 2)


@pytest.mark.parametrize(
    ("status", "rights", "facts", "action"),
    [
        (S.DRAFT, ALL, {}, None),
        (S.DRAFT, ALL, {"has_address": False}, Action.HAND_OVER_LINK),
        (S.DRAFT, (), {"has_address": False}, None),
        (S.SUBMITTED, ALL, {}, Action.START_SCREENING),
        (S.SUBMITTED, {Right.REISSUE}, {}, None),
        (S.SCREENING, ALL, {}, Action.CHOOSE_REVIEWERS),
        (S.SCREENING, (), {}, None),
        (S.RESUBMITTED, ALL, {}, Action.CHOOSE_REVIEWERS),
        (S.REVISION_REQUESTED, ALL, {}, None),
        (S.IN_REVIEW, ALL, {"progress": SHORT}, Action.CHOOSE_REVIEWERS),
        (S.IN_REVIEW, ALL, {"progress": HALF}, None),
        (S.IN_REVIEW, ALL, {"progress": DONE}, Action.DECIDE),
        (S.IN_REVIEW, ALL, {"progress": DONE, "mine": ReviewState.OUT}, None),
        (S.IN_REVIEW, ALL, {"progress": HALF, "mine": ReviewState.WAITING}, Action.WRITE_REVIEW),
        (S.IN_REVIEW, (), {"progress": HALF, "mine": ReviewState.STARTED}, Action.WRITE_REVIEW),
        (S.IN_REVIEW, (), {"progress": DONE}, None),
        (S.ADOPTED, ALL, {}, Action.PREVIEW),
        (S.ADOPTED, (), {}, None),
        (S.ADOPTED, ALL, {"announced": True}, None),
        (S.ADOPTED_WITH_CONDITIONS, ALL, {}, Action.PREVIEW),
        (S.DECLINED, ALL, {}, Action.PREVIEW),
        (S.DECLINED, ALL, {"announced": True}, None),
        (S.WITHDRAWN, ALL, {}, None),
        (S.CANCELLED, ALL, {}, None),
        (S.REVOKED, ALL, {}, None),
    ],
)
def test_the_page_says_what_to_do_now(status, rights, facts, action):
    step = rules.next_step(status, rights, **({"progress": DONE} | facts))
    assert step.action is action
    assert step.words.endswith("。")


@pytest.mark.parametrize("status", list(S))
def test_who_may_only_read_is_offered_nothing(status):
    assert rules.next_step(status, (), progress=HALF).action is None


@given(st.text("あい。！\n"), st.text("あう。！\n"))
def test_a_comparison_holds_both_texts(before, after):
    pieces = compare(before, after)
    assert "".join(p.text for p in pieces if p.kind != "added") == before
    assert "".join(p.text for p in pieces if p.kind != "removed") == after


def test_only_changed_parts_are_shown_in_the_forms_order():
    before = dict.fromkeys(CONTENT, "同じ")
    after = before | {"merit_town": "違う", "title": "違う"}
    assert [change.part for change in rules.changes(before, after)] == ["title", "merit_town"]
    assert rules.changes(before, before) == []


@pytest.mark.parametrize(("total", "pages"), [(0, 1), (1, 1), (20, 1), (21, 2), (2000, 100)])
def test_a_list_has_as_many_pages_as_it_needs(total, pages):
    assert rules.pages(total, 20) == pages
