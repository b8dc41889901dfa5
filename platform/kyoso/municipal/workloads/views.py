"""The staff's pages for workloads and departments. A view loads, calls one operation, shows."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue

from kyoso.core.access import may
from kyoso.core.charts import Figure, Series, bars
from kyoso.core.clock import now, today
from kyoso.core.db import new_id
from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import jp_month
from kyoso.core.journal import list_history
from kyoso.core.schema import load_form
from kyoso.core.slots import parts_of
from kyoso.core.web import FeatureBlueprint, actor, go, show
from kyoso.identity.members.queries import list_members
from kyoso.municipal.needs.queries import NeedFilter, list_needs
from kyoso.municipal.projects.queries import Project, get_project
from kyoso.municipal.projects.rules import ENDED, check_may_edit, may_edit
from kyoso.municipal.strategy.queries import load_tactic_departments, tactic_labels
from kyoso.municipal.workloads import operations, queries, rules
from kyoso.municipal.workloads.models import Capacity, Promoter, Workload
from kyoso.municipal.workloads.permissions import WorkloadPermission
from kyoso.municipal.workloads.queries import LoadRow
from kyoso.municipal.workloads.rules import Consent
from kyoso.municipal.workloads.schemas import (
    LABELS,
    CapacitySchema,
    EndSchema,
    HesitationSchema,
    NewWorkloadSchema,
    PromoterSchema,
    WorkloadSchema,
)
from kyoso.tenancy.queries import department_names, get_department, list_departments

bp = FeatureBlueprint("workloads", __name__, url_prefix="/<town>/desk", template_folder="templates")

_PROJECT = "/projects/<uuid:project_id>/workload"
_ONE = f"{_PROJECT}/<uuid:workload_id>"
_DEPARTMENT = "/departments/<uuid:department_id>"

Forms = Mapping[str, Mapping[str, Any]]


@bp.page(_PROJECT, permission=WorkloadPermission.READ)
def index(project_id: uuid.UUID) -> ResponseReturnValue:
    """Show the hours that a project brings each department, and what those say to it."""
    return _index(get_project(actor(), project_id), {}, {})


@bp.page(f"{_PROJECT}/enter", permission=WorkloadPermission.WRITE, methods=("POST",))
def enter(project_id: uuid.UUID) -> ResponseReturnValue:
    """Put hours down; the same form sent twice makes one entry."""
    project = get_project(actor(), project_id, lock=True)
    try:
        sent = load_form(NewWorkloadSchema, request.form)
        if queries.find_sent(actor(), Workload, sent.form_id) is None:
            operations.enter_workload(
                project, sent.draft, workload_id=sent.form_id, actor=actor(), now=now()
            )
            flash(_("業務負荷を入力しました。課の同意を待ちます。"))
    except InvalidInput as error:
        return _index(project, {"new": request.form}, {"new": error.errors}), 422
    except RuleViolation as error:
        return _index(project, {"new": request.form}, {"new": {"": [error.message]}}), 409
    return go(".index", project_id=project.id)


@bp.page(f"{_ONE}/edit", permission=WorkloadPermission.WRITE, methods=("GET", "POST"))
def edit(project_id: uuid.UUID, workload_id: uuid.UUID) -> ResponseReturnValue:
    """Change hours or months; the department is asked again."""
    project = get_project(actor(), project_id, lock=request.method == "POST")
    workload = queries.get_workload(actor(), project_id, workload_id)
    check_may_edit(actor(), project.department_id, project.department_id)
    if request.method == "GET":
        values = {name: getattr(workload, name) for name in WorkloadSchema().fields}
        for name in ("from_month", "until_month"):
            values[name] = f"{values[name]:%Y-%m}"
        return _form(project, workload, values, {})
    try:
        draft = load_form(WorkloadSchema, request.form)
        operations.change_workload(project, workload, draft, actor=actor(), now=now())
    except InvalidInput as error:
        return _form(project, workload, request.form, error.errors), 422
    except RuleViolation as error:
        return _form(project, workload, request.form, {"": [error.message]}), 409
    flash(_("業務負荷を直しました。課にもう一度同意してもらいます。"))
    return go(".index", project_id=project.id)


@bp.page(f"{_ONE}/withdraw", permission=WorkloadPermission.WRITE, methods=("POST",))
def withdraw(project_id: uuid.UUID, workload_id: uuid.UUID) -> ResponseReturnValue:
    """Take hours back."""
    project = get_project(actor(), project_id, lock=True)
    workload = queries.get_workload(actor(), project_id, workload_id)
    operations.withdraw_workload(project, workload, actor=actor(), now=now())
    flash(_("業務負荷を取り下げました。"))
    return go(".index", project_id=project.id)


@bp.page(f"{_ONE}/consent", permission=WorkloadPermission.ANSWER, methods=("POST",))
def consent(project_id: uuid.UUID, workload_id: uuid.UUID) -> ResponseReturnValue:
    """Agree in the department's name."""
    workload = queries.get_workload(actor(), project_id, workload_id)
    operations.consent_to_workload(workload, actor=actor(), now=now())
    flash(_("課として同意しました。"))
    return go(".index", project_id=project_id)


@bp.page(f"{_ONE}/hesitate", permission=WorkloadPermission.ANSWER, methods=("POST",))
def hesitate(project_id: uuid.UUID, workload_id: uuid.UUID) -> ResponseReturnValue:
    """Say in the department's name why it does not agree yet."""
    workload = queries.get_workload(actor(), project_id, workload_id)
    try:
        data = load_form(HesitationSchema, request.form)
    except InvalidInput as error:
        key, project = str(workload_id), get_project(actor(), project_id)
        return _index(project, {key: request.form}, {key: error.errors}), 422
    operations.hesitate_about_workload(workload, data["hesitation"], actor=actor(), now=now())
    flash(_("課としてのためらいと理由を記録しました。"))
    return go(".index", project_id=project_id)


def _index(project: Project, values: Forms, errors: Forms) -> str:
    names = department_names(actor())
    editable = may(actor(), WorkloadPermission.WRITE) and may_edit(actor(), project.department_id)
    answers = may(actor(), WorkloadPermission.ANSWER)
    return show(
        "workloads/index.html",
        project=project,
        rows=queries.list_of_project(actor(), project.id),
        names=names,
        excess=queries.list_excess(actor(), project.id),
        editable=editable and project.stage not in ENDED,
        may_answer=lambda row: answers and rules.may_answer(actor(), row.department_id),
        departments=[(str(d.id), d.name) for d in list_departments(actor())],
        values={"new": {"form_id": new_id(), "hours_added": 0, "hours_removed": 0}, **values},
        errors=errors,
        labels=LABELS,
        Consent=Consent,
    )


def _form(
    project: Project,
    workload: Workload,
    values: Mapping[str, Any],
    errors: Mapping[str, list[str]],
) -> str:
    departments = [(str(d.id), d.name) for d in list_departments(actor())]
    if str(workload.department_id) not in dict(departments):
        name = department_names(actor())[workload.department_id]
        departments.insert(0, (str(workload.department_id), name))
    return show(
        "workloads/edit.html",
        project=project,
        workload=workload,
        values=values,
        errors=errors,
        labels=LABELS,
        departments=departments,
    )


@bp.page("/departments/", permission=WorkloadPermission.READ)
def departments() -> ResponseReturnValue:
    """List the departments: hours this month, what they can carry, what waits for their word."""
    month = rules.month_of(today())
    loads, said = queries.list_bearing(actor()), queries.list_capacities(actor())
    current = {unit.id for unit in list_departments(actor())}
    rows = []
    for unit, name in department_names(actor()).items():
        mine = [row for row in loads if row.department_id == unit]
        own = [one for one in said if one.department_id == unit]
        rows.append(
            {
                "id": unit,
                "name": name,
                "ended": unit not in current,
                "hours": rules.net_in(mine, month),
                "capacity": rules.capacity_in(own, month),
                "over": bool(rules.over_capacity(mine, own, rules.months_from(month))),
                "waiting": sum(1 for row in mine if row.consent is Consent.NONE),
                "hesitating": sum(1 for row in mine if row.consent is Consent.HESITATING),
            }
        )
    return show("workloads/departments.html", rows=rows, month=month)


@bp.page(_DEPARTMENT, permission=WorkloadPermission.READ)
def department(department_id: uuid.UUID) -> ResponseReturnValue:
    """Show what a department bears for twelve months, and what it looks for and works on."""
    return _department(department_id, {}, {})


@bp.page(f"{_DEPARTMENT}/capacity", permission=WorkloadPermission.ANSWER, methods=("POST",))
def capacity(department_id: uuid.UUID) -> ResponseReturnValue:
    """Say what the department can carry from a month on."""
    get_department(actor(), department_id)
    try:
        data = load_form(CapacitySchema, request.form)
        if queries.find_sent(actor(), Capacity, data["form_id"]) is None:
            operations.set_capacity(
                department_id,
                data["from_month"],
                data["hours_a_month"],
                capacity_id=data["form_id"],
                actor=actor(),
                now=now(),
            )
            flash(_("引き受けられる時間を記録しました。"))
    except InvalidInput as error:
        forms = {"capacity": request.form}, {"capacity": error.errors}
        return _department(department_id, *forms), 422
    return go(".department", department_id=department_id)


@bp.page(f"{_DEPARTMENT}/promoters", permission=WorkloadPermission.NAME, methods=("POST",))
def promoters(department_id: uuid.UUID) -> ResponseReturnValue:
    """Name a digital promoter."""
    get_department(actor(), department_id)
    try:
        sent = load_form(PromoterSchema, request.form)
        if queries.find_sent(actor(), Promoter, sent.form_id) is None:
            operations.name_promoter(
                department_id, sent.term, promoter_id=sent.form_id, actor=actor(), now=now()
            )
            flash(_("デジタル活用推進委員を決めました。"))
    except InvalidInput as error:
        forms = {"promoter": request.form}, {"promoter": error.errors}
        return _department(department_id, *forms), 422
    except RuleViolation as error:
        forms = {"promoter": request.form}, {"promoter": {"": [error.message]}}
        return _department(department_id, *forms), 409
    return go(".department", department_id=department_id)


@bp.page(
    f"{_DEPARTMENT}/promoters/<uuid:promoter_id>/end",
    permission=WorkloadPermission.NAME,
    methods=("POST",),
)
def end_promoter(department_id: uuid.UUID, promoter_id: uuid.UUID) -> ResponseReturnValue:
    """Say when a promoter's term ends."""
    promoter = queries.get_promoter(actor(), department_id, promoter_id)
    key = str(promoter_id)
    try:
        data = load_form(EndSchema, request.form)
        operations.end_promoter(promoter, data["ends_on"], actor=actor(), now=now())
    except InvalidInput as error:
        return _department(department_id, {key: request.form}, {key: error.errors}), 422
    except RuleViolation as error:
        errors = {key: {"ends_on": [error.message]}}
        return _department(department_id, {key: request.form}, errors), 409
    flash(_("任期の終わりを記録しました。"))
    return go(".department", department_id=department_id)


def _department(department_id: uuid.UUID, values: Forms, errors: Forms) -> str:
    unit, day = get_department(actor(), department_id), today()
    rows = queries.list_of_department(actor(), department_id)
    said = queries.list_capacities(actor(), department_id)
    months = rules.months_from(day)
    members = list_members(actor())
    labels = tactic_labels(actor())
    over = rules.over_capacity(rows, said, months)
    return show(
        "workloads/department.html",
        unit=unit,
        ended=unit.ends_on is not None and unit.ends_on < day,
        rows=rows,
        waiting=[row for row in rows if row.consent is Consent.NONE],
        said=list(reversed(said)),
        months=[
            (
                month,
                rules.added_in(rows, month),
                rules.removed_in(rows, month),
                rules.net_in(rows, month),
                rules.capacity_in(said, month),
            )
            for month in months
        ],
        over=rules.excess_words(unit.name, over) if over else "",
        picture=_picture(rows, [rules.capacity_in(said, month) for month in months]),
        promoters=queries.list_promoters(actor(), department_id),
        people={member.id: member.name for member in members},
        choices=[(str(m.id), m.name) for m in members if m.deactivated_at is None],
        needs=list_needs(actor(), NeedFilter(department_id=department_id)),
        tactics=[
            labels[one.tactic_id]
            for one in load_tactic_departments(actor())
            if one.department_id == department_id
            and (one.starts_on or day) <= day <= (one.ends_on or day)
        ],
        history=list_history(actor(), [department_id], limit=20),
        answers=may(actor(), WorkloadPermission.ANSWER)
        and rules.may_answer(actor(), department_id),
        names=may(actor(), WorkloadPermission.NAME) and may_edit(actor(), department_id),
        values={
            "capacity": {"form_id": new_id(), "from_month": f"{day:%Y-%m}"},
            "promoter": {"form_id": new_id(), "starts_on": day},
            **values,
        },
        errors=errors,
        labels=LABELS,
        parts=parts_of("department", unit),
        today=day,
    )


#: So many projects have a colour of their own; the rest are one.
_APART = 6


def _picture(rows: list[LoadRow], carried: list[int | None]) -> Figure | None:
    if not rows:
        return None
    months = rules.months_from(today())
    by_project: dict[str, list[LoadRow]] = {}
    for row in rows:
        by_project.setdefault(f"No.{row.number} {row.title}", []).append(row)
    groups = list(by_project.items())
    if len(groups) > _APART:
        rest = [row for _name, mine in groups[_APART - 1 :] for row in mine]
        groups = [*groups[: _APART - 1], (_("そのほかのプロジェクト"), rest)]
    limit = Series(_("引き受けられる時間"), carried)
    return bars(
        [Series(name, [rules.net_in(mine, m) for m in months]) for name, mine in groups],
        [jp_month(m).replace("年", "年\n") for m in months],
        title=_("月ごとの業務負荷（増える時間から減る時間を引いたもの）"),
        stacked=True,
        limit=limit if any(n is not None for n in carried) else None,
        say=lambda hours: _("%(n)s時間", n=f"{int(hours):,}"),
    )
