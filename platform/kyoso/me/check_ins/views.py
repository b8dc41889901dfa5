"""A person's own pages for check-ins. In no town's scope: the policies let in what is theirs."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue

from kyoso.core.clock import now, today
from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import jp_date
from kyoso.core.schema import load_form, shown_again
from kyoso.core.web import SIGNED_IN, FeatureBlueprint, go, me, show
from kyoso.municipal.check_ins import operations, queries
from kyoso.municipal.check_ins.queries import CheckIn, CheckInNote, CheckInTopic
from kyoso.municipal.check_ins.rules import Side
from kyoso.municipal.check_ins.schemas import (
    NOTHING,
    AnswerSchema,
    DecisionSchema,
    Forms,
    NoteSchema,
    OpenSchema,
    TopicSchema,
    course_of,
    page_of,
    said_of_answer,
)
from kyoso.municipal.engagements.queries import Engagement, get_own_engagement
from kyoso.tenancy.queries import get_tenant

bp = FeatureBlueprint(
    "me_check_ins", __name__, url_prefix="/me/check-ins", template_folder="templates"
)

_ONE = "/<uuid:check_in_id>"
_COURSE = "/engagements/<uuid:engagement_id>"


@bp.page("/", permission=SIGNED_IN)
def index() -> ResponseReturnValue:
    """List the person's engagements in all towns: what waits for them first."""
    rows = queries.list_own_standings(me(), today())
    waiting = [r for r in rows if r.pace.running and r.now_open and not r.pace.person_answered]
    return show("me_check_ins/index.html", rows=rows, waiting=waiting)


@bp.page(_COURSE, permission=SIGNED_IN)
def course(engagement_id: uuid.UUID) -> ResponseReturnValue:
    """Show one engagement's check-ins over time."""
    return _course(get_own_engagement(me(), engagement_id))


@bp.page(f"{_COURSE}/open", permission=SIGNED_IN, methods=("POST",))
def open_one(engagement_id: uuid.UUID) -> ResponseReturnValue:
    """Ask both sides now; the same form sent twice opens one."""
    engagement = get_own_engagement(me(), engagement_id, lock=True)
    try:
        form_id = load_form(OpenSchema, request.form)["form_id"]
        if queries.find_sent(me(), CheckIn, form_id) is None:
            operations.open_own_check_in(engagement, check_in_id=form_id, actor=me(), now=now())
            flash(_("すり合わせを始めました。双方にメールでお知らせします。"))
    except InvalidInput as error:
        return _course(engagement, " ".join(error.errors.get("form_id", [error.message]))), 422
    except RuleViolation as refusal:
        return _course(engagement, refusal.message), 409
    return go(".sheet", check_in_id=form_id)


@bp.page(_ONE, permission=SIGNED_IN)
def sheet(check_in_id: uuid.UUID) -> ResponseReturnValue:
    """Show one check-in: the questions, or both answers side by side."""
    return _sheet(queries.get_check_in(me(), check_in_id))


@bp.page(f"{_ONE}/answer", permission=SIGNED_IN, methods=("POST",))
def answer(check_in_id: uuid.UUID) -> ResponseReturnValue:
    """Answer for oneself."""
    check_in = queries.get_check_in(me(), check_in_id, lock=True)
    try:
        given = load_form(AnswerSchema, request.form)
        revealed = operations.answer_as_person(check_in, given, actor=me(), now=now())
    except InvalidInput as error:
        return _sheet(check_in, {"answer": request.form}, {"answer": error.errors}), 422
    flash(said_of_answer(revealed))
    return go(".sheet", check_in_id=check_in.id)


@bp.page(f"{_ONE}/notes", permission=SIGNED_IN, methods=("POST",))
def note(check_in_id: uuid.UUID) -> ResponseReturnValue:
    """Write a note, for both or for oneself."""
    check_in = queries.get_check_in(me(), check_in_id)
    try:
        sent = load_form(NoteSchema, request.form)
    except InvalidInput as error:
        values = {"note": shown_again(request.form, error.errors)}
        return _sheet(check_in, values, {"note": error.errors}), 422
    if queries.find_sent(me(), CheckInNote, sent.form_id) is None:
        operations.write_own_note(check_in, sent.note, note_id=sent.form_id, actor=me(), now=now())
        flash(_("メモを書きました。"))
    return go(".sheet", check_in_id=check_in.id, _anchor="notes")


@bp.page(f"{_ONE}/topics", permission=SIGNED_IN, methods=("POST",))
def topic(check_in_id: uuid.UUID) -> ResponseReturnValue:
    """Propose a topic."""
    check_in = queries.get_check_in(me(), check_in_id)
    try:
        sent = load_form(TopicSchema, request.form)
    except InvalidInput as error:
        values = {"topic": shown_again(request.form, error.errors)}
        return _sheet(check_in, values, {"topic": error.errors}), 422
    if queries.find_sent(me(), CheckInTopic, sent.form_id) is None:
        operations.propose_own_topic(
            check_in, sent.topic, topic_id=sent.form_id, actor=me(), now=now()
        )
        flash(_("話題を出しました。"))
    return go(".sheet", check_in_id=check_in.id, _anchor="topics")


@bp.page(f"{_ONE}/topics/<uuid:topic_id>/decide", permission=SIGNED_IN, methods=("POST",))
def decide(check_in_id: uuid.UUID, topic_id: uuid.UUID) -> ResponseReturnValue:
    """Write down what was decided."""
    check_in = queries.get_check_in(me(), check_in_id)
    found = queries.get_topic(me(), check_in, topic_id)
    try:
        data = load_form(DecisionSchema, request.form)
    except InvalidInput as error:
        key = str(topic_id)
        return _sheet(check_in, {key: request.form}, {key: error.errors}), 422
    operations.decide_own_topic(found, data["decision"], actor=me(), now=now())
    flash(_("決めたことを書きました。"))
    return go(".sheet", check_in_id=check_in.id, _anchor="topics")


def _sheet(check_in: CheckIn, values: Forms = NOTHING, errors: Forms = NOTHING) -> str:
    engagement = get_own_engagement(me(), check_in.engagement_id)
    named = _named(engagement)
    up = (named["other"], url_for(".course", engagement_id=engagement.id))
    return show(
        "check_ins/sheet.html",
        frame="me.html",
        trail=_trail(up, (jp_date(check_in.opened_at), None)),
        can_answer=True,
        can_note=True,
        **named,
        **page_of(me(), check_in, engagement, values, errors),
    )


def _course(engagement: Engagement, refusal: str = "") -> str:
    named = _named(engagement)
    return show(
        "check_ins/course.html",
        frame="me.html",
        trail=_trail((named["other"], None)),
        actions=[],
        can_open=True,
        refusal=refusal,
        errors={},
        **named,
        **course_of(me(), engagement),
    )


def _named(engagement: Engagement) -> dict[str, Any]:
    """Return what the two sides are called to the person."""
    town = get_tenant(engagement.tenant_id).name
    return {"other": town, "names": {Side.TOWN: town, Side.PERSON: _("あなた")}}


def _trail(*rest: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    return [(_("わたしのページ"), "/me/"), (_("町とのすり合わせ"), url_for(".index")), *rest]
