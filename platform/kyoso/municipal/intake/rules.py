"""When a town takes proposals in. Pure: no database, no clock, no request."""

from __future__ import annotations

import calendar
import datetime as dt
import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import jp_date, locale
from kyoso.core.i18n import lazy_gettext as _l

#: Each criterion is scored from 1 to this.
SCORE_MAX = 5
ONE_DAY = dt.timedelta(days=1)


class Stance(enum.StrEnum):
    """What a proposal must be about."""

    OPEN = "open"
    FOCUSED = "focused"
    MIXED = "mixed"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_STANCE_LABELS[self])

    @property
    def explanation(self) -> str:
        """What it means for somebody who wants to propose."""
        return str(_STANCE_EXPLANATIONS[self])


_STANCE_LABELS = {
    Stance.OPEN: _l("全方位"),
    Stance.FOCUSED: _l("課題特化"),
    Stance.MIXED: _l("全方位と課題特化"),
}
_STANCE_EXPLANATIONS = {
    Stance.OPEN: _l("テーマを問わず、自由な提案を受け付けています。"),
    Stance.FOCUSED: _l("公開している「求めていること」に答える提案を受け付けています。"),
    Stance.MIXED: _l(
        "自由な提案も、公開している「求めていること」に答える提案も受け付けています。"
    ),
}


class WindowKind(enum.StrEnum):
    """How a town's times of taking in are said."""

    ALWAYS = "always"
    MONTHLY = "monthly"
    DATED = "dated"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_WINDOW_LABELS[self])


_WINDOW_LABELS = {
    WindowKind.ALWAYS: _l("通年"),
    WindowKind.MONTHLY: _l("毎月"),
    WindowKind.DATED: _l("期間を定める"),
}


class IntakeReason(enum.StrEnum):
    """Why a town takes proposals in today, or does not."""

    OPEN = "open"
    PAUSED = "paused"
    NOT_YET = "not_yet"
    OVER = "over"
    NOT_READY = "not_ready"


class Policy(Protocol):
    """What the rules read of a policy."""

    @property
    def stance(self) -> Stance:
        """What a proposal must be about."""

    @property
    def window_kind(self) -> WindowKind:
        """How the times are said."""

    @property
    def month_opens_day(self) -> int | None:
        """The day of the month on which a monthly window opens; None is the first."""

    @property
    def month_closes_day(self) -> int | None:
        """Its last day; None is the month's last."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days from the first to the last, both included; without a last day, from then on."""

    first: dt.date
    last: dt.date | None
    #: A pause says why.
    reason: str = ""

    def holds(self, day: dt.date) -> bool:
        """Tell whether a day is in it."""
        return self.first <= day and (self.last is None or day <= self.last)

    def meets(self, other: Span) -> bool:
        """Tell whether the two share a day."""
        return (other.last is None or self.first <= other.last) and (
            self.last is None or other.first <= self.last
        )


@dataclass(frozen=True, slots=True)
class IntakeState:
    """Whether a town takes proposals in on some day, and what to tell those who ask."""

    accepting: bool
    stance: Stance
    reason: IntakeReason
    #: The last day of the present window, if it has one.
    closes_on: dt.date | None = None
    #: The next day on which it will be open, if that is known.
    next_opens_on: dt.date | None = None
    paused_reason: str = ""

    @property
    def label(self) -> str:
        """One or two sentences for people, in their language."""
        match self.reason:
            case IntakeReason.OPEN if self.closes_on:
                return _("提案を受け付けています（%(day)sまで）。", day=jp_date(self.closes_on))
            case IntakeReason.OPEN:
                return _("提案を受け付けています。")
            case IntakeReason.PAUSED if self.next_opens_on:
                return _(
                    "ただいま受付を休止しています（%(day)sから再開の予定です）。理由：%(reason)s",
                    day=jp_date(self.next_opens_on),
                    reason=self.paused_reason,
                )
            case IntakeReason.PAUSED:
                return _(
                    "ただいま受付を休止しています。理由：%(reason)s", reason=self.paused_reason
                )
            case IntakeReason.NOT_YET:
                return _(
                    "ただいまは受付期間の外です。次の受付は%(day)sからです。",
                    day=jp_date(self.next_opens_on),
                )
            case IntakeReason.OVER:
                return _(
                    "ただいまは受付期間の外です。次の受付が決まりましたら、このページでお知らせします。"
                )
            case _:
                return _("受付の準備をしています。始まりましたら、このページでお知らせします。")


class Version(Protocol):
    """Something that holds from a day on, until a later one follows it."""

    @property
    def effective_on(self) -> dt.date:
        """Its first day."""


V = TypeVar("V", bound=Version)


def in_force(versions: Iterable[V], on: dt.date) -> V | None:
    """Return the version in force on a day; a day before the first is answered by the first."""
    ordered = sorted(versions, key=lambda version: version.effective_on)
    begun = [version for version in ordered if version.effective_on <= on]
    return begun[-1] if begun else next(iter(ordered), None)


def intake_state(
    policy: Policy | None, windows: Iterable[Span], pauses: Iterable[Span], today: dt.date
) -> IntakeState:
    """Return whether proposals are taken in today, by the policy, its windows and its pauses.

    `windows` and `pauses` are those that nobody ended or lifted.
    """
    if policy is None:
        return IntakeState(False, Stance.MIXED, IntakeReason.NOT_READY)
    windows, pauses = list(windows), list(pauses)
    paused = next((pause for pause in pauses if pause.holds(today)), None)
    closes_on, is_open = _closing(policy, windows, today)
    if paused is None and is_open:
        coming = [pause.first - ONE_DAY for pause in pauses if pause.first > today]
        ends = [day for day in (closes_on, *coming) if day is not None]
        return IntakeState(
            True, policy.stance, IntakeReason.OPEN, closes_on=min(ends, default=None)
        )
    opens = _next_open(policy, windows, pauses, today)
    if paused is not None:
        return IntakeState(
            False,
            policy.stance,
            IntakeReason.PAUSED,
            next_opens_on=opens,
            paused_reason=paused.reason,
        )
    reason = IntakeReason.NOT_YET if opens else IntakeReason.OVER
    return IntakeState(False, policy.stance, reason, next_opens_on=opens)


def month_window(policy: Policy, day: dt.date) -> Span:
    """Return the monthly window of the month that a day is in."""
    end = calendar.monthrange(day.year, day.month)[1]
    return Span(
        day.replace(day=policy.month_opens_day or 1),
        day.replace(day=min(policy.month_closes_day or end, end)),
    )


def _closing(policy: Policy, windows: Sequence[Span], day: dt.date) -> tuple[dt.date | None, bool]:
    """Return the last day of the window that a day is in, and whether it is in one at all."""
    if policy.window_kind is WindowKind.ALWAYS:
        return None, True
    spans = [*windows]
    if policy.window_kind is WindowKind.MONTHLY:
        spans.append(month_window(policy, day))
    holding = [span.last for span in spans if span.holds(day)]
    if not holding:
        return None, False
    known = [last for last in holding if last is not None]
    return (max(known) if len(known) == len(holding) else None), True


def _opening(policy: Policy, windows: Sequence[Span], day: dt.date) -> dt.date | None:
    """Return the first day in a window, from `day` on."""
    if _closing(policy, windows, day)[1]:
        return day
    firsts = [span.first for span in windows]
    if policy.window_kind is WindowKind.MONTHLY:
        this_month = month_window(policy, day)
        next_month = month_window(policy, day.replace(day=28) + 4 * ONE_DAY)
        firsts += [this_month.first, next_month.first]
    return min((first for first in firsts if first > day), default=None)


def _next_open(
    policy: Policy, windows: Sequence[Span], pauses: Sequence[Span], today: dt.date
) -> dt.date | None:
    """Return the first day after today that is in a window and in no pause."""
    day: dt.date | None = _opening(policy, windows, today + ONE_DAY)
    # Each pause can put the day off once.
    for _pause in pauses:
        hindering = next((p for p in pauses if day is not None and p.holds(day)), None)
        if hindering is None or day is None:
            break
        day = (
            None if hindering.last is None else _opening(policy, windows, hindering.last + ONE_DAY)
        )
    if day is not None and any(pause.holds(day) for pause in pauses):
        return None
    return day


def check_accepting(state: IntakeState, *, has_need: bool) -> None:
    """Refuse a proposal that the town does not take in now, or that answers no need where it must."""
    if not state.accepting:
        raise RuleViolation(state.label)
    if state.stance is Stance.FOCUSED and not has_need:
        raise RuleViolation(
            _(
                "公開している「求めていること」に答える提案だけを受け付けています。"
                "「求めていること」の一覧から一つ選んで、提案してください。"
            )
        )


def check_span(first: dt.date, last: dt.date | None, *, field: str) -> None:
    """Refuse a last day before the first."""
    if last is not None and last < first:
        raise InvalidInput(
            {field: [_("終わりの日は、始まりの日と同じか、それより後にしてください。")]}
        )


def check_pause(pause: Span, others: Iterable[Span], today: dt.date) -> None:
    """Refuse a pause in the past, and one that meets another."""
    if pause.first < today:
        raise InvalidInput({"starts_on": [_("休止を始める日は、今日より前にはできません。")]})
    check_span(pause.first, pause.last, field="ends_on")
    if any(pause.meets(other) for other in others):
        raise RuleViolation(
            _(
                "同じ時期の休止がすでにあります。先にその休止を終えてから、もう一度設定してください。"
            )
        )


def check_window(kind: WindowKind, window: Span, others: Iterable[Span], today: dt.date) -> None:
    """Refuse a window where there are none, one that is over, and one that meets another."""
    if kind is WindowKind.ALWAYS:
        raise RuleViolation(_("通年で受け付けているため、受付期間の追加は要りません。"))
    check_span(window.first, window.last, field="closes_on")
    if window.last is not None and window.last < today:
        raise InvalidInput({"closes_on": [_("締め切る日は、今日より前にはできません。")]})
    if any(window.meets(other) for other in others):
        raise RuleViolation(
            _("同じ時期の受付期間がすでにあります。日付を変えるか、先にその期間を終えてください。")
        )


def check_not_ended(ended_at: dt.datetime | None) -> None:
    """Refuse to end what was ended already."""
    if ended_at is not None:
        raise RuleViolation(_("すでに終えています。画面を読み込み直してください。"))


def words_of(item: Mapping[str, Any], key: str = "label") -> str:
    """Return what a criterion or a ground is called, in the reader's language if it has that."""
    own = str(item.get(key) or "")
    return str(item.get(f"{key}_en") or own) if locale() == "en" else own


def span_words(span: Span) -> str:
    """Return some days in words."""
    if span.last is None:
        return str(_("%(first)sから", first=jp_date(span.first)))
    if span.last == span.first:
        return jp_date(span.first)
    return str(_("%(first)sから%(last)sまで", first=jp_date(span.first), last=jp_date(span.last)))


def window_words(policy: Policy) -> str:
    """Return in words when a town takes proposals in."""
    match policy.window_kind:
        case WindowKind.ALWAYS:
            return str(_("一年を通して受け付けます。"))
        case WindowKind.DATED:
            return str(_("期間を定めて受け付けます。"))
        case _:
            first = policy.month_opens_day or 1
            if policy.month_closes_day is None:
                return str(_("毎月%(first)s日から月末まで受け付けます。", first=first))
            return str(
                _(
                    "毎月%(first)s日から%(last)s日まで受け付けます。",
                    first=first,
                    last=policy.month_closes_day,
                )
            )
