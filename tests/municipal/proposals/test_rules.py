"""How a proposal moves: the whole table, and what each state allows."""

import datetime as dt

import pytest

from kyoso.core.errors import RuleViolation
from kyoso.municipal.proposals import rules
from kyoso.municipal.proposals.rules import ProposalStatus, ProposerKind, Source

S = ProposalStatus
#: Said again on purpose, one line for each state: a change of the table must be meant.
ALLOWED = {
    S.DRAFT: "submitted withdrawn",
    S.SUBMITTED: "screening withdrawn",
    S.SCREENING: "revision_requested in_review withdrawn",
    S.REVISION_REQUESTED: "resubmitted withdrawn",
    S.RESUBMITTED: "revision_requested in_review withdrawn",
    S.IN_REVIEW: "adopted adopted_with_conditions declined referred withdrawn",
    S.ADOPTED: "cancelled revoked in_review",
    S.ADOPTED_WITH_CONDITIONS: "cancelled revoked in_review",
    S.DECLINED: "in_review referred",
    S.REFERRED: "in_review declined",
    S.WITHDRAWN: "",
    S.CANCELLED: "",
    S.REVOKED: "",
}


@pytest.mark.parametrize("now", S)
@pytest.mark.parametrize("to", S)
def test_a_move_is_allowed_exactly_when_the_table_lists_it(now: S, to: S) -> None:
    if to in ALLOWED[now].split():
        rules.check_move(now, to)
    else:
        with pytest.raises(RuleViolation, match=f"「{now.label}」の提案は「{to.label}」"):
            rules.check_move(now, to)


@pytest.mark.parametrize("now", S)
def test_a_proposal_can_be_withdrawn_from_any_state_before_a_decision(now: S) -> None:
    decided = rules.DECIDED | {S.WITHDRAWN, S.CANCELLED, S.REVOKED}
    assert (S.WITHDRAWN in rules.NEXT.get(now, ())) == (now not in decided)


@pytest.mark.parametrize("now", S)
def test_the_content_changes_only_while_nobody_is_reading_it(now: S) -> None:
    if now in {S.DRAFT, S.SUBMITTED, S.REVISION_REQUESTED}:
        rules.check_editable(now)
    else:
        with pytest.raises(RuleViolation, match=now.label):
            rules.check_editable(now)


@pytest.mark.parametrize("now", S)
def test_town_and_proposer_talk_between_submission_and_decision(now: S) -> None:
    talking = {S.SUBMITTED, S.SCREENING, S.REVISION_REQUESTED, S.RESUBMITTED, S.IN_REVIEW}
    if now in talking:
        rules.check_in_talk(now)
    else:
        with pytest.raises(RuleViolation, match="やり取りはできません"):
            rules.check_in_talk(now)


@pytest.mark.parametrize("status", S)
@pytest.mark.parametrize("announced", [True, False])
def test_a_decision_is_seen_once_it_is_announced(status: S, announced: bool) -> None:
    seen = rules.visible_status(status, announced=announced)
    hidden = status in rules.DECIDED and not announced
    assert seen is (S.IN_REVIEW if hidden else status)


@pytest.mark.parametrize("member", [*S, *ProposerKind, *Source])
def test_everything_has_a_word(member: S | ProposerKind | Source) -> None:
    assert member.label
    assert member.label != member.value


@pytest.mark.parametrize("status", S)
def test_every_status_has_a_tone(status: S) -> None:
    assert status.tone in {"neutral", "info", "success", "warning", "danger"}


def test_a_decline_is_never_shown_as_a_failure() -> None:
    assert S.DECLINED.tone == "neutral"


WHOLE = dict.fromkeys(rules.CONTENT, "あ")


@pytest.mark.parametrize("part", rules.CONTENT)
@pytest.mark.parametrize("empty", ["", " 　\n"])
def test_each_required_part_is_missed_by_name(part: str, empty: str) -> None:
    content = WHOLE | {part: empty}
    if part in rules.REQUIRED:
        assert rules.missing_parts(content) == [part]
        with pytest.raises(RuleViolation, match=str(rules.CONTENT[part][0])):
            rules.check_complete(content)
    else:
        assert rules.missing_parts(content) == []
        rules.check_complete(content)


def test_nothing_at_all_is_missed_in_the_order_of_the_form() -> None:
    assert rules.missing_parts({}) == ["title", "wish", "ability", "merit_residents"]


@pytest.mark.parametrize(
    ("number", "at", "receipt"),
    [
        (12, dt.datetime(2026, 4, 1, tzinfo=dt.UTC), "2026-0012"),
        (1, dt.datetime(2026, 12, 31, 15, 30, tzinfo=dt.UTC), "2027-0001"),
        (12345, dt.datetime(2026, 4, 1, tzinfo=dt.UTC), "2026-12345"),
        (None, None, ""),
    ],
)
def test_the_receipt_counts_by_the_year_in_japan(
    number: int | None, at: dt.datetime | None, receipt: str
) -> None:
    assert rules.receipt_number(number, at) == receipt
