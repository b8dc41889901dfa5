"""Every read of check-ins. A town reads its own; a person reads their own in every town.

No query here leaves out what one side may not see yet: the policies hide it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from kyoso.core.access import Actor, PersonActor, Role
from kyoso.core.clock import JST
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.mail import Mail
from kyoso.core.search import like_pattern
from kyoso.municipal.check_ins import rules
from kyoso.municipal.check_ins.models import CheckIn as CheckIn
from kyoso.municipal.check_ins.models import CheckInAction
from kyoso.municipal.check_ins.models import CheckInAnswer as CheckInAnswer
from kyoso.municipal.check_ins.models import CheckInNote as CheckInNote
from kyoso.municipal.check_ins.models import CheckInTopic as CheckInTopic
from kyoso.municipal.check_ins.rules import ActionKind, Compared, Pace, Ratings, Side
from kyoso.municipal.engagements.queries import Engagement
from kyoso.municipal.engagements.rules import EngagementStatus
from kyoso.tenancy.models import Tenant

Who = Actor | PersonActor
R = TypeVar("R")


def _found(row: R | None) -> R:
    if row is None:
        raise NotFound
    return row


def side_of(who: Who) -> Side:
    """Return for which of the two somebody reads."""
    return Side.TOWN if isinstance(who, Actor) else Side.PERSON


def _mine(who: Who, kind: Any) -> sa.ColumnElement[bool]:
    if isinstance(who, Actor):
        return kind.tenant_id == who.tenant_id  # type: ignore[no-any-return]
    return kind.person_id == who.person_id  # type: ignore[no-any-return]


def _of(kind: Any) -> sa.ColumnElement[bool]:
    return sa.and_(kind.tenant_id == Engagement.tenant_id, kind.engagement_id == Engagement.id)


def _about(who: Who, kind: Any, engagement: Engagement) -> sa.ColumnElement[bool]:
    return sa.and_(
        kind.tenant_id == engagement.tenant_id,
        kind.engagement_id == engagement.id,
        _mine(who, kind),
    )


def _at(who: Who, kind: Any, check_in: CheckIn) -> sa.ColumnElement[bool]:
    return sa.and_(
        kind.tenant_id == check_in.tenant_id,
        kind.check_in_id == check_in.id,
        _mine(who, kind),
    )


def _open(kind: Any = CheckIn) -> sa.ColumnElement[bool]:
    return sa.and_(kind.revealed_at.is_(None), kind.cancelled_at.is_(None))


def _running(today: dt.date) -> sa.ColumnElement[bool]:
    return sa.and_(
        Engagement.status == EngagementStatus.ACTIVE,
        Engagement.starts_on <= today,
        Engagement.ends_on >= today,
    )


@dataclass(frozen=True, slots=True)
class Row:
    """How one engagement stands, in the town's list and in the person's."""

    engagement: Engagement
    town: str
    slug: str
    #: The last that both answered, and the one that awaits an answer.
    last: CheckIn | None
    now_open: CheckIn | None
    pace: Pace


def _rows(today: dt.date, *conditions: sa.ColumnElement[bool]) -> list[Row]:
    latest = (
        sa.select(CheckIn)
        .where(_of(CheckIn), CheckIn.revealed_at.is_not(None))
        .order_by(CheckIn.revealed_at.desc())
        .limit(1)
        .lateral()
    )
    last, now_open = aliased(CheckIn, latest), aliased(CheckIn)
    found = db.session.execute(
        sa.select(Engagement, Tenant.name, Tenant.slug, last, now_open)
        .join(Tenant, Tenant.id == Engagement.tenant_id)
        .outerjoin(last, sa.true())
        .outerjoin(now_open, sa.and_(_of(now_open), _open(now_open)))
        .where(*conditions)
        .order_by(Engagement.person_name, Engagement.id)
        .execution_options(populate_existing=True)
    )
    return [Row(*row, _pace(row[0], row[3], row[4], today)) for row in found]


def _pace(one: Engagement, last: CheckIn | None, now: CheckIn | None, today: dt.date) -> Pace:
    return Pace(
        active=one.status is EngagementStatus.ACTIVE,
        starts_on=one.starts_on,
        ends_on=one.ends_on,
        every_days=one.check_in_days,
        last_on=last.revealed_at.astimezone(JST).date() if last and last.revealed_at else None,
        gap=last.largest_gap if last else None,
        is_open=now is not None,
        town_answered=now is not None and now.town_answered_at is not None,
        person_answered=now is not None and now.person_answered_at is not None,
        today=today,
    )


@dataclass(frozen=True, slots=True)
class CheckInFilter:
    """What the town's list is narrowed to."""

    search: str = ""
    department_id: uuid.UUID | None = None
    person_id: uuid.UUID | None = None
    #: Only those that the reader is responsible for.
    mine: bool = False


def _seen_by(actor: Actor) -> list[sa.ColumnElement[bool]]:
    """Return rules.may_see as conditions."""
    conditions = [Engagement.tenant_id == actor.tenant_id]
    if actor.person_id is not None:
        conditions.append(Engagement.person_id != actor.person_id)
    if Role.SYSTEM not in actor.roles and not rules.runs_all(actor):
        conditions.append(
            sa.or_(
                Engagement.department_id.in_(actor.department_ids),
                Engagement.responsible_membership_id == actor.membership_id,
            )
        )
    return conditions


def list_standings(actor: Actor, today: dt.date, wanted: CheckInFilter | None = None) -> list[Row]:
    """Return how the engagements under way stand that the reader may see, most urgent first."""
    wanted = wanted or CheckInFilter()
    conditions = [_running(today), *_seen_by(actor)]
    if wanted.search:
        pattern = like_pattern(wanted.search)
        conditions.append(Engagement.person_name.ilike(pattern) | Engagement.title.ilike(pattern))
    if wanted.department_id:
        conditions.append(Engagement.department_id == wanted.department_id)
    if wanted.person_id:
        conditions.append(Engagement.person_id == wanted.person_id)
    if wanted.mine:
        conditions.append(Engagement.responsible_membership_id == actor.membership_id)
    return sorted(_rows(today, *conditions), key=lambda row: row.pace.urgency)


def get_standing(who: Who, engagement: Engagement, today: dt.date) -> Row:
    """Return how one engagement stands, also one that is over."""
    ours = Engagement.tenant_id == engagement.tenant_id
    (row,) = _rows(today, ours, Engagement.id == engagement.id, _mine(who, Engagement))
    return row


def list_own_standings(me: PersonActor, today: dt.date) -> list[Row]:
    """Return how the person's engagements stand in all towns: under way, or with a check-in."""
    shown = sa.or_(_running(today), sa.exists().where(_of(CheckIn)))
    rows = _rows(today, Engagement.person_id == me.person_id, shown)
    return sorted(rows, key=lambda row: (not row.pace.running, *row.pace.urgency))


def list_waiting_for_me(me: PersonActor, today: dt.date) -> list[Row]:
    """Return the check-ins that wait for the person's own answer, in every town, oldest first."""
    waiting = sa.exists().where(_of(CheckIn), _open(), CheckIn.person_answered_at.is_(None))
    rows = _rows(today, Engagement.person_id == me.person_id, _running(today), waiting)
    return sorted(rows, key=lambda row: row.now_open.opened_at if row.now_open else row.town)


# One check-in


def get_check_in(who: Who, check_in_id: uuid.UUID, *, lock: bool = False) -> CheckIn:
    """Return a check-in of the town, or of the person in any town; or NotFound.

    `lock` holds the row until the transaction ends; take it before answering.
    """
    query = sa.select(CheckIn).where(_mine(who, CheckIn), CheckIn.id == check_in_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return _found(db.session.scalar(query))


def list_check_ins(who: Who, engagement: Engagement) -> Sequence[CheckIn]:
    """Return all check-ins of an engagement, latest first."""
    return db.session.scalars(
        sa.select(CheckIn)
        .where(_about(who, CheckIn, engagement))
        .order_by(CheckIn.opened_at.desc(), CheckIn.id.desc())
    ).all()


def get_answers(who: Who, check_in: CheckIn) -> dict[Side, CheckInAnswer]:
    """Return the answers that may be read: one's own, and the other's once both are there."""
    answers = db.session.scalars(
        sa.select(CheckInAnswer)
        .where(_at(who, CheckInAnswer, check_in))
        .execution_options(populate_existing=True)
    )
    return {answer.side: answer for answer in answers}


def list_notes(who: Who, check_in: CheckIn) -> Sequence[CheckInNote]:
    """Return the notes that one's side may read, in the order they were written."""
    return db.session.scalars(
        sa.select(CheckInNote)
        .where(_at(who, CheckInNote, check_in))
        .order_by(CheckInNote.written_at, CheckInNote.id)
    ).all()


def list_topics(who: Who, engagement: Engagement) -> Sequence[CheckInTopic]:
    """Return everything that came up in an engagement, undecided first, else latest first."""
    return db.session.scalars(
        sa.select(CheckInTopic)
        .where(_about(who, CheckInTopic, engagement))
        .order_by(CheckInTopic.decided_at.desc().nulls_first(), CheckInTopic.id)
    ).all()


def get_topic(who: Who, check_in: CheckIn, topic_id: uuid.UUID) -> CheckInTopic:
    """Return a topic of the check-in's engagement and hold it while it is undecided; or NotFound."""
    query = sa.select(CheckInTopic).where(
        CheckInTopic.tenant_id == check_in.tenant_id,
        CheckInTopic.engagement_id == check_in.engagement_id,
        CheckInTopic.id == topic_id,
        _mine(who, CheckInTopic),
    )
    # A decided one can be read and not held: nobody may change it.
    return _found(db.session.scalar(query.with_for_update()) or db.session.scalar(query))


def find_sent(who: Who, kind: type[Any], form_id: uuid.UUID) -> Any:
    """Return what a form made already, of a kind of row here, or None."""
    return db.session.scalar(sa.select(kind).where(_mine(who, kind), kind.id == form_id))


def list_compared(who: Who, engagement: Engagement) -> list[Compared]:
    """Return what both sides answered each time, the earliest first: for the picture over time."""
    found: dict[uuid.UUID, dict[Side, Ratings]] = {}
    check_ins: dict[uuid.UUID, CheckIn] = {}
    rows = db.session.execute(
        sa.select(CheckIn, CheckInAnswer)
        .join(
            CheckInAnswer,
            sa.and_(
                CheckInAnswer.tenant_id == CheckIn.tenant_id,
                CheckInAnswer.check_in_id == CheckIn.id,
            ),
        )
        .where(_about(who, CheckIn, engagement), CheckIn.revealed_at.is_not(None))
        .order_by(CheckIn.revealed_at, CheckIn.id)
    )
    for check_in, answer in rows:
        check_ins[check_in.id] = check_in
        ratings = Ratings(answer.purpose, answer.expectation, answer.communication)
        found.setdefault(check_in.id, {})[answer.side] = ratings
    return [
        Compared(check_ins[key].revealed_at, both[Side.TOWN], both[Side.PERSON])
        for key, both in found.items()
    ]


def list_own(me: PersonActor, kind: type[Any]) -> Sequence[Any]:
    """Return (row, town's name) of what a person may read of a kind of row here, in every town."""
    query = sa.select(kind, Tenant.name).join(Tenant, Tenant.id == kind.tenant_id)
    return db.session.execute(query.where(_mine(me, kind)).order_by(kind.id)).all()


# 対応事項: the town's alone


def get_action(actor: Actor, action_id: uuid.UUID) -> CheckInAction:
    """Return an action and hold its row, or NotFound."""
    query = sa.select(CheckInAction).where(
        CheckInAction.tenant_id == actor.tenant_id, CheckInAction.id == action_id
    )
    return _found(db.session.scalar(query.with_for_update()))


def list_actions(actor: Actor, engagement: Engagement) -> Sequence[CheckInAction]:
    """Return what the responsible member had and has to see to, what is open first."""
    return db.session.scalars(
        sa.select(CheckInAction)
        .where(
            CheckInAction.tenant_id == actor.tenant_id,
            CheckInAction.engagement_id == engagement.id,
        )
        .order_by(CheckInAction.closed_at.desc().nulls_first(), CheckInAction.raised_at)
    ).all()


@dataclass(frozen=True, slots=True)
class Mine:
    """What waits for somebody as the responsible member; false when nothing does."""

    #: (action, engagement)
    actions: list[tuple[CheckInAction, Engagement]]
    #: (check-in, engagement) of those that the town has not answered.
    to_answer: list[tuple[CheckIn, Engagement]]

    def __bool__(self) -> bool:
        """Tell whether anything waits."""
        return bool(self.actions or self.to_answer)


def list_mine(actor: Actor, today: dt.date) -> Mine:
    """Return what waits for the reader as the responsible member, oldest first; one statement."""
    unanswered = sa.and_(_of(CheckIn), _open(), CheckIn.town_answered_at.is_(None))
    rows = db.session.execute(
        sa.select(CheckInAction, CheckIn, Engagement)
        .select_from(Engagement)
        .outerjoin(CheckInAction, sa.and_(_of(CheckInAction), CheckInAction.closed_at.is_(None)))
        .outerjoin(CheckIn, sa.and_(unanswered, _running(today)))
        .where(
            Engagement.responsible_membership_id == actor.membership_id,
            sa.or_(CheckInAction.id.is_not(None), CheckIn.id.is_not(None)),
            *_seen_by(actor),
        )
        .order_by(CheckInAction.raised_at, CheckIn.opened_at)
    ).all()
    actions = [(action, engagement) for action, _check_in, engagement in rows if action]
    to_answer = {c.id: (c, engagement) for _action, c, engagement in rows if c}
    return Mine(actions, list(to_answer.values()))


# What the night looks for


def list_overdue(actor: Actor, today: dt.date) -> list[Row]:
    """Return the engagements without a check-in for too long, of which nobody was told yet.

    What was done about it gives them the same time once more.
    """
    found = {r.engagement.id: r for r in list_standings(actor, today) if r.pace.overdue}
    told = db.session.execute(
        sa.select(CheckInAction.engagement_id, CheckInAction.closed_at).where(
            CheckInAction.tenant_id == actor.tenant_id,
            CheckInAction.kind == ActionKind.OVERDUE,
            CheckInAction.engagement_id.in_(found),
        )
    ).all()
    for key, closed_at in told:
        row = found.get(key)
        quiet = (today - closed_at.astimezone(JST).date()).days if closed_at else 0
        if row and not rules.is_overdue(quiet, row.engagement.check_in_days):
            del found[key]
    return list(found.values())


def list_open(actor: Actor) -> Sequence[Any]:
    """Return (check-in, engagement) of the town's check-ins that await an answer, held."""
    return db.session.execute(
        sa.select(CheckIn, Engagement)
        .join(Engagement, _of(CheckIn))
        .where(CheckIn.tenant_id == actor.tenant_id, _open())
        .order_by(CheckIn.opened_at)
        .with_for_update(of=CheckIn)
    ).all()


def was_told(actor: Actor, subject_id: uuid.UUID) -> bool:
    """Tell whether a mail about something was written already: jobs may run twice."""
    about = sa.and_(Mail.tenant_id == actor.tenant_id, Mail.subject_id == subject_id)
    return bool(db.session.scalar(sa.select(sa.exists().where(about))))
