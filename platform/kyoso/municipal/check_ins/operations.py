"""Every change to check-ins: each guards, changes, records. The town's and the person's in turn."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa

from kyoso.core.access import Actor, PersonActor, Role, authorise, authorise_self
from kyoso.core.clock import JST
from kyoso.core.db import db, new_id
from kyoso.core.errors import RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import record
from kyoso.municipal.check_ins import events, mails, queries, rules
from kyoso.municipal.check_ins.models import (
    CheckIn,
    CheckInAction,
    CheckInAnswer,
    CheckInNote,
    CheckInTopic,
)
from kyoso.municipal.check_ins.permissions import CheckInPermission
from kyoso.municipal.check_ins.queries import Who
from kyoso.municipal.check_ins.rules import ActionKind, Origin, Side
from kyoso.municipal.engagements.queries import Engagement


@dataclass(frozen=True, slots=True)
class Answer:
    """One side's answer."""

    purpose: int
    expectation: int
    communication: int
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Something to remember, for both or for one's own side."""

    text: str
    shared: bool


@dataclass(frozen=True, slots=True)
class Topic:
    """Something to talk about, and what was decided if that is clear already."""

    text: str
    decision: str = ""


# Opening


def open_check_in(
    engagement: Engagement, *, check_in_id: uuid.UUID, actor: Actor, now: dt.datetime
) -> CheckIn:
    """Ask both sides: by the rhythm, or because the town wants to know."""
    authorise(actor, CheckInPermission.OPEN, engagement)
    rules.check_may_see(actor, engagement)
    _check_free(engagement, actor, now)

    by_itself = Role.SYSTEM in actor.roles
    check_in = CheckIn(
        id=check_in_id,
        tenant_id=engagement.tenant_id,
        engagement_id=engagement.id,
        person_id=engagement.person_id,
        origin=Origin.RHYTHM if by_itself else Origin.TOWN,
        opened_by="" if by_itself else actor.name,
        opened_at=now,
    )
    db.session.add(check_in)

    record(
        events.CheckInOpened(check_in_id, engagement.tenant_id, engagement.id),
        actor=actor,
        now=now,
    )
    return check_in


def open_own_check_in(
    engagement: Engagement, *, check_in_id: uuid.UUID, actor: PersonActor, now: dt.datetime
) -> CheckIn:
    """Ask both sides, because the person wants to know."""
    authorise_self(actor, engagement.person_id)
    _check_free(engagement, actor, now)

    check_in = CheckIn(
        id=check_in_id,
        tenant_id=engagement.tenant_id,
        engagement_id=engagement.id,
        person_id=engagement.person_id,
        origin=Origin.PERSON,
        opened_by=actor.name,
        opened_at=now,
    )
    db.session.add(check_in)

    record(
        events.CheckInOpened(check_in_id, engagement.tenant_id, engagement.id),
        actor=actor,
        now=now,
    )
    return check_in


def _check_free(engagement: Engagement, who: Who, now: dt.datetime) -> None:
    pace = queries.get_standing(who, engagement, now.astimezone(JST).date()).pace
    rules.check_running(pace.running)
    if pace.is_open:
        raise RuleViolation(_("すり合わせはもう始まっています。画面を読み込み直してください。"))


# Answering


def answer_for_town(
    check_in: CheckIn, engagement: Engagement, given: Answer, *, actor: Actor, now: dt.datetime
) -> bool:
    """Answer in the town's name, or change that answer; tell whether both can be read now.

    The caller holds the check-in's row.
    """
    authorise(actor, CheckInPermission.ANSWER, check_in)
    rules.check_may_answer(actor, engagement)
    rules.check_open(check_in.revealed_at is not None, check_in.cancelled_at is not None)
    rules.check_ratings(given)

    revealed = _answer(check_in, given, Side.TOWN, who=actor, now=now)

    record(_answered(check_in, Side.TOWN, revealed), actor=actor, now=now)
    return revealed


def answer_as_person(
    check_in: CheckIn, given: Answer, *, actor: PersonActor, now: dt.datetime
) -> bool:
    """Answer for oneself, or change that answer; tell whether both can be read now.

    The caller holds the check-in's row.
    """
    authorise_self(actor, check_in.person_id)
    rules.check_open(check_in.revealed_at is not None, check_in.cancelled_at is not None)
    rules.check_ratings(given)

    revealed = _answer(check_in, given, Side.PERSON, who=actor, now=now)

    record(_answered(check_in, Side.PERSON, revealed), actor=actor, now=now)
    return revealed


def _answered(check_in: CheckIn, side: Side, revealed: bool) -> events.CheckInAnswered:
    return events.CheckInAnswered(
        check_in.id, check_in.tenant_id, check_in.engagement_id, side, revealed
    )


def _answer(check_in: CheckIn, given: Answer, side: Side, *, who: Who, now: dt.datetime) -> bool:
    answer = queries.get_answers(who, check_in).get(side)
    if answer is None:
        answer = CheckInAnswer(
            id=new_id(),
            tenant_id=check_in.tenant_id,
            check_in_id=check_in.id,
            person_id=check_in.person_id,
            side=side,
        )
        db.session.add(answer)
    answer.purpose, answer.expectation = given.purpose, given.expectation
    answer.communication, answer.comment = given.communication, given.comment
    answer.answered_by, answer.answered_at = who.name, now
    db.session.flush()
    # Neither side may read the other's, so the database itself looks whether both are there.
    revealed = db.session.scalar(
        sa.select(sa.func.municipal.reveal_check_in(check_in.tenant_id, check_in.id, now))
    )
    db.session.refresh(check_in)
    db.session.refresh(answer)
    return bool(revealed)


# What happens around it by itself


def remind_check_in(
    check_in: CheckIn, engagement: Engagement, *, actor: Actor, now: dt.datetime
) -> None:
    """Ask those again who have not answered for a week."""
    authorise(actor, CheckInPermission.REMIND, check_in)

    check_in.reminded_at = now
    if check_in.person_answered_at is None:
        mails.tell_person("reminder", engagement, check_in, actor=actor)
    if check_in.town_answered_at is None:
        mails.tell_town("reminder", engagement, check_in, actor=actor)

    record(events.CheckInReminded(check_in.id, engagement.id), actor=actor, now=now)


def cancel_check_in(check_in: CheckIn, *, actor: Actor, now: dt.datetime) -> None:
    """Give a check-in up whose engagement is over."""
    authorise(actor, CheckInPermission.REMIND, check_in)

    check_in.cancelled_at = now

    record(events.CheckInCancelled(check_in.id, check_in.engagement_id), actor=actor, now=now)


def raise_action(
    engagement: Engagement,
    kind: ActionKind,
    check_in_id: uuid.UUID | None = None,
    *,
    actor: Actor,
    now: dt.datetime,
) -> CheckInAction:
    """Give the responsible member something to see to."""
    authorise(actor, CheckInPermission.REMIND, engagement)

    action = CheckInAction(
        id=new_id(),
        tenant_id=engagement.tenant_id,
        engagement_id=engagement.id,
        kind=kind,
        check_in_id=check_in_id,
        raised_at=now,
        done="",
        closed_by="",
    )
    db.session.add(action)

    record(events.ActionRaised(engagement.id, action.id, kind), actor=actor, now=now)
    return action


def close_action(
    action: CheckInAction,
    engagement: Engagement,
    done: str,
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Say what was done about it."""
    authorise(actor, CheckInPermission.CLOSE, action)
    rules.check_may_see(actor, engagement)
    if action.closed_at is not None:
        raise RuleViolation(_("この対応事項は、もう終えられています。"))
    if not done:
        raise RuleViolation(_("何をしたかを書いてください。"))

    action.done, action.closed_at = done, now
    action.closed_by = Role.SYSTEM.label if Role.SYSTEM in actor.roles else actor.name

    record(events.ActionClosed(engagement.id, action.id, done), actor=actor, now=now)


# Notes, topics and decisions


def write_note(
    check_in: CheckIn,
    engagement: Engagement,
    note: Note,
    *,
    note_id: uuid.UUID,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Write something down for both, or for the town's people only."""
    authorise(actor, CheckInPermission.NOTE, check_in)
    rules.check_may_see(actor, engagement)

    _note(check_in, note, note_id, Side.TOWN, who=actor, now=now)

    record(events.NoteWritten(check_in.id, note.shared), actor=actor, now=now)


def write_own_note(
    check_in: CheckIn, note: Note, *, note_id: uuid.UUID, actor: PersonActor, now: dt.datetime
) -> None:
    """Write something down for both, or for oneself only."""
    authorise_self(actor, check_in.person_id)

    _note(check_in, note, note_id, Side.PERSON, who=actor, now=now)

    record(events.NoteWritten(check_in.id, note.shared), actor=actor, now=now)


def _note(
    check_in: CheckIn, note: Note, note_id: uuid.UUID, side: Side, *, who: Who, now: dt.datetime
) -> None:
    db.session.add(
        CheckInNote(
            id=note_id,
            tenant_id=check_in.tenant_id,
            check_in_id=check_in.id,
            person_id=check_in.person_id,
            side=side,
            shared=note.shared,
            text=note.text,
            written_by=who.name,
            written_at=now,
        )
    )


def propose_topic(
    check_in: CheckIn,
    engagement: Engagement,
    topic: Topic,
    *,
    topic_id: uuid.UUID,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Say what the town wants to talk about, or what the two decided."""
    authorise(actor, CheckInPermission.NOTE, check_in)
    rules.check_may_see(actor, engagement)

    _propose(check_in, topic, topic_id, Side.TOWN, who=actor, now=now)

    record(events.TopicProposed(check_in.id, topic_id), actor=actor, now=now)


def propose_own_topic(
    check_in: CheckIn, topic: Topic, *, topic_id: uuid.UUID, actor: PersonActor, now: dt.datetime
) -> None:
    """Say what the person wants to talk about, or what the two decided."""
    authorise_self(actor, check_in.person_id)

    _propose(check_in, topic, topic_id, Side.PERSON, who=actor, now=now)

    record(events.TopicProposed(check_in.id, topic_id), actor=actor, now=now)


def _propose(
    check_in: CheckIn, said: Topic, topic_id: uuid.UUID, side: Side, *, who: Who, now: dt.datetime
) -> None:
    topic = CheckInTopic(
        id=topic_id,
        tenant_id=check_in.tenant_id,
        engagement_id=check_in.engagement_id,
        check_in_id=check_in.id,
        person_id=check_in.person_id,
        side=side,
        text=said.text,
        proposed_by=who.name,
        proposed_at=now,
        decision="",
        decided_by="",
    )
    if said.decision:
        _decide(topic, said.decision, side, who=who, now=now)
    db.session.add(topic)


def decide_topic(
    topic: CheckInTopic,
    engagement: Engagement,
    decision: str,
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Write down what the two decided, in the town's name."""
    authorise(actor, CheckInPermission.NOTE, topic)
    rules.check_may_see(actor, engagement)
    rules.check_undecided(topic.decided_at is not None)

    _decide(topic, decision, Side.TOWN, who=actor, now=now)

    record(events.TopicDecided(topic.check_in_id, topic.id), actor=actor, now=now)


def decide_own_topic(
    topic: CheckInTopic, decision: str, *, actor: PersonActor, now: dt.datetime
) -> None:
    """Write down what the two decided, as the person."""
    authorise_self(actor, topic.person_id)
    rules.check_undecided(topic.decided_at is not None)

    _decide(topic, decision, Side.PERSON, who=actor, now=now)

    record(events.TopicDecided(topic.check_in_id, topic.id), actor=actor, now=now)


def _decide(topic: CheckInTopic, words: str, side: Side, *, who: Who, now: dt.datetime) -> None:
    topic.decision, topic.decided_by = words, who.name
    topic.decided_side, topic.decided_at = side, now
