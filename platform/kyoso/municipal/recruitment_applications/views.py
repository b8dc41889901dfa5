"""The staff's pages for applications. A view loads, calls one operation, and shows."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import flash, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from kyoso.core import files
from kyoso.core.access import may
from kyoso.core.clock import now
from kyoso.core.db import new_id
from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import list_history
from kyoso.core.mail import delivery_in_words
from kyoso.core.schema import load_form, shown_again
from kyoso.core.sheets import send_sheet
from kyoso.core.slots import fills
from kyoso.core.web import FeatureBlueprint, actor, go, show, tenant
from kyoso.identity.members.queries import list_members
from kyoso.identity.profiles.rules import skill_label
from kyoso.municipal.needs.rules import acts_for
from kyoso.municipal.recruitment_applications import mails, operations, queries, rules
from kyoso.municipal.recruitment_applications.models import RecruitmentApplication
from kyoso.municipal.recruitment_applications.permissions import ApplicationPermission as May
from kyoso.municipal.recruitment_applications.queries import PER_PAGE, ApplicationFilter
from kyoso.municipal.recruitment_applications.rules import ApplicationState
from kyoso.municipal.recruitment_applications.schemas import (
    LABELS,
    AssignSchema,
    Ending,
    MessageSchema,
    MoveSchema,
    NoteSchema,
    field_of,
    load_ending,
)
from kyoso.municipal.recruitments.queries import Recruitment, get_recruitment, list_titles
from kyoso.municipal.recruitments.rules import ENDS, RecruitmentStatus, check_department

bp = FeatureBlueprint(
    "recruitment_applications",
    __name__,
    url_prefix="/<town>/desk/recruitments",
    template_folder="templates",
)

#: An application, and what it answers.
Found = tuple[RecruitmentApplication, Recruitment]


@fills("recruitments")
def list_parts(rows: Sequence[Any]) -> dict[str, Markup]:
    """Return how many applied to each recruitment of a list, by its id, and the way to all of them."""
    counts = queries.count_by_recruitment(actor(), [row.id for row in rows])
    parts = {
        str(ident): Markup(render_template("recruitment_applications/_count.html", counts=found))  # noqa: S704
        for ident, found in counts.items()
    }
    if may(actor(), May.SELECT):
        parts["actions"] = Markup(render_template("recruitment_applications/_all.html"))  # noqa: S704
    return parts


@fills("recruitment")
def detail_parts(recruitment: Recruitment) -> dict[str, Markup]:
    """Return who applied to a recruitment, and the way to end it."""
    wanted = ApplicationFilter(recruitment_id=recruitment.id)
    readable = may(actor(), May.SELECT)
    context = {
        "recruitment": recruitment,
        "rows": queries.list_applications(actor(), wanted, limit=200) if readable else [],
        "total": queries.count_by_recruitment(actor(), [recruitment.id]).get(recruitment.id),
        "readable": readable,
        "mine": acts_for(actor(), recruitment.department_id),
    }
    return {
        place: Markup(render_template(f"recruitment_applications/_{place}.html", **context))  # noqa: S704
        for place in ("applications", "actions")
    }


@bp.page("/applications/", permission=May.SELECT)
def index() -> ResponseReturnValue:
    """List the applications that the reader may handle: what waits longest first."""
    wanted = ApplicationFilter.of(request.args)
    total = queries.count_applications(actor(), wanted)
    pages = max(1, -(-total // PER_PAGE))
    here = min(wanted.page, pages)
    states: list[tuple[str, dict[str, Any], bool]] = [
        (_("すべて"), {"state": None, "waiting": False}, not (wanted.state or wanted.waiting)),
        (_("町の対応を待つもの"), {"state": None, "waiting": True}, wanted.waiting),
    ]
    states += [
        (state.label, {"state": state, "waiting": False}, wanted.state is state)
        for state in ApplicationState
    ]
    return show(
        "recruitment_applications/index.html",
        rows=queries.list_applications(actor(), wanted, offset=(here - 1) * PER_PAGE),
        wanted=wanted,
        total=total,
        here=here,
        pages=pages,
        recruitments=list_titles(actor()),
        states=[(label, _url(wanted, **to), current, None) for label, to, current in states],
        export=url_for(".export", kind="xlsx", **wanted.address()),
        url_of_page=lambda number: _url(wanted, page=number),
    )


def _url(wanted: ApplicationFilter, **changes: Any) -> str:
    return url_for(".index", **wanted.address(**changes))


@bp.page("/applications/export.<any(xlsx,csv):kind>", permission=May.SELECT)
def export(kind: str) -> ResponseReturnValue:
    """Return the list, as filtered, as a file."""
    names = ("name", "kana", "email", "affiliation", "skills", "hours_a_month")
    heads = [
        _("受付番号"),
        _("募集の名前"),
        *(str(LABELS[n]) for n in names),
        _("状態"),
        _("受付日時"),
    ]
    rows = [
        (
            rules.receipt_number(row.number, row.created_at),
            row.title,
            row.name,
            row.kana,
            row.email,
            row.affiliation,
            "、".join(map(skill_label, row.skills)),
            row.hours_a_month,
            row.state.label,
            row.created_at,
        )
        for row in queries.list_applications(
            actor(), ApplicationFilter.of(request.args), limit=20_000
        )
    ]
    return send_sheet(f"{tenant().slug}-applications", kind, heads, rows)


@bp.page("/applications/<uuid:application_id>", permission=May.SELECT)
def detail(application_id: uuid.UUID) -> ResponseReturnValue:
    """Show one application with everything that was said, and what can be done."""
    return _detail(_found(application_id))


def _found(application_id: uuid.UUID, *, lock: bool = False) -> Found:
    """Return an application that the actor may handle, held with its recruitment if it changes."""
    application = queries.get_application(actor(), application_id)
    recruitment = get_recruitment(actor(), application.recruitment_id, lock=lock)
    if lock:
        # In the order in which an ending takes them.
        application = queries.get_application(actor(), application_id, lock=True)
    rules.check_may_handle(actor(), recruitment.department_id, application.membership_id)
    return application, recruitment


def _detail(
    found: Found,
    values: Mapping[str, Any] | None = None,
    errors: Mapping[str, list[str]] | None = None,
    refusal: str = "",
) -> str:
    application, recruitment = found
    return show(
        "recruitment_applications/detail.html",
        application=application,
        recruitment=recruitment,
        skills=[skill_label(skill) for skill in application.skills],
        kept=files.list_files(actor(), application.id),
        messages=queries.list_messages(actor(), application.id),
        notes=queries.list_notes(actor(), application.id),
        members=[(member.id, member.name) for member in list_members(actor(), active=True)],
        history=list_history(actor(), [application.id]),
        mails=[(mail, _delivery(mail)) for mail in queries.list_mails(actor(), application.id)],
        in_talk=rules.in_talk(application),
        next_states=() if application.told_at else rules.NEXT_STATES[application.state],
        erased_on=rules.erased_on(application.ended_at, application.keep_days),
        values=values or {},
        errors=errors or {},
        refusal=refusal,
        form_id=(values or {}).get("form_id") or new_id(),
        labels=LABELS,
    )


def _delivery(mail: Any) -> str:
    sent_at = mail.sent_at.isoformat() if mail.sent_at else ""
    return delivery_in_words({"sent_at": sent_at, "error": mail.error})


def _change(
    application_id: uuid.UUID, step: Callable[[Found], None], done: str, anchor: str = ""
) -> ResponseReturnValue:
    """Take a step with an application; a refusal shows the page again with what was typed."""
    found = _found(application_id, lock=True)
    try:
        step(found)
    except InvalidInput as error:
        return _detail(found, shown_again(request.form, error.errors), error.errors), 422
    except RuleViolation as error:
        return _detail(found, request.form, refusal=error.message), 409
    flash(done)
    return go(".detail", application_id=application_id, _anchor=anchor or None)


@bp.page("/applications/<uuid:application_id>/message", permission=May.SELECT, methods=("POST",))
def write(application_id: uuid.UUID) -> ResponseReturnValue:
    """Write to the applicant; the same form sent twice writes once."""

    def step(found: Found) -> None:
        sent = load_form(MessageSchema, request.form)
        if not queries.was_sent(actor(), sent["form_id"]):
            operations.write_to_applicant(
                *found, sent["body"], message_id=sent["form_id"], actor=actor(), now=now()
            )

    return _change(application_id, step, _("メッセージを送りました。"), "talk")


@bp.page("/applications/<uuid:application_id>/note", permission=May.SELECT, methods=("POST",))
def note(application_id: uuid.UUID) -> ResponseReturnValue:
    """Write something down that only the town reads."""

    def step(found: Found) -> None:
        sent = load_form(NoteSchema, request.form)
        if not queries.was_sent(actor(), sent["form_id"]):
            operations.note_application(
                *found, sent["note"], message_id=sent["form_id"], actor=actor(), now=now()
            )

    return _change(application_id, step, _("メモを書きました。"), "notes")


@bp.page("/applications/<uuid:application_id>/assign", permission=May.SELECT, methods=("POST",))
def assign(application_id: uuid.UUID) -> ResponseReturnValue:
    """Entrust an application to a member."""
    found = _found(application_id, lock=True)
    member = load_form(AssignSchema, request.form)["membership_id"]
    operations.assign_application(*found, member, actor=actor(), now=now())
    flash(_("担当を決めました。"))
    if not rules.may_handle(actor(), found[1].department_id, member):
        # Somebody of another department gave it on, and may not read it any more.
        return go(".index")
    return go(".detail", application_id=application_id)


@bp.page("/applications/<uuid:application_id>/seen", permission=May.SELECT, methods=("POST",))
def see(application_id: uuid.UUID) -> ResponseReturnValue:
    """Say that what waits needs no answer now."""

    def step(found: Found) -> None:
        operations.see_application(*found, actor=actor(), now=now())

    return _change(application_id, step, _("確認済みにしました。"))


@bp.page("/applications/<uuid:application_id>/move", permission=May.SELECT, methods=("POST",))
def move(application_id: uuid.UUID) -> ResponseReturnValue:
    """Go a step further, or back, without telling the applicant."""

    def step(found: Found) -> None:
        to = load_form(MoveSchema, request.form)["to"]
        operations.move_application(*found, to, actor=actor(), now=now())

    return _change(application_id, step, _("状態を変えました。"))


@bp.page("/applications/<uuid:application_id>/select", permission=May.SELECT, methods=("POST",))
def select(application_id: uuid.UUID) -> ResponseReturnValue:
    """Choose an applicant: they are told, and invited into the register."""

    def step(found: Found) -> None:
        operations.select_application(*found, actor=actor(), now=now())

    return _change(application_id, step, _("お願いすることをお知らせし、招待を送りました。"))


@bp.page("/applications/<uuid:application_id>/link", permission=May.SELECT, methods=("POST",))
def resend_link(application_id: uuid.UUID) -> ResponseReturnValue:
    """Mail a new private link to the address that the application has."""

    def step(found: Found) -> None:
        operations.resend_link(*found, actor=actor(), now=now())

    return _change(application_id, step, _("専用リンクを送り直しました。"))


@bp.page("/applications/<uuid:application_id>/files/<uuid:file_id>", permission=May.SELECT)
def file(application_id: uuid.UUID, file_id: uuid.UUID) -> ResponseReturnValue:
    """Hand out a file of an application, always to be saved and never shown in the page."""
    application, _recruitment = _found(application_id)
    row = files.get_file(actor(), application.id, file_id)
    return send_file(
        files.open_file(row), row.media_type, as_attachment=True, download_name=row.name
    )


@bp.page("/<uuid:recruitment_id>/end", permission=May.SELECT, methods=("GET", "POST"))
def end(recruitment_id: uuid.UUID) -> ResponseReturnValue:
    """End a recruitment: write everybody's letter, read them once more, and send them."""
    recruitment = get_recruitment(actor(), recruitment_id, lock=request.method == "POST")
    check_department(actor(), recruitment.department_id)
    if recruitment.status is not RecruitmentStatus.PUBLISHED:
        return go("recruitments.detail", recruitment_id=recruitment_id)
    people = queries.list_applications_of(actor(), recruitment_id, lock=request.method == "POST")
    if request.method == "GET" or request.form.get("confirmed") == "no":
        return _end_page(recruitment, people, request.form, {})
    try:
        sent = load_ending(request.form, [one.id for one in queries.to_tell(people)])
        counts = rules.count_ending(people)
        rules.check_letters([one.id for one in queries.to_tell(people)], sent.letters)
        rules.check_all_answered(counts.undecided, sent.tell_undecided)
        if not sent.confirmed:
            return _preview(recruitment, people, sent)
        letters = operations.answer_applicants(
            recruitment,
            sent.letters,
            RecruitmentStatus(sent.end),
            tell_undecided=sent.tell_undecided,
            actor=actor(),
            now=now(),
        )
    except InvalidInput as error:
        return _end_page(recruitment, people, request.form, error.errors), 422
    except RuleViolation as error:
        return _end_page(recruitment, people, request.form, {"": [error.message]}), 409
    flash(_("募集を終え、%(n)s名にお返事を送りました。", n=letters))
    return go("recruitments.detail", recruitment_id=recruitment_id)


def _end_page(
    recruitment: Recruitment,
    people: Sequence[RecruitmentApplication],
    values: Mapping[str, Any],
    errors: Mapping[str, list[str]],
) -> str:
    waiting = queries.to_tell(people)
    usual = {field_of(one.id): mails.usual_letter(one, recruitment) for one in waiting}
    typed = {name: values.get(name, usual[name]) for name in usual}
    return show(
        "recruitment_applications/end.html",
        recruitment=recruitment,
        waiting=[(one, field_of(one.id)) for one in waiting],
        counts=rules.count_ending(people),
        ends=[(status.value, status.label) for status in ENDS],
        values={
            "end": values.get("end")
            or ENDS[not any(p.state is ApplicationState.SELECTED for p in people)],
            "tell_undecided": values.get("tell_undecided"),
            **typed,
        },
        errors=errors,
        labels=LABELS,
    )


def _preview(
    recruitment: Recruitment, people: Sequence[RecruitmentApplication], sent: Ending
) -> str:
    return show(
        "recruitment_applications/end_preview.html",
        recruitment=recruitment,
        letters=[(one, field_of(one.id), sent.letters[one.id]) for one in queries.to_tell(people)],
        counts=rules.count_ending(people),
        end=RecruitmentStatus(sent.end),
        tell_undecided=sent.tell_undecided,
    )
