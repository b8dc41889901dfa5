"""How check-ins work: when one is due, what a gap is, who answers. Pure: no database, no clock."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from dataclasses import dataclass
from typing import Protocol

from kyoso.core.access import Actor, Role
from kyoso.core.errors import Forbidden, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l

#: The scale of each question.
LOWEST, HIGHEST = 1, 5
#: From this distance between the two sides on, somebody has to act.
GAP = 2
#: A check-in is opened so many days before it is due, and asked for again after as many.
AHEAD = 7


class Side(enum.StrEnum):
    """The two who answer."""

    TOWN = "town"
    PERSON = "person"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_SIDES[self])


_SIDES = {Side.TOWN: _l("町"), Side.PERSON: _l("ご本人")}


class Question(enum.StrEnum):
    """What both sides are asked, in the same words."""

    PURPOSE = "purpose"
    EXPECTATION = "expectation"
    COMMUNICATION = "communication"

    @property
    def label(self) -> str:
        """Its short name."""
        return str(_QUESTIONS[self][0])

    @property
    def words(self) -> str:
        """The question as it is asked."""
        return str(_QUESTIONS[self][1])

    @property
    def low(self) -> str:
        """What 1 means."""
        return str(_QUESTIONS[self][2])

    @property
    def high(self) -> str:
        """What 5 means."""
        return str(_QUESTIONS[self][3])


_QUESTIONS = {
    Question.PURPOSE: (
        _l("目的"),
        _l("何のための関わりか、お互いの理解は合っていますか。"),
        _l("まったく合っていない"),
        _l("ぴったり合っている"),
    ),
    Question.EXPECTATION: (
        _l("期待"),
        _l("お互いに期待していること（役割・成果・時間）は合っていますか。"),
        _l("まったく合っていない"),
        _l("ぴったり合っている"),
    ),
    Question.COMMUNICATION: (
        _l("やり取り"),
        _l("連絡や相談は、うまくできていますか。"),
        _l("まったくできていない"),
        _l("とてもよくできている"),
    ),
}


class Origin(enum.StrEnum):
    """Why a check-in was opened."""

    RHYTHM = "rhythm"
    TOWN = "town"
    PERSON = "person"


class ActionKind(enum.StrEnum):
    """Why the responsible member has to act."""

    GAP = "gap"
    OVERDUE = "overdue"

    @property
    def label(self) -> str:
        """The words a user sees."""
        return str(_ACTIONS[self])


_ACTIONS = {
    ActionKind.GAP: _l("答えのずれ"),
    ActionKind.OVERDUE: _l("すり合わせの間隔があいた"),
}


class Standing(enum.StrEnum):
    """How an engagement stands: the list's filter."""

    DRIFTING = "drifting"
    OVERDUE = "overdue"
    OURS = "ours"
    THEIRS = "theirs"
    FINE = "fine"

    @property
    def label(self) -> str:
        """The words a user sees."""
        return str(_STANDINGS[self])


_STANDINGS = {
    Standing.DRIFTING: _l("ずれがある"),
    Standing.OVERDUE: _l("間隔があいた"),
    Standing.OURS: _l("町の答え待ち"),
    Standing.THEIRS: _l("ご本人の答え待ち"),
    Standing.FINE: _l("気になる点なし"),
}


class Answered(Protocol):
    """What the rules read of one side's answer."""

    @property
    def purpose(self) -> int:
        """How well the purpose is shared."""

    @property
    def expectation(self) -> int:
        """How well the expectations fit."""

    @property
    def communication(self) -> int:
        """How well they talk."""


@dataclass(frozen=True, slots=True)
class Ratings:
    """One side's three numbers."""

    purpose: int
    expectation: int
    communication: int


@dataclass(frozen=True, slots=True)
class Compared:
    """What both sides answered, once both were there."""

    at: dt.datetime | None
    town: Ratings
    person: Ratings


def check_ratings(given: Answered) -> None:
    """Refuse a number that is not on the scale."""
    for question in Question:
        if not LOWEST <= getattr(given, question) <= HIGHEST:
            raise RuleViolation(
                _("「%(question)s」は1から5までで答えてください。", question=question.label)
            )


def gaps(ours: Answered, theirs: Answered) -> dict[Question, int]:
    """Return how far the two sides are apart in each question."""
    return {q: abs(getattr(ours, q) - getattr(theirs, q)) for q in Question}


def mean(given: Answered) -> float:
    """Return one side's numbers as one: for the picture over time."""
    return round((given.purpose + given.expectation + given.communication) / 3, 1)


def is_drift(gap: int | None) -> bool:
    """Tell whether somebody has to act on a gap; None: nothing was compared yet."""
    return gap is not None and gap >= GAP


def ahead(every_days: int) -> int:
    """Return how many days before it is due a check-in is opened: never more than half the rhythm."""
    return min(AHEAD, every_days // 2)


def is_overdue(days: int, every_days: int) -> bool:
    """Tell whether so many days without a completed check-in need somebody to act.

    As many as the two agreed on: 30 (engagements' `check_in_days`) unless they chose otherwise.
    """
    return days >= every_days


def reminds(opened_at: dt.datetime, reminded: bool, now: dt.datetime) -> bool:
    """Tell whether those who have not answered are asked again: once, after a week."""
    return not reminded and now - opened_at >= dt.timedelta(days=AHEAD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How an engagement stands on a day, by its rhythm and its last check-in."""

    active: bool
    starts_on: dt.date
    ends_on: dt.date
    every_days: int
    #: The day on which both last compared their answers, and how far they were apart.
    last_on: dt.date | None
    gap: int | None
    #: Whether one awaits an answer, and whose is there.
    is_open: bool
    town_answered: bool
    person_answered: bool
    today: dt.date

    @property
    def running(self) -> bool:
        """Whether the engagement is under way, so that there is something to compare."""
        return self.active and self.starts_on <= self.today <= self.ends_on

    @property
    def since(self) -> dt.date:
        """The day from which the rhythm counts."""
        return max(self.starts_on, self.last_on or self.starts_on)

    @property
    def days(self) -> int:
        """How many days that is ago."""
        return (self.today - self.since).days

    @property
    def due_on(self) -> dt.date:
        """By which day the next check-in should be completed."""
        return self.since + dt.timedelta(days=self.every_days)

    @property
    def opens_on(self) -> dt.date:
        """The day on which the next one is opened by itself."""
        return self.due_on - dt.timedelta(days=ahead(self.every_days))

    @property
    def opens(self) -> bool:
        """Whether the rhythm asks for one that nobody has opened."""
        return self.running and not self.is_open and self.today >= self.opens_on

    @property
    def overdue(self) -> bool:
        """Whether the last one is too long ago."""
        return is_overdue(self.days, self.every_days)

    @property
    def drifting(self) -> bool:
        """Whether the two were too far apart last time."""
        return is_drift(self.gap)

    @property
    def standings(self) -> list[Standing]:
        """Everything that is to be said of it, the most pressing first."""
        said = {
            Standing.DRIFTING: self.drifting,
            Standing.OVERDUE: self.overdue,
            Standing.OURS: self.is_open and not self.town_answered,
            Standing.THEIRS: self.is_open and not self.person_answered,
        }
        return [standing for standing, holds in said.items() if holds] or [Standing.FINE]

    @property
    def urgency(self) -> tuple[int, ...]:
        """The order of lists: whose understanding drifts, then who was not asked for long."""
        return (-int(self.drifting), -int(self.overdue), -(self.gap or 0), -self.days)


def runs_all(actor: Actor) -> bool:
    """Tell whether the actor looks after every department's engagements."""
    return bool(actor.roles & {Role.ADMIN, Role.SECRETARIAT})


class Concerned(Protocol):
    """What the rules read of an engagement."""

    @property
    def person_id(self) -> uuid.UUID:
        """With whom."""

    @property
    def department_id(self) -> uuid.UUID:
        """For which unit."""

    @property
    def responsible_membership_id(self) -> uuid.UUID:
        """Who of the town looks after it."""


def may_see(actor: Actor, engagement: Concerned) -> bool:
    """Tell whether the actor may read the town's side: never the person it is about.

    The administrators and the secretariat see all, everybody else their departments' and those
    that they are responsible for.
    """
    if actor.person_id is not None and actor.person_id == engagement.person_id:
        return False
    return runs_all(actor) or _is_near(actor, engagement)


def may_answer(actor: Actor, engagement: Concerned) -> bool:
    """Tell whether the actor may speak for the town: the responsible member or the department."""
    if actor.person_id is not None and actor.person_id == engagement.person_id:
        return False
    return _is_near(actor, engagement)


def _is_near(actor: Actor, engagement: Concerned) -> bool:
    return (
        actor.membership_id is not None
        and actor.membership_id == engagement.responsible_membership_id
    ) or engagement.department_id in actor.department_ids


def check_may_see(actor: Actor, engagement: Concerned) -> None:
    """Refuse people of other departments, and the person themselves."""
    if Role.SYSTEM not in actor.roles and not may_see(actor, engagement):
        raise Forbidden(
            _(
                "このすり合わせを見られるのは、担当の職員、担当する課の職員、事務局と管理者だけです。"
            )
        )


def check_may_answer(actor: Actor, engagement: Concerned) -> None:
    """Refuse to let anybody else speak for the town."""
    if not may_answer(actor, engagement):
        raise Forbidden(_("町として答えられるのは、担当の職員と、担当する課の職員だけです。"))


def check_open(revealed: bool, cancelled: bool) -> None:
    """Refuse an answer to a check-in that is over."""
    if revealed:
        raise RuleViolation(_("双方の答えが公開されたため、もう変えられません。"))
    if cancelled:
        raise RuleViolation(_("このすり合わせは取りやめになりました。"))


def check_running(running: bool) -> None:
    """Refuse to open a check-in for an engagement that is not under way."""
    if not running:
        raise RuleViolation(_("関わりの期間中だけ、すり合わせを始められます。"))


def check_undecided(decided: bool) -> None:
    """Refuse to overwrite what was decided."""
    if decided:
        raise RuleViolation(
            _("この話題は、もう決まっています。変えるときは新しい話題として書いてください。")
        )
