"""The staff's pages for documents: what was issued, and how each kind is worded."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from flask import flash, make_response, request, send_file, url_for
from flask.typing import ResponseReturnValue

from kyoso.core import files
from kyoso.core.clock import now
from kyoso.core.differences import compare
from kyoso.core.errors import InvalidInput, NotFound
from kyoso.core.i18n import LOCALES
from kyoso.core.i18n import gettext as _
from kyoso.core.schema import load_form
from kyoso.core.web import FeatureBlueprint, actor, go, show
from kyoso.municipal.documents import operations, queries, rules
from kyoso.municipal.documents.permissions import DocumentPermission as May
from kyoso.municipal.documents.queries import PER_PAGE, CurrentWording, DocumentFilter
from kyoso.municipal.documents.rules import DocumentKind
from kyoso.municipal.documents.schemas import LABELS, WordingSchema

bp = FeatureBlueprint(
    "documents", __name__, url_prefix="/<town>/desk/documents", template_folder="templates"
)
templates_bp = FeatureBlueprint(
    "document_templates", __name__, url_prefix="/<town>/desk/document-templates"
)
Errors = Mapping[str, list[str]]


@bp.page("/", permission=May.READ)
def index() -> ResponseReturnValue:
    """List what the town issued: search, filter, page."""
    wanted = DocumentFilter.of(request.args)
    total = queries.count_documents(actor(), wanted)
    pages = max(1, -(-total // PER_PAGE))
    here = min(wanted.page, pages)
    return show(
        "documents/index.html",
        documents=queries.list_documents(
            actor(), wanted, limit=PER_PAGE, offset=(here - 1) * PER_PAGE
        ),
        wanted=wanted,
        kinds=[(kind, kind.label) for kind in DocumentKind],
        total=total,
        here=here,
        pages=pages,
        url_of_page=lambda number: url_for(".index", **wanted.address(page=number)),
    )


@bp.page("/<uuid:document_id>/pdf", permission=May.READ)
def pdf(document_id: uuid.UUID) -> ResponseReturnValue:
    """Hand out a document as it was sent."""
    found = queries.file_of(actor(), queries.get_document(actor(), document_id))
    return send_file(
        files.open_file(found),
        mimetype=found.media_type,
        as_attachment=True,
        download_name=found.name,
        max_age=0,
    )


@templates_bp.page("/", permission=May.READ)
def index_of_templates() -> ResponseReturnValue:
    """List how each kind of document is worded."""
    return show(
        "documents/templates.html", wordings=queries.list_wordings(actor()), languages=LOCALES
    )


def _known(kind: str, language: str) -> tuple[DocumentKind, str]:
    found = next((each for each in DocumentKind if each == kind), None)
    if found is None or language not in found.locales:
        raise NotFound
    return found, language


@templates_bp.page("/<string:kind>/<string:language>", permission=May.READ)
def wording(kind: str, language: str) -> ResponseReturnValue:
    """Show a wording, to be written differently, with its versions."""
    current = queries.current_wording(actor(), *_known(kind, language))
    values = {
        "subject": current.wording.subject,
        "body": current.wording.body,
        "seen": current.version,
    }
    return _form(current, values, {})


@templates_bp.page("/<string:kind>/<string:language>", permission=May.WRITE, methods=("POST",))
def edit(kind: str, language: str) -> ResponseReturnValue:
    """Keep a wording as one version more; the second of two writers is shown the first's words."""
    current = queries.hold_wording(actor(), *_known(kind, language))
    try:
        sent = load_form(WordingSchema, request.form)
        if sent.seen != current.version and sent.wording != current.wording:
            return _form(current, request.form, {}, overtaken=True), 409
        if sent.wording != current.wording:
            operations.edit_wording(current, sent.wording, actor=actor(), now=now())
    except InvalidInput as error:
        return _form(current, request.form, error.errors), 422
    flash(_("ひな型を保存しました。次に発行する文書から使います。"))
    return go("document_templates.wording", kind=kind, language=language)


@templates_bp.page(
    "/<string:kind>/<string:language>/preview", permission=May.READ, methods=("POST",)
)
def preview(kind: str, language: str) -> ResponseReturnValue:
    """Show what was typed as the PDF that it would become, with examples filled in."""
    current = queries.current_wording(actor(), *_known(kind, language))
    try:
        sent = load_form(WordingSchema, request.form)
        rules.check_wording(current.kind, current.locale, sent.wording)
    except InvalidInput as error:
        return _form(current, request.form, error.errors), 422
    examples = rules.examples_of(current.kind)
    made = queries.preview(
        current.kind, examples, actor(), locale=current.locale, wording=sent.wording
    )
    return _inline(made, f"{current.kind.plain_name}_{_('見本')}.pdf")


@templates_bp.page(
    "/<string:kind>/<string:language>/reset", permission=May.WRITE, methods=("POST",)
)
def reset(kind: str, language: str) -> ResponseReturnValue:
    """Go back to the platform's own words."""
    current = queries.hold_wording(actor(), *_known(kind, language))
    if current.is_own:
        operations.reset_wording(current, actor=actor(), now=now())
        flash(_("初めの文面に戻しました。これまでの版は残っています。"))
    return go("document_templates.wording", kind=kind, language=language)


def _inline(made: bytes, name: str) -> ResponseReturnValue:
    response = make_response(made)
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(name)}"
    return response


def _form(
    current: CurrentWording,
    values: Mapping[str, Any],
    errors: Errors,
    *,
    overtaken: bool = False,
) -> str:
    versions = list(queries.list_versions(actor(), current.kind, current.locale))
    own = queries.default_wording(current.kind, current.locale)
    before = [(each.subject, each.body) for each in versions[1:]] + [(own.subject, own.body)]
    return show(
        "documents/wording.html",
        current=current,
        language=LOCALES[current.locale],
        values=values,
        errors=errors,
        labels=LABELS,
        # What the other wrote in between, against what was typed here.
        overtaken=compare(str(values.get("body", "")), current.wording.body) if overtaken else (),
        versions=[
            (version, compare(f"{subject}\n{body}", f"{version.subject}\n{version.body}"))
            for version, (subject, body) in zip(versions, before, strict=False)
        ],
        marks=[
            (rules.mark_of(name, current.locale), rules.PLACEHOLDERS[name][1])
            for name in rules.placeholders_of(current.kind)
        ],
    )
