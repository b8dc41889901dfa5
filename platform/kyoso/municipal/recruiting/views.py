"""The staff's page for looking for people. A view loads, calls one operation, and shows."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue

from kyoso.core.access import may
from kyoso.core.clock import now, today
from kyoso.core.db import new_id
from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.schema import load_form
from kyoso.core.web import FeatureBlueprint, actor, go, show
from kyoso.municipal.projects.queries import Project, get_project
from kyoso.municipal.projects.rules import may_edit
from kyoso.municipal.recruiting import operations, queries, rules
from kyoso.municipal.recruiting.permissions import RecruitingPermission
from kyoso.municipal.recruiting.schemas import LABELS, MoveSchema, OpeningSchema

bp = FeatureBlueprint(
    "recruiting",
    __name__,
    url_prefix="/<town>/desk/projects/<uuid:project_id>/recruiting",
    template_folder="templates",
)


@bp.page("", permission=RecruitingPermission.READ)
def index(project_id: uuid.UUID) -> ResponseReturnValue:
    """List the roles that a project looks for, and who answered."""
    return _index(get_project(actor(), project_id), {"form_id": new_id()}, {})


def _index(
    project: Project, values: Mapping[str, Any], errors: Mapping[str, list[str]], refusal: str = ""
) -> str:
    openings = queries.list_openings(actor(), project.id)
    editable = may(actor(), RecruitingPermission.WRITE, project)
    return show(
        "recruiting/index.html",
        project=project,
        openings=[(opening, rules.is_open(opening, today())) for opening in openings],
        takes=rules.takes_answers(project.recruiting, openings, today()),
        answers=queries.list_answers(actor(), project.id),
        roles={opening.id: opening.role for opening in openings},
        next_states=rules.NEXT,
        values=values,
        errors=errors,
        refusal=refusal,
        labels=LABELS,
        editable=editable and may_edit(actor(), project.department_id),
    )


@bp.page("", permission=RecruitingPermission.WRITE, methods=("POST",))
def add_opening(project_id: uuid.UUID) -> ResponseReturnValue:
    """Put a role out."""
    project = get_project(actor(), project_id, lock=True)
    try:
        sent = load_form(OpeningSchema, request.form)
        if not queries.was_sent(actor(), sent.form_id):
            operations.add_opening(
                project, sent.draft, form_id=sent.form_id, actor=actor(), now=now()
            )
            flash(_("「%(role)s」の募集を始めました。", role=sent.draft.role))
    except InvalidInput as error:
        return _index(project, request.form, error.errors), 422
    except RuleViolation as error:
        return _index(project, request.form, {}, error.message), 409
    return go(".index", project_id=project.id)


@bp.page(
    "/openings/<uuid:opening_id>/close", permission=RecruitingPermission.WRITE, methods=("POST",)
)
def close_opening(project_id: uuid.UUID, opening_id: uuid.UUID) -> ResponseReturnValue:
    """Look for a role no longer."""
    project = get_project(actor(), project_id, lock=True)
    opening = queries.get_opening(actor(), project_id, opening_id, lock=True)
    operations.close_opening(project, opening, actor=actor(), now=now())
    flash(_("「%(role)s」の募集を締め切りました。", role=opening.role))
    return go(".index", project_id=project.id)


@bp.page("/answers/<uuid:answer_id>/move", permission=RecruitingPermission.WRITE, methods=("POST",))
def move_answer(project_id: uuid.UUID, answer_id: uuid.UUID) -> ResponseReturnValue:
    """Say how far the town is with somebody who wants to join."""
    project = get_project(actor(), project_id)
    answer = queries.get_answer(actor(), project_id, answer_id, lock=True)
    try:
        data = load_form(MoveSchema, request.form)
        operations.move_answer(project, answer, **data, actor=actor(), now=now())
    except InvalidInput as error:
        return _index(project, {"form_id": new_id()}, error.errors), 422
    except RuleViolation as error:
        return _index(project, {"form_id": new_id()}, {}, error.message), 409
    flash(_("%(name)sさんを「%(state)s」にしました。", name=answer.name, state=answer.state.label))
    return go(".index", project_id=project.id)
