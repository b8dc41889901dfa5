import datetime as dt
from dataclasses import dataclass

import pytest

from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.municipal.intake import rules
from kyoso.municipal.intake.rules import (
    IntakeReason,
    IntakeState,
    Span,
    Stance,
    WindowKind,
    check_accepting,
    intake_state,
)

TODAY = dt.date(2026, 11, 21)


def on(month: int, day: int, year: int = 2026) -> dt.date:
    return dt.date(year, month, day)


@dataclass
class Policy:
    stance: Stance = Stance.MIXED
    window_kind: WindowKind = WindowKind.ALWAYS
    month_opens_day: int | None = None
    month_closes_day: int | None = None


ALWAYS = Policy()
DATED = Policy(window_kind=WindowKind.DATED)
MONTHLY = Policy(window_kind=WindowKind.MONTHLY)
TENTH = Policy(window_kind=WindowKind.MONTHLY, month_opens_day=5, month_closes_day=10)
MOVING = "年度末のため"

OPEN, PAUSED, NOT_YET, OVER = (
    IntakeReason.OPEN,
    IntakeReason.PAUSED,
    IntakeReason.NOT_YET,
    IntakeReason.OVER,
)


def pause(first: dt.date, last: dt.date | None = None) -> Span:
    return Span(first, last, MOVING)


@pytest.mark.parametrize(
    ("policy", "windows", "pauses", "reason", "closes_on", "next_opens_on"),
    [
        # All year.
        (ALWAYS, [], [], OPEN, None, None),
        (ALWAYS, [Span(on(1, 1), on(1, 2))], [], OPEN, None, None),
        (ALWAYS, [], [pause(on(11, 1))], PAUSED, None, None),
        (ALWAYS, [], [pause(TODAY, TODAY)], PAUSED, None, on(11, 22)),
        (ALWAYS, [], [pause(on(11, 1), on(11, 30))], PAUSED, None, on(12, 1)),
        (ALWAYS, [], [pause(on(11, 1), on(11, 20))], OPEN, None, None),
        (ALWAYS, [], [pause(on(12, 1))], OPEN, on(11, 30), None),
        (
            ALWAYS,
            [],
            [pause(on(11, 1), on(11, 30)), pause(on(12, 1), on(12, 5))],
            PAUSED,
            None,
            on(12, 6),
        ),
        (ALWAYS, [], [pause(on(11, 1), on(11, 30)), pause(on(12, 1))], PAUSED, None, None),
        # At given times.
        (DATED, [], [], OVER, None, None),
        (DATED, [Span(on(10, 1), on(11, 20))], [], OVER, None, None),
        (DATED, [Span(on(10, 1), TODAY)], [], OPEN, TODAY, None),
        (DATED, [Span(TODAY, None)], [], OPEN, None, None),
        (DATED, [Span(TODAY, on(11, 30)), Span(on(11, 1), on(12, 24))], [], OPEN, on(12, 24), None),
        (DATED, [Span(on(12, 1), on(12, 24))], [], NOT_YET, None, on(12, 1)),
        (DATED, [Span(on(12, 9), None), Span(on(12, 1), on(12, 3))], [], NOT_YET, None, on(12, 1)),
        (
            DATED,
            [Span(on(12, 1), on(12, 24))],
            [pause(on(12, 1), on(12, 3))],
            NOT_YET,
            None,
            on(12, 4),
        ),
        (DATED, [Span(on(12, 1), on(12, 3))], [pause(on(12, 1), on(12, 3))], OVER, None, None),
        (DATED, [Span(TODAY, on(12, 24))], [pause(TODAY, on(12, 24))], PAUSED, None, None),
        (DATED, [Span(TODAY, on(12, 24))], [pause(on(12, 1), on(12, 3))], OPEN, on(11, 30), None),
        # Every month.
        (MONTHLY, [], [], OPEN, on(11, 30), None),
        (TENTH, [], [], NOT_YET, None, on(12, 5)),
        (TENTH, [Span(on(11, 20), on(11, 25))], [], OPEN, on(11, 25), None),
        (TENTH, [Span(on(11, 28), on(11, 29))], [], NOT_YET, None, on(11, 28)),
        (TENTH, [], [pause(on(12, 1), on(12, 31))], NOT_YET, None, on(1, 5, 2027)),
        (TENTH, [], [pause(on(11, 1), on(12, 31))], PAUSED, None, on(1, 5, 2027)),
    ],
)
def test_a_town_takes_proposals_in_within_its_windows_and_outside_its_pauses(
    policy, windows, pauses, reason, closes_on, next_opens_on
):
    state = intake_state(policy, windows, pauses, TODAY)
    assert state == IntakeState(
        reason is OPEN,
        Stance.MIXED,
        reason,
        closes_on,
        next_opens_on,
        MOVING if reason is PAUSED else "",
    )


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        (on(2, 10), on(2, 1), on(2, 28)),
        (on(2, 29, 2028), on(2, 1, 2028), on(2, 29, 2028)),
        (on(12, 31), on(12, 1), on(12, 31)),
    ],
)
def test_a_month_ends_on_its_last_day(day, first, last):
    assert rules.month_window(MONTHLY, day) == Span(first, last)


def test_the_monthly_window_after_december_is_in_january():
    assert intake_state(TENTH, [], [], on(12, 31)).next_opens_on == on(1, 5, 2027)


def test_a_town_without_a_policy_is_not_ready():
    state = intake_state(None, [], [], TODAY)
    assert not state.accepting
    assert state.reason is IntakeReason.NOT_READY


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (IntakeState(True, Stance.OPEN, OPEN), "提案を受け付けています。"),
        (IntakeState(True, Stance.OPEN, OPEN, TODAY), "2026年11月21日（土）まで"),
        (IntakeState(False, Stance.OPEN, PAUSED, paused_reason=MOVING), f"理由：{MOVING}"),
        (
            IntakeState(False, Stance.OPEN, PAUSED, next_opens_on=TODAY, paused_reason=MOVING),
            "2026年11月21日（土）から再開",
        ),
        (IntakeState(False, Stance.OPEN, NOT_YET, next_opens_on=TODAY), "次の受付は2026年11月21日"),
        (IntakeState(False, Stance.OPEN, OVER), "次の受付が決まりましたら"),
        (IntakeState(False, Stance.OPEN, IntakeReason.NOT_READY), "準備をしています"),
    ],
)
def test_every_state_says_what_is_so(state, sentence):
    assert sentence in state.label


@pytest.mark.parametrize("stance", Stance)
@pytest.mark.parametrize("has_need", [True, False])
@pytest.mark.parametrize("accepting", [True, False])
def test_a_focused_town_wants_a_need_and_a_closed_one_nothing(stance, has_need, accepting):
    state = IntakeState(accepting, stance, OPEN if accepting else OVER)
    if accepting and (has_need or stance is not Stance.FOCUSED):
        check_accepting(state, has_need=has_need)
    else:
        with pytest.raises(RuleViolation) as refusal:
            check_accepting(state, has_need=has_need)
        assert ("求めていること" in refusal.value.message) is accepting


@pytest.mark.parametrize("enum", [*Stance, *WindowKind])
def test_every_word_is_said(enum):
    assert enum.label


@pytest.mark.parametrize("stance", Stance)
def test_every_stance_is_explained(stance):
    assert stance.explanation


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        (Span(on(1, 1), on(1, 5)), Span(on(1, 6), None), False),
        (Span(on(1, 1), on(1, 6)), Span(on(1, 6), None), True),
        (Span(on(1, 1), None), Span(on(3, 1), on(3, 2)), True),
        (Span(on(4, 1), None), Span(on(3, 1), on(3, 2)), False),
        (Span(on(1, 1), None), Span(on(3, 1), None), True),
    ],
)
def test_two_spans_meet_when_they_share_a_day(one, other, meet):
    assert one.meets(other) is other.meets(one) is meet


def test_a_pause_begins_today_or_later_and_meets_no_other():
    rules.check_pause(pause(TODAY), [pause(on(1, 1), on(11, 20))], TODAY)
    with pytest.raises(InvalidInput) as past:
        rules.check_pause(pause(on(11, 20)), [], TODAY)
    assert list(past.value.errors) == ["starts_on"]
    with pytest.raises(InvalidInput) as turned:
        rules.check_pause(pause(on(12, 2), on(12, 1)), [], TODAY)
    assert list(turned.value.errors) == ["ends_on"]
    with pytest.raises(RuleViolation, match="同じ時期の休止"):
        rules.check_pause(pause(TODAY), [pause(on(12, 1))], TODAY)


def test_a_window_is_for_towns_with_windows_is_not_over_and_meets_no_other():
    window = Span(TODAY, on(12, 24))
    for kind in (WindowKind.DATED, WindowKind.MONTHLY):
        rules.check_window(kind, window, [], TODAY)
    with pytest.raises(RuleViolation, match="通年"):
        rules.check_window(WindowKind.ALWAYS, window, [], TODAY)
    for wrong in (Span(on(11, 1), on(11, 20)), Span(TODAY, on(11, 20))):
        with pytest.raises(InvalidInput) as refusal:
            rules.check_window(WindowKind.DATED, wrong, [], TODAY)
        assert list(refusal.value.errors) == ["closes_on"]
    with pytest.raises(RuleViolation, match="同じ時期の受付期間"):
        rules.check_window(WindowKind.DATED, window, [Span(on(12, 24), None)], TODAY)


def test_what_was_ended_is_not_ended_again():
    rules.check_not_ended(None)
    with pytest.raises(RuleViolation):
        rules.check_not_ended(dt.datetime(2026, 1, 1, tzinfo=dt.UTC))


@dataclass
class Version:
    effective_on: dt.date


@pytest.mark.parametrize(
    ("day", "expected"), [(on(3, 31), 0), (on(4, 1), 0), (on(9, 30), 0), (on(10, 1), 1), (TODAY, 1)]
)
def test_the_latest_version_that_has_begun_is_in_force_and_before_all_the_first(day, expected):
    versions = [Version(on(4, 1)), Version(on(10, 1))]
    assert rules.in_force(reversed(versions), day) is versions[expected]
    assert rules.in_force([], day) is None


def test_a_criterion_is_said_in_the_readers_language_if_it_can():
    assert rules.words_of({"label": "効果", "label_en": "Effect"}) == "効果"
    assert rules.words_of({"label": "効果"}, "hint") == ""


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (ALWAYS, "一年を通して"),
        (DATED, "期間を定めて"),
        (MONTHLY, "毎月1日から月末まで"),
        (TENTH, "毎月5日から10日まで"),
    ],
)
def test_windows_read_as_words(policy, words):
    assert words in rules.window_words(policy)


def test_days_read_as_words():
    assert [
        rules.span_words(Span(*days))
        for days in ((TODAY, None), (TODAY, TODAY), (TODAY, on(11, 22)))
    ] == [
        "2026年11月21日（土）から",
        "2026年11月21日（土）",
        "2026年11月21日（土）から2026年11月22日（日）まで",
    ]
