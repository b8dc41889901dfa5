"""The staff's pages for agreements. A view loads, calls one operation, and shows."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import flash, request, send_file, url_for
from flask.typing import ResponseReturnValue

from kyoso.core import files
from kyoso.core.access import may
from kyoso.core.clock import now, today
from kyoso.core.db import new_id
from kyoso.core.differences import compare
from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import list_history
from kyoso.core.markdown import render
from kyoso.core.schema import load_form
from kyoso.core.sheets import send_sheet
from kyoso.core.web import FeatureBlueprint, actor, go, show, tenant
from kyoso.municipal.agreements import operations, queries, rules, schemas
from kyoso.municipal.agreements.models import Agreement
from kyoso.municipal.agreements.permissions import AgreementPermission as May
from kyoso.municipal.agreements.queries import PER_PAGE, AgreementFilter, AgreementRow
from kyoso.municipal.agreements.rules import AgreementKind, AgreementStatus, ClauseState, Renewal
from kyoso.municipal.agreements.schemas import LABELS, SHEET
from kyoso.municipal.documents import queries as documents
from kyoso.municipal.documents.operations import issue_document
from kyoso.municipal.documents.rules import DocumentKind
from kyoso.tenancy.queries import department_names, list_departments

#: The addresses of one agreement, and of those of a project.
ONE, OF_PROJECT = "/agreements/<uuid:agreement_id>", "/projects/<uuid:project_id>/agreements"
BOTH = ("GET", "POST")

bp = FeatureBlueprint(
    "agreements", __name__, url_prefix="/<town>/desk", template_folder="templates"
)


@bp.page("/agreements/", permission=May.READ)
def index() -> ResponseReturnValue:
    """List the town's agreements: search, filter, sort, page."""
    wanted, day = AgreementFilter.of(request.args), today()
    counts = queries.count_agreements(actor(), wanted, day)
    total = counts[wanted.status] if wanted.status else sum(counts.values())
    pages = max(1, -(-total // PER_PAGE))
    here = min(wanted.page, pages)
    statuses: list[tuple[Any, ...]] = [(_("すべて"), None, sum(counts.values()))]
    statuses += [(status.label, status, counts[status]) for status in AgreementStatus]
    shown = {"limit": PER_PAGE, "offset": (here - 1) * PER_PAGE}
    return show(
        "agreements/index.html",
        rows=_standing(queries.list_agreements(actor(), wanted, day, **shown)),
        wanted=wanted,
        total=total,
        here=here,
        pages=pages,
        kinds=list(AgreementKind),
        soon=rules.SOON,
        statuses=[
            (label, _url(wanted, status=status), status is wanted.status, count)
            for label, status, count in statuses
        ],
        departments=department_names(actor()),
        may_create=_may_create(),
        url_of_sort=lambda sort: _url(wanted, sort=sort),
        url_of_page=lambda number: _url(wanted, page=number),
    )


def _standing(rows: Sequence[AgreementRow]) -> list[tuple[Any, ...]]:
    day = today()
    return [(row, rules.standing(row, day), rules.term_end(row, day)) for row in rows]


def _url(wanted: AgreementFilter, **changes: Any) -> str:
    return url_for(".index", **wanted.address(**changes))


def _may_create() -> bool:
    who = actor()
    return may(who, May.WRITE) and (rules.acts_for(who, None) or bool(who.department_ids))


@bp.page("/agreements/export.<any(xlsx,csv):ending>", permission=May.READ)
def export(ending: str) -> ResponseReturnValue:
    """Return the list, as filtered and sorted, as a file."""
    names = department_names(actor())
    found = queries.list_agreements(actor(), AgreementFilter.of(request.args), today())
    heads = [_("番号"), _("状態"), _("いまの期間の終わり"), *(str(LABELS[name]) for name in SHEET)]
    rows = [
        (row.number, standing.label, term_end, *schemas.cells(row, names))
        for row, standing, term_end in _standing(found)
    ]
    return send_sheet(f"{tenant().slug}-agreements", ending, heads, rows)


@bp.page("/agreements/new", permission=May.WRITE, methods=("GET", "POST"))
def new() -> ResponseReturnValue:
    """Begin a draft; the same form sent twice makes one agreement."""
    if request.method == "GET":
        return _form(_first_values(), {})
    try:
        sent = load_form(schemas.NewAgreementSchema, request.form)
        agreement = queries.find_sent(actor(), sent.form_id)
        if agreement is None:
            agreement = operations.create_agreement(
                sent.terms,
                sent.kind,
                sent.project_id,
                agreement_id=sent.form_id,
                actor=actor(),
                now=now(),
            )
            flash(_("協定の案を作りました。次に、条項を一つずつ確かめてください。"))
    except InvalidInput as error:
        return _form(request.form, error.errors), 422
    return go(".detail", agreement_id=agreement.id)


def _first_values() -> dict[str, Any]:
    kind, wanted = request.args.get("kind", ""), request.args.get("project", type=uuid.UUID)
    project = queries.get_project_line(actor(), wanted) if wanted else None
    first = schemas.values_for(project) if project else {}
    return {"form_id": new_id(), "kind": kind, "renewal": Renewal.NONE, **first}


@bp.page(ONE, permission=May.READ)
def detail(
    agreement_id: uuid.UUID, errors: Mapping[str, list[str]] | None = None
) -> ResponseReturnValue:
    """Show one agreement, how it stands, what it lacks, and its history."""
    agreement = queries.get_agreement(actor(), agreement_id)
    day, drafts = today(), queries.list_drafts(actor(), agreement.id)
    unit = agreement.department_id
    return show(
        "agreements/detail.html",
        agreement=agreement,
        standing=rules.standing(agreement, day),
        term_end=rules.term_end(agreement, day),
        left=rules.days_left(agreement, day),
        soon=rules.SOON,
        department=department_names(actor()).get(unit) if unit else None,
        drafts=drafts,
        text=render(drafts[0].content) if drafts else "",
        projects=queries.list_projects_of(actor(), agreement.id),
        files=files.list_files(actor(), agreement.id),
        documents=documents.list_for_subject(actor(), agreement.id),
        accept=files.ACCEPT,
        mine=may(actor(), May.WRITE, agreement) and rules.acts_for(actor(), unit),
        next=rules.NEXT[agreement.status],
        history=list_history(actor(), [agreement.id]),
        errors=errors or {},
        labels=LABELS,
    )


def _mine(agreement_id: uuid.UUID) -> Agreement:
    agreement = queries.get_agreement(actor(), agreement_id, lock=request.method == "POST")
    # Staff of other departments need not fill in a form that would be refused.
    rules.check_department(actor(), agreement.department_id)
    return agreement


@bp.page(f"{ONE}/edit", permission=May.WRITE, methods=BOTH)
def edit(agreement_id: uuid.UUID) -> ResponseReturnValue:
    """Change what the register says."""
    agreement = _mine(agreement_id)
    if request.method == "GET":
        return _form(schemas.values_of(agreement), {}, agreement)
    try:
        terms = load_form(schemas.AgreementSchema, request.form)
        operations.update_agreement(agreement, terms, actor=actor(), now=now())
    except InvalidInput as error:
        return _form(request.form, error.errors, agreement), 422
    flash(_("「%(title)s」を保存しました。", title=agreement.title))
    return go(".detail", agreement_id=agreement.id)


def _form(
    values: Mapping[str, Any],
    errors: Mapping[str, list[str]],
    agreement: Agreement | None = None,
) -> str:
    units = {u.id: u.name for u in list_departments(actor()) if rules.acts_for(actor(), u.id)}
    if agreement is not None and (kept := agreement.department_id) and kept not in units:
        # A unit that has ended keeps what it answered for until somebody hands it on.
        units[kept] = department_names(actor())[kept]
    return show(
        "agreements/form.html",
        agreement=agreement,
        values=values,
        errors=errors,
        labels=LABELS,
        departments=[(str(unit), name) for unit, name in units.items()],
        any_department=rules.acts_for(actor(), None),
        kinds=[(kind, kind.label) for kind in AgreementKind],
        renewals=[(renewal, renewal.label) for renewal in Renewal],
    )


@bp.page(f"{ONE}/clauses", permission=May.WRITE, methods=BOTH)
def clauses(agreement_id: uuid.UUID) -> ResponseReturnValue:
    """Go through the clauses: in the text, not needed and why, or still missing."""
    agreement = _mine(agreement_id)
    values: Mapping[str, Any] = schemas.clause_values(agreement)
    errors: Mapping[str, list[str]] = {}
    if request.method == "POST":
        try:
            data = load_form(schemas.clauses_schema(agreement.kind), request.form)
            answers = schemas.answers_of(agreement.kind, data)
            operations.decide_clauses(agreement, answers, actor=actor(), now=now())
            flash(_("条項の確認を保存しました。"))
            return go(".detail", agreement_id=agreement.id)
        except InvalidInput as error:
            values, errors = request.form, error.errors
    page = show(
        "agreements/clauses.html",
        agreement=agreement,
        required=rules.REQUIRED[agreement.kind],
        states=list(ClauseState),
        values=values,
        errors=errors,
        labels=schemas.clause_labels(agreement.kind),
    )
    return page, 422 if errors else 200


@bp.page(f"{ONE}/draft", permission=May.WRITE, methods=BOTH)
def draft(agreement_id: uuid.UUID) -> ResponseReturnValue:
    """Write the text: the first from the clauses, later ones from the version before."""
    agreement = _mine(agreement_id)
    rules.check_draft(agreement.status)
    latest = next(iter(queries.list_drafts(actor(), agreement.id)), None)
    values: Mapping[str, Any] = {
        "content": latest.content if latest else "",
        "based_on": latest.version if latest else 0,
    }
    if latest is None or request.args.get("anew") == "yes":
        values = {**values, "content": _generated(agreement)}
    errors: Mapping[str, list[str]] = {}
    refusal = ""
    if request.method == "POST":
        try:
            data = load_form(schemas.DraftSchema, request.form)
            operations.write_draft(agreement, **data, actor=actor(), now=now())
            flash(_("協定書の案を保存しました。"))
            return go(".detail", agreement_id=agreement.id)
        except InvalidInput as error:
            values, errors = request.form, error.errors
        except RuleViolation as error:
            # The text stays in the box, now based on the version that is shown beside it.
            refusal = error.message
            values = {"content": request.form["content"], "based_on": values["based_on"]}
    page = show(
        "agreements/draft.html",
        agreement=agreement,
        values=values,
        errors=errors,
        refusal=refusal,
        pieces=compare(latest.content, values["content"]) if refusal and latest else (),
        labels=LABELS,
    )
    return page, 409 if refusal else 422 if errors else 200


def _generated(agreement: Agreement) -> str:
    projects = queries.list_projects_of(actor(), agreement.id)
    return show(
        "agreements/drafts/text.ja.txt",
        agreement=agreement,
        kind=agreement.kind.label,
        town=tenant(),
        project=projects[0] if projects else None,
        clauses=[row for row in agreement.clauses if row.state is ClauseState.INCLUDED],
    )


def _step(
    agreement_id: uuid.UUID, done: str, step: Callable[[Agreement], None]
) -> ResponseReturnValue:
    """Take one step from the agreement's page; what is refused is said on that page."""
    agreement = _mine(agreement_id)
    try:
        step(agreement)
    except InvalidInput as error:
        return detail(agreement_id, error.errors), 422  # type: ignore[return-value]
    except RuleViolation as error:
        return detail(agreement_id, {"": [error.message]}), 409  # type: ignore[return-value]
    flash(done)
    return go(".detail", agreement_id=agreement.id)


@bp.page(f"{ONE}/document", permission=May.WRITE, methods=("POST",))
def issue(agreement_id: uuid.UUID) -> ResponseReturnValue:
    """Issue the latest text of a pilot agreement's draft as a numbered PDF."""
    agreement = _mine(agreement_id)
    rules.check_draft(agreement.status)
    drafts = queries.list_drafts(actor(), agreement_id)
    if not drafts or agreement.kind is not AgreementKind.PILOT:
        raise RuleViolation(_("先に、実証協定書の案を書いてください。"))
    values = schemas.document_values(agreement, queries.list_projects_of(actor(), agreement_id))
    kind, body = DocumentKind.PILOT_AGREEMENT_DRAFT, schemas.document_body(drafts[0].content)
    said = {"title": agreement.title, "body": body}
    issue_document(kind, agreement_id, values, **said, actor=actor(), now=now())
    flash(_("実証協定書案に番号を付けて発行しました。"))
    return go(".detail", agreement_id=agreement_id)


@bp.page(f"{ONE}/sign", permission=May.WRITE, methods=("POST",))
def sign(agreement_id: uuid.UUID) -> ResponseReturnValue:
    """Write down that both sides signed, with the signed text if it is at hand."""

    def step(agreement: Agreement) -> None:
        data = load_form(schemas.SigningSchema, request.form)
        data["scans"] = files.check_files(request.files.getlist("files"))
        operations.sign_agreement(agreement, **data, actor=actor(), now=now())

    return _step(agreement_id, _("協定の締結を記録しました。"), step)


@bp.page(f"{ONE}/end", permission=May.WRITE, methods=("POST",))
def end(agreement_id: uuid.UUID) -> ResponseReturnValue:
    """Write down the end, or give up a draft."""

    def step(agreement: Agreement) -> None:
        data = load_form(schemas.EndingSchema, request.form)
        operations.end_agreement(agreement, **data, actor=actor(), now=now())

    return _step(agreement_id, _("協定の終了を記録しました。"), step)


@bp.page(f"{ONE}/files", permission=May.WRITE, methods=("POST",))
def add_files(agreement_id: uuid.UUID) -> ResponseReturnValue:
    """Put files to an agreement."""

    def step(agreement: Agreement) -> None:
        handed_in = files.check_files(request.files.getlist("files"))
        operations.add_files(agreement, handed_in, actor=actor(), now=now())

    return _step(agreement_id, _("ファイルを加えました。"), step)


@bp.page(f"{ONE}/files/<uuid:file_id>", permission=May.READ)
def file(agreement_id: uuid.UUID, file_id: uuid.UUID) -> ResponseReturnValue:
    """Hand out a file, always to be saved and never shown in the page."""
    queries.get_agreement(actor(), agreement_id)
    row = files.get_file(actor(), agreement_id, file_id)
    given = files.open_file(row)
    return send_file(given, row.media_type, as_attachment=True, download_name=row.name)


@bp.page(OF_PROJECT, permission=May.READ)
def of_project(
    project_id: uuid.UUID, errors: Mapping[str, list[str]] | None = None
) -> ResponseReturnValue:
    """List a project's agreements, and offer to tie another one to it."""
    project, writes = queries.get_project_line(actor(), project_id), may(actor(), May.WRITE)
    rows = queries.list_for_project(actor(), project_id)
    return show(
        "agreements/of_project.html",
        project=project,
        rows=_standing(rows),
        short={row.id for row in rows if not project.is_covered_by(row)},
        acts_for=lambda department_id: writes and rules.acts_for(actor(), department_id),
        linkable=queries.list_linkable(actor(), project_id) if writes else [],
        errors=errors or {},
        values=request.form,
        labels=LABELS,
    )


@bp.page(f"{OF_PROJECT}/link", permission=May.WRITE, methods=("POST",))
def link(project_id: uuid.UUID) -> ResponseReturnValue:
    """Tie an agreement to a project."""
    queries.get_project_line(actor(), project_id)
    try:
        agreement = _mine(load_form(schemas.LinkSchema, request.form)["agreement_id"])
        operations.link_project(agreement, project_id, actor=actor(), now=now())
    except InvalidInput as error:
        return of_project(project_id, error.errors), 422  # type: ignore[return-value]
    flash(_("協定を結び付けました。"))
    return go(".of_project", project_id=project_id)


@bp.page(f"{OF_PROJECT}/<uuid:agreement_id>/unlink", permission=May.WRITE, methods=("POST",))
def unlink(project_id: uuid.UUID, agreement_id: uuid.UUID) -> ResponseReturnValue:
    """Undo a tie."""
    operations.unlink_project(_mine(agreement_id), project_id, actor=actor(), now=now())
    flash(_("協定とプロジェクトの結び付きを外しました。"))
    return go(".of_project", project_id=project_id)
