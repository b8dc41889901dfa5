"""Every change when a project looks for people: each verb guards, changes, records."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from kyoso.core.access import Actor, authorise
from kyoso.core.clock import JST
from kyoso.core.db import db
from kyoso.core.errors import InvalidInput
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import record
from kyoso.municipal.projects.queries import Project
from kyoso.municipal.projects.rules import check_may_edit, check_recruiting
from kyoso.municipal.recruiting import mails, rules
from kyoso.municipal.recruiting.events import (
    JoinAnswered,
    JoinAnswerMoved,
    OpeningAdded,
    OpeningClosed,
)
from kyoso.municipal.recruiting.models import JoinAnswer, Opening
from kyoso.municipal.recruiting.permissions import RecruitingPermission as May
from kyoso.municipal.recruiting.rules import AnswerState


@dataclass(frozen=True, slots=True)
class OpeningDraft:
    """A role that is wanted: what somebody does, and until when they can answer."""

    role: str
    text: str
    until: dt.date | None


@dataclass(frozen=True, slots=True)
class Application:
    """What somebody writes who wants to join."""

    opening_id: uuid.UUID | None
    name: str
    email: str
    message: str


def add_opening(
    project: Project, draft: OpeningDraft, *, form_id: uuid.UUID, actor: Actor, now: dt.datetime
) -> Opening:
    """Put a role out; the project then shows that it looks for people."""
    authorise(actor, May.WRITE, project)
    check_may_edit(actor, project.department_id, project.department_id)
    check_recruiting(project.stage, True)
    rules.check_until(draft.until, _day(now))

    opening = Opening(
        id=form_id,
        tenant_id=actor.tenant_id,
        project_id=project.id,
        created_at=now,
        **asdict(draft),
    )
    db.session.add(opening)

    record(OpeningAdded(project.id, draft.role), actor=actor, now=now)
    return opening


def close_opening(project: Project, opening: Opening, *, actor: Actor, now: dt.datetime) -> None:
    """Look for this role no longer."""
    authorise(actor, May.WRITE, opening)
    check_may_edit(actor, project.department_id, project.department_id)

    opening.closed_at = opening.closed_at or now

    record(OpeningClosed(project.id, opening.role), actor=actor, now=now)


def send_answer(
    project: Project,
    openings: Sequence[Any],
    application: Application,
    *,
    locale: str,
    form_id: uuid.UUID,
    actor: Actor,
    now: dt.datetime,
) -> JoinAnswer:
    """Take in somebody who wants to join, and write to them and to the desk."""
    authorise(actor, May.ANSWER, project)
    rules.check_takes_answers(project.recruiting, openings, _day(now))
    wanted = {each.id for each in openings if rules.is_open(each, _day(now))}
    if application.opening_id is not None and application.opening_id not in wanted:
        raise InvalidInput(
            {"opening_id": [_("選んだ役割の募集は終わりました。選び直してください。")]}
        )

    answer = JoinAnswer(
        id=form_id,
        tenant_id=actor.tenant_id,
        project_id=project.id,
        locale=locale,
        state=AnswerState.NEW,
        created_at=now,
        moved_at=now,
        **asdict(application),
    )
    db.session.add(answer)
    mails.tell_applicant(answer, project, "received")
    mails.tell_desk(answer, project)

    record(JoinAnswered(project.id, answer.id), actor=actor, now=now)
    return answer


def move_answer(
    project: Project,
    answer: JoinAnswer,
    to: AnswerState,
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Say how far the town is with somebody; who joins or is declined is told so kindly."""
    authorise(actor, May.WRITE, answer)
    check_may_edit(actor, project.department_id, project.department_id)
    rules.check_move(answer.state, to)

    before, answer.state, answer.moved_at = answer.state, to, now
    if to in {AnswerState.JOINED, AnswerState.DECLINED}:
        mails.tell_applicant(answer, project, to.value)

    event = JoinAnswerMoved(project.id, answer.id, before, to)
    record(event, actor=actor, now=now)


def _day(now: dt.datetime) -> dt.date:
    return now.astimezone(JST).date()
