"""The staff's pages for recruitments. A view loads, calls one operation, and shows."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue

from kyoso.core.access import may
from kyoso.core.clock import now, today
from kyoso.core.db import new_id
from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import list_history
from kyoso.core.schema import load_form, shown_again
from kyoso.core.slots import parts_of
from kyoso.core.web import FeatureBlueprint, actor, go, show
from kyoso.identity.profiles.rules import WorkMode, skill_choices, skill_label
from kyoso.municipal.needs.queries import list_titles as list_needs
from kyoso.municipal.needs.queries import need_titles
from kyoso.municipal.needs.rules import acts_for, acts_for_any
from kyoso.municipal.projects.queries import get_project, list_board
from kyoso.municipal.recruitments import operations, queries, rules
from kyoso.municipal.recruitments.models import Recruitment
from kyoso.municipal.recruitments.permissions import RecruitmentPermission as May
from kyoso.municipal.recruitments.queries import PER_PAGE, RecruitmentFilter
from kyoso.municipal.recruitments.rules import RecruitmentStatus
from kyoso.municipal.recruitments.schemas import LABELS, NewRecruitmentSchema, RecruitmentSchema
from kyoso.municipal.talent_programmes.rules import PayUnit
from kyoso.tenancy.queries import department_names, list_departments

bp = FeatureBlueprint(
    "recruitments", __name__, url_prefix="/<town>/desk/recruitments", template_folder="templates"
)


@bp.page("/", permission=May.READ)
def index() -> ResponseReturnValue:
    """List the town's recruitments: search, filter, page."""
    wanted = RecruitmentFilter.of(request.args)
    counts = queries.count_recruitments(actor(), wanted)
    total = counts[wanted.status] if wanted.status else sum(counts.values())
    pages = max(1, -(-total // PER_PAGE))
    here = min(wanted.page, pages)
    rows = queries.list_recruitments(actor(), wanted, page=here)
    statuses: list[tuple[Any, ...]] = [(_("すべて"), None, sum(counts.values()))]
    statuses += [(status.label, status, counts[status]) for status in RecruitmentStatus]
    return show(
        "recruitments/index.html",
        rows=[(row, rules.is_open(row, today())) for row in rows],
        # What the feature above knows of each: how many applied.
        parts=parts_of("recruitments", rows),
        departments=department_names(actor()),
        wanted=wanted,
        total=total,
        here=here,
        pages=pages,
        statuses=[
            (label, _url(wanted, status=status), status is wanted.status, count)
            for label, status, count in statuses
        ],
        may_create=may(actor(), May.WRITE) and acts_for_any(actor()),
        url_of_page=lambda number: _url(wanted, page=number),
    )


def _url(wanted: RecruitmentFilter, **changes: Any) -> str:
    return url_for(".index", **wanted.address(**changes))


@bp.page("/new", permission=May.WRITE, methods=("GET", "POST"))
def new() -> ResponseReturnValue:
    """Write a recruitment down; the same form sent twice makes one."""
    if request.method == "GET":
        return _form({"form_id": new_id(), "wanted": 1, "pay_unit": PayUnit.HOUR}, {})
    try:
        sent = load_form(NewRecruitmentSchema, request.form)
        recruitment = queries.find_sent(actor(), sent.form_id)
        if recruitment is None:
            recruitment = operations.create_recruitment(
                sent.draft, recruitment_id=sent.form_id, actor=actor(), now=now()
            )
            flash(_("下書きを保存しました。内容を確かめてから公開してください。"))
    except InvalidInput as error:
        return _form(shown_again(request.form, error.errors), error.errors), 422
    return go(".detail", recruitment_id=recruitment.id)


@bp.page("/<uuid:recruitment_id>", permission=May.READ)
def detail(recruitment_id: uuid.UUID) -> ResponseReturnValue:
    """Show one recruitment, who applied, what can be done with it, and its history."""
    return _detail(queries.get_recruitment(actor(), recruitment_id))


@bp.page("/<uuid:recruitment_id>/edit", permission=May.WRITE, methods=("GET", "POST"))
def edit(recruitment_id: uuid.UUID) -> ResponseReturnValue:
    """Change what a recruitment says."""
    recruitment = queries.get_recruitment(actor(), recruitment_id, lock=request.method == "POST")
    # Staff of other departments need not fill in a form that would be refused.
    rules.check_department(actor(), recruitment.department_id)
    if request.method == "GET":
        return _form({name: getattr(recruitment, name) for name in LABELS}, {}, recruitment)
    try:
        draft = load_form(RecruitmentSchema, request.form)
        operations.update_recruitment(recruitment, draft, actor=actor(), now=now())
    except InvalidInput as error:
        return _form(request.form, error.errors, recruitment), 422
    flash(_("「%(title)s」を保存しました。", title=recruitment.title))
    return go(".detail", recruitment_id=recruitment.id)


@bp.page("/<uuid:recruitment_id>/publish", permission=May.WRITE, methods=("POST",))
def publish(recruitment_id: uuid.UUID) -> ResponseReturnValue:
    """Show a recruitment on the portal."""
    recruitment = queries.get_recruitment(actor(), recruitment_id, lock=True)
    try:
        operations.publish_recruitment(recruitment, actor=actor(), now=now())
    except RuleViolation as refusal:
        return _detail(recruitment, refusal.message), 409
    flash(_("「%(title)s」を公開しました。", title=recruitment.title))
    return go(".detail", recruitment_id=recruitment.id)


def _form(
    values: Mapping[str, Any],
    errors: Mapping[str, list[str]],
    recruitment: Recruitment | None = None,
) -> str:
    departments = [
        (str(unit.id), unit.name)
        for unit in list_departments(actor())
        if acts_for(actor(), unit.id)
    ]
    if recruitment is not None and str(recruitment.department_id) not in dict(departments):
        # A unit that has ended keeps its recruitments until somebody hands them on.
        name = department_names(actor())[recruitment.department_id]
        departments.insert(0, (str(recruitment.department_id), name))
    return show(
        "recruitments/form.html",
        recruitment=recruitment,
        values=values,
        errors=errors,
        labels=LABELS,
        departments=departments,
        projects=[(p.id, f"No.{p.number} {p.title}") for p in list_board(actor())],
        needs=list_needs(actor()),
        skills=skill_choices(),
        skills_max=rules.SKILLS_MAX,
        units=[(unit.value, unit.label) for unit in PayUnit],
        modes=[(mode.value, mode.label) for mode in WorkMode],
    )


def _detail(recruitment: Recruitment, refusal: str = "") -> str:
    need_id, project_id = recruitment.need_id, recruitment.project_id
    mine = may(actor(), May.WRITE) and acts_for(actor(), recruitment.department_id)
    return show(
        "recruitments/detail.html",
        recruitment=recruitment,
        department=department_names(actor()).get(recruitment.department_id, ""),
        project=get_project(actor(), project_id) if project_id else None,
        need=need_titles(actor(), [need_id]).get(need_id, "") if need_id else "",
        skills="、".join(map(skill_label, recruitment.skills)),
        pay=rules.pay_words(recruitment.pay_unit, recruitment.pay_yen, recruitment.pay_note),
        period=rules.period_words(recruitment.starts_on, recruitment.ends_on),
        is_open=rules.is_open(recruitment, today()),
        mine=mine,
        parts=parts_of("recruitment", recruitment),
        history=list_history(actor(), [recruitment.id]),
        refusal=refusal,
        labels=LABELS,
    )
