"""What departments look for in side-job people, and the form of those who apply."""

from __future__ import annotations

import uuid
from typing import Any

from flask import make_response, request
from flask.typing import ResponseReturnValue

from kyoso.core import files
from kyoso.core.clock import now, today
from kyoso.core.errors import InvalidInput, RuleViolation, TooMany
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import locale
from kyoso.core.schema import load_form
from kyoso.core.web import PUBLIC, FeatureBlueprint, actor, go, show, tenant
from kyoso.identity.profiles.rules import WorkMode, skill_choices, skill_label
from kyoso.municipal.needs.queries import list_published as list_needs
from kyoso.municipal.projects.queries import public_titles
from kyoso.municipal.recruitment_applications import operations
from kyoso.municipal.recruitment_applications import queries as applications
from kyoso.municipal.recruitment_applications.rules import FILES_MAX, LINKS_MAX, keep_days
from kyoso.municipal.recruitment_applications.schemas import (
    LABELS,
    ApplicationSchema,
    SentApplication,
)
from kyoso.municipal.recruitments import queries, rules
from kyoso.municipal.recruitments.queries import Recruitment, RecruitmentFilter
from kyoso.municipal.recruitments.schemas import LABELS as WORK
from kyoso.portal.first_form import check_person, new_form, secret_of, still_valid
from kyoso.portal.site.navigation import closed_for_now
from kyoso.tenancy.queries import department_names

bp = FeatureBlueprint(
    "public_recruitments", __name__, url_prefix="/<town>/recruitments", template_folder="templates"
)
bp.before_request(closed_for_now)


@bp.page("", permission=PUBLIC)
def recruitments() -> ResponseReturnValue:
    """List the work that one can apply for, by skill and by where it is done."""
    wanted = RecruitmentFilter.of(request.args)
    every = queries.list_open(actor(), today())
    offered = {skill for row in every for skill in row.skills}
    return show(
        "public_recruitments/index.html",
        rows=queries.list_open(actor(), today(), wanted) if wanted.narrowed else every,
        any_open=bool(every),
        departments=department_names(actor()),
        wanted=wanted,
        skills=[pair for _g, known in skill_choices() for pair in known if pair[0] in offered],
        modes=[(mode.value, mode.label) for mode in WorkMode],
        skill_label=skill_label,
        pay_words=rules.pay_words,
    )


@bp.page("/<uuid:recruitment_id>", permission=PUBLIC)
def recruitment(recruitment_id: uuid.UUID) -> ResponseReturnValue:
    """Show one recruitment."""
    found = queries.get_published(actor(), recruitment_id)
    need = project = None
    if found.need_id:
        need = {one.id: one.title for one in list_needs(actor(), today())}.get(found.need_id)
    if found.project_id:
        project = public_titles(actor()).get(found.project_id)
    return show(
        "public_recruitments/recruitment.html",
        recruitment=found,
        department=department_names(actor()).get(found.department_id, ""),
        skills=[skill_label(skill) for skill in found.skills],
        pay=rules.pay_words(found.pay_unit, found.pay_yen, found.pay_note),
        period=rules.period_words(found.starts_on, found.ends_on),
        open_today=rules.is_open(found, today()),
        need=need,
        project=project,
        labels=WORK,
    )


@bp.page("/<uuid:recruitment_id>/apply", permission=PUBLIC)
def form(recruitment_id: uuid.UUID) -> ResponseReturnValue:
    """Show the form, or that it is too late."""
    return _form(queries.get_published(actor(), recruitment_id), {}, {})


@bp.page("/<uuid:recruitment_id>/apply", permission=PUBLIC, methods=("POST",))
def send(recruitment_id: uuid.UUID) -> ResponseReturnValue:
    """Take the application in; the same form sent twice counts once."""
    found = queries.get_published(actor(), recruitment_id, lock=True)
    try:
        sent = _load()
        token = secret_of(sent.form_id)
        if not applications.was_sent(actor(), sent.form_id):
            _send(found, sent, token)
    except InvalidInput as error:
        return _form(found, request.form, error.errors), 422
    except RuleViolation as error:
        return _form(found, request.form, {"": [error.message]}), 409
    except TooMany as error:
        response = make_response(_form(found, request.form, {"": [error.message]}), 429)
        response.headers["Retry-After"] = str(error.retry_after)
        return response
    return go("my_application.receipt", token=token)


def _load() -> SentApplication:
    """Return what the form holds; a consent that is missing is named with everything else."""
    consent = _("内容を読み、同意する場合はチェックを入れてください。")
    missing = {} if request.form.get("consent") == "yes" else {"consent": [consent]}
    try:
        sent: SentApplication = load_form(ApplicationSchema, request.form)
    except InvalidInput as error:
        raise InvalidInput(error.errors | missing) from error
    if missing:
        raise InvalidInput(missing)
    return sent


def _send(found: Recruitment, sent: SentApplication, token: str) -> None:
    uploads = files.check_files(request.files.getlist("files"))
    check_person(sent.form_id, sent.trap, purpose="apply")
    operations.send_application(
        found,
        sent.draft,
        uploads,
        form_id=sent.form_id,
        token=token,
        locale=locale(),
        actor=actor(),
        now=now(),
    )


def _form(found: Recruitment, values: Any, errors: dict[str, list[str]]) -> str:
    open_today = rules.is_open(found, today())
    if errors and any(upload.filename for upload in request.files.getlist("files")):
        # A browser never sends a file twice by itself: better said than found out later.
        again = _("ファイルは、もう一度選んでください。")
        errors = {**errors, "files": [*errors.get("files", []), again]}
    return show(
        "public_recruitments/apply.html",
        recruitment=found,
        open_today=open_today,
        form_id=still_valid(values.get("form_id")) or (new_form() if open_today else None),
        skills=skill_choices(),
        days=keep_days(tenant().declaration),
        accept=files.ACCEPT,
        max_mb=files.MAX_FILE_MB,
        max_files=FILES_MAX,
        max_links=LINKS_MAX,
        max_skills=rules.SKILLS_MAX,
        values=values,
        errors=errors,
        labels=LABELS,
    )
