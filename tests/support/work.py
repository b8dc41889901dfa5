"""The work on a project for tests: one of everything."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from dataclasses import dataclass

from PIL import Image

from kyoso.core.access import Actor
from kyoso.core.db import db, new_id
from kyoso.core.files import CheckedFile
from kyoso.municipal.activities import operations as activities
from kyoso.municipal.activities.operations import DecisionNote, ReportDraft, StepDraft, TeamEntry
from kyoso.municipal.activities.rules import Side, StepKind
from kyoso.municipal.calendars.operations import issue_link
from kyoso.municipal.projects.queries import Project
from kyoso.municipal.recruiting.operations import (
    Application,
    OpeningDraft,
    add_opening,
    send_answer,
)

TEAM = TeamEntry("見本 里子（見本）", "進行役", "見本の会", Side.OUTSIDE, None, None, None)
TELLS = ReportDraft("空き家を片付けました", "## したこと\n\n三人で片付けました。")


@dataclass(frozen=True)
class Work:
    """The ids of what was made."""

    entry_id: uuid.UUID
    milestone_id: uuid.UUID
    task_id: uuid.UUID
    report_id: uuid.UUID
    draft_id: uuid.UUID
    file_id: uuid.UUID
    opening_id: uuid.UUID
    answer_id: uuid.UUID
    token: str


def picture() -> bytes:
    """Return a small picture as cameras make them."""
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "#3a6").save(out, format="JPEG")
    return out.getvalue()


def make_work(project: Project, actor: Actor, at: dt.datetime) -> Work:
    """Do one of everything on a project of the town in scope."""
    said = {"actor": actor, "now": at}
    entry = activities.add_team_member(project, TEAM, form_id=new_id(), **said)
    steps = [
        activities.add_step(
            project,
            kind,
            StepDraft(f"{kind.label}の見本", "見本 里子（見本）", at.date()),
            form_id=new_id(),
            **said,
        )
        for kind in (StepKind.MILESTONE, StepKind.TASK)
    ]
    note = DecisionNote(at.date(), "実証を延ばす", "課長会議", "雪で始められなかったため")
    activities.note_decision(project, note, form_id=new_id(), **said)
    report = activities.write_report(project, TELLS, form_id=new_id(), **said)
    photo = CheckedFile("現地.jpg", "image/jpeg", picture())
    file = activities.add_photo(project, report, photo, "片付けた空き家の前の三人", **said)
    activities.publish_report(project, report, **said)
    draft = activities.write_report(project, TELLS, form_id=new_id(), **said)
    db.session.flush()
    opening = add_opening(
        project, OpeningDraft("改修を手伝う人", "週末に。", None), form_id=new_id(), **said
    )
    answer = send_answer(
        project,
        [opening],
        Application(opening.id, "見本 次郎（見本）", "jiro@example.jp", "大工をしています。"),
        locale="ja",
        form_id=new_id(),
        actor=Actor.guest(actor.tenant_id),
        now=at,
    )
    token = issue_link(**said)
    db.session.flush()
    return Work(
        entry.id,
        steps[0].id,
        steps[1].id,
        report.id,
        draft.id,
        file.id,
        opening.id,
        answer.id,
        token,
    )
