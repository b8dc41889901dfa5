"""The staff's pages for check-ins. A person's own are in me/check_ins."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from kyoso.core.access import may
from kyoso.core.clock import now, today
from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import jp_date
from kyoso.core.schema import load_form, shown_again
from kyoso.core.sheets import send_sheet
from kyoso.core.slots import fills
from kyoso.core.web import FeatureBlueprint, actor, go, show
from kyoso.municipal.check_ins import operations, queries, rules
from kyoso.municipal.check_ins.permissions import CheckInPermission as May
from kyoso.municipal.check_ins.queries import (
    CheckIn,
    CheckInFilter,
    CheckInNote,
    CheckInTopic,
    Row,
)
from kyoso.municipal.check_ins.rules import Side, Standing
from kyoso.municipal.check_ins.schemas import (
    LABELS,
    NOTHING,
    AnswerSchema,
    DecisionSchema,
    DoneSchema,
    Forms,
    ListAddress,
    NoteSchema,
    OpenSchema,
    Order,
    TopicSchema,
    course_of,
    page_of,
    said_of_answer,
)
from kyoso.municipal.engagements.queries import Engagement, get_engagement
from kyoso.tenancy.queries import list_departments

PER_PAGE = 30

bp = FeatureBlueprint("check_ins", __name__, url_prefix="/<town>/desk", template_folder="templates")

_ONE = "/check-ins/<uuid:check_in_id>"
_COURSE = "/check-ins/engagements/<uuid:engagement_id>"


@bp.page("/check-ins/", permission=May.READ)
def index() -> ResponseReturnValue:
    """List the engagements under way: whose understanding drifts is on top."""
    asked = ListAddress.of(request.args)
    rows = queries.list_standings(actor(), today(), asked.wanted)
    found = _ordered(rows, asked)
    pages = max(1, -(-len(found) // PER_PAGE))
    here = min(asked.page, pages)
    base = url_for(".index")
    return show(
        "check_ins/index.html",
        rows=found[(here - 1) * PER_PAGE : here * PER_PAGE],
        total=len(found),
        asked=asked,
        standings=_standing_links(base, asked, rows),
        sorts=[(order, order.label) for order in Order],
        departments=[(unit.id, unit.name) for unit in list_departments(actor())],
        here=here,
        pages=pages,
        base=base,
        export=f"{base}export.{{}}{asked.query()}".format,
        url_of_page=lambda number: base + asked.query(page=number),
    )


def _ordered(rows: list[Row], asked: ListAddress) -> list[Row]:
    found = [row for row in rows if asked.standing in {None, *row.pace.standings}]
    if asked.sort is Order.DAYS:
        return sorted(found, key=lambda row: -row.pace.days)
    if asked.sort is Order.NAME:
        return sorted(found, key=lambda row: row.engagement.person_name)
    return found


def _standing_links(
    base: str, asked: ListAddress, rows: list[Row]
) -> Iterator[tuple[str, str, bool, int]]:
    yield _("すべて"), base + asked.query(standing=None), asked.standing is None, len(rows)
    for one in Standing:
        count = sum(one in row.pace.standings for row in rows)
        yield one.label, base + asked.query(standing=one), asked.standing is one, count


@bp.page("/check-ins/export.<any(xlsx,csv):ending>", permission=May.READ)
def export(ending: str) -> ResponseReturnValue:
    """Hand out the list as filtered and sorted, for a spreadsheet."""
    asked = ListAddress.of(request.args)
    heads = [
        *(_("氏名"), _("役割"), _("担当する課"), _("担当の職員"), _("いちばん大きなずれ")),
        *(_("最後に比べた日"), _("それからの日数"), _("状況"), _("間隔（日）")),
    ]
    rows = (
        [
            row.engagement.person_name,
            row.engagement.title or row.engagement.role,
            row.engagement.department_name,
            row.engagement.responsible_name,
            row.pace.gap,
            row.pace.last_on,
            row.pace.days,
            "、".join(one.label for one in row.pace.standings),
            row.engagement.check_in_days,
        ]
        for row in _ordered(queries.list_standings(actor(), today(), asked.wanted), asked)
    )
    return send_sheet(_("すり合わせ_%(day)s", day=today().isoformat()), ending, heads, rows)


@bp.page(_COURSE, permission=May.READ)
def course(engagement_id: uuid.UUID) -> ResponseReturnValue:
    """Show one engagement's check-ins over time, and what is to be seen to."""
    return _course(_engagement(engagement_id))


@bp.page(f"{_COURSE}/open", permission=May.OPEN, methods=("POST",))
def open_one(engagement_id: uuid.UUID) -> ResponseReturnValue:
    """Ask both sides now; the same form sent twice opens one."""
    engagement = _engagement(engagement_id, lock=True)
    try:
        form_id = load_form(OpenSchema, request.form)["form_id"]
        if queries.find_sent(actor(), CheckIn, form_id) is None:
            operations.open_check_in(engagement, check_in_id=form_id, actor=actor(), now=now())
            flash(_("すり合わせを始めました。双方にメールでお知らせします。"))
    except InvalidInput as error:
        return _course(
            engagement, refusal=" ".join(error.errors.get("form_id", [error.message]))
        ), 422
    except RuleViolation as refusal:
        return _course(engagement, refusal=refusal.message), 409
    return go(".sheet", check_in_id=form_id)


@bp.page("/check-ins/actions/<uuid:action_id>/close", permission=May.CLOSE, methods=("POST",))
def close(action_id: uuid.UUID) -> ResponseReturnValue:
    """Say what was done about something that was to be seen to."""
    action = queries.get_action(actor(), action_id)
    engagement = _engagement(action.engagement_id)
    try:
        data = load_form(DoneSchema, request.form)
        operations.close_action(action, engagement, data["done"], actor=actor(), now=now())
    except InvalidInput as error:
        key = str(action.id)
        return _course(engagement, {key: request.form}, {key: error.errors}), 422
    flash(_("対応事項を終えました。"))
    return go(".course", engagement_id=engagement.id)


@bp.page(_ONE, permission=May.READ)
def sheet(check_in_id: uuid.UUID) -> ResponseReturnValue:
    """Show one check-in: the questions, or both answers side by side."""
    return _sheet(*_check_in(check_in_id))


@bp.page(f"{_ONE}/answer", permission=May.ANSWER, methods=("POST",))
def answer(check_in_id: uuid.UUID) -> ResponseReturnValue:
    """Answer for the town."""
    check_in, engagement = _check_in(check_in_id, lock=True)
    try:
        given = load_form(AnswerSchema, request.form)
        revealed = operations.answer_for_town(check_in, engagement, given, actor=actor(), now=now())
    except InvalidInput as error:
        errors = {"answer": error.errors}
        return _sheet(check_in, engagement, {"answer": request.form}, errors), 422
    flash(said_of_answer(revealed))
    return go(".sheet", check_in_id=check_in.id)


@bp.page(f"{_ONE}/notes", permission=May.NOTE, methods=("POST",))
def note(check_in_id: uuid.UUID) -> ResponseReturnValue:
    """Write a note, for both or for the town."""
    check_in, engagement = _check_in(check_in_id)
    try:
        sent = load_form(NoteSchema, request.form)
    except InvalidInput as error:
        values = {"note": shown_again(request.form, error.errors)}
        return _sheet(check_in, engagement, values, {"note": error.errors}), 422
    if queries.find_sent(actor(), CheckInNote, sent.form_id) is None:
        operations.write_note(
            check_in, engagement, sent.note, note_id=sent.form_id, actor=actor(), now=now()
        )
        flash(_("メモを書きました。"))
    return go(".sheet", check_in_id=check_in.id, _anchor="notes")


@bp.page(f"{_ONE}/topics", permission=May.NOTE, methods=("POST",))
def topic(check_in_id: uuid.UUID) -> ResponseReturnValue:
    """Propose a topic."""
    check_in, engagement = _check_in(check_in_id)
    try:
        sent = load_form(TopicSchema, request.form)
    except InvalidInput as error:
        values = {"topic": shown_again(request.form, error.errors)}
        return _sheet(check_in, engagement, values, {"topic": error.errors}), 422
    if queries.find_sent(actor(), CheckInTopic, sent.form_id) is None:
        operations.propose_topic(
            check_in, engagement, sent.topic, topic_id=sent.form_id, actor=actor(), now=now()
        )
        flash(_("話題を出しました。"))
    return go(".sheet", check_in_id=check_in.id, _anchor="topics")


@bp.page(f"{_ONE}/topics/<uuid:topic_id>/decide", permission=May.NOTE, methods=("POST",))
def decide(check_in_id: uuid.UUID, topic_id: uuid.UUID) -> ResponseReturnValue:
    """Write down what was decided."""
    check_in, engagement = _check_in(check_in_id)
    found = queries.get_topic(actor(), check_in, topic_id)
    try:
        data = load_form(DecisionSchema, request.form)
    except InvalidInput as error:
        key = str(topic_id)
        return _sheet(check_in, engagement, {key: request.form}, {key: error.errors}), 422
    operations.decide_topic(found, engagement, data["decision"], actor=actor(), now=now())
    flash(_("決めたことを書きました。"))
    return go(".sheet", check_in_id=check_in.id, _anchor="topics")


def _engagement(engagement_id: uuid.UUID, *, lock: bool = False) -> Engagement:
    engagement = get_engagement(actor(), engagement_id, lock=lock)
    rules.check_may_see(actor(), engagement)
    return engagement


def _check_in(check_in_id: uuid.UUID, *, lock: bool = False) -> tuple[CheckIn, Engagement]:
    check_in = queries.get_check_in(actor(), check_in_id, lock=lock)
    return check_in, _engagement(check_in.engagement_id)


def _trail(*rest: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    return [
        (_("今日やること"), url_for("desk.today")),
        (_("すり合わせの状況"), url_for(".index")),
        *rest,
    ]


def _named(engagement: Engagement) -> dict[str, Any]:
    """Return what the two sides are called at the desk."""
    other = _("%(name)sさん", name=engagement.person_name)
    return {"other": other, "names": {Side.TOWN: _("町"), Side.PERSON: other}}


def _sheet(
    check_in: CheckIn, engagement: Engagement, values: Forms = NOTHING, errors: Forms = NOTHING
) -> str:
    up = (engagement.person_name, url_for(".course", engagement_id=engagement.id))
    return show(
        "check_ins/sheet.html",
        frame="desk.html",
        trail=_trail(up, (jp_date(check_in.opened_at), None)),
        **_named(engagement),
        can_answer=may(actor(), May.ANSWER) and rules.may_answer(actor(), engagement),
        can_note=may(actor(), May.NOTE),
        **page_of(actor(), check_in, engagement, values, errors),
    )


def _course(
    engagement: Engagement, values: Forms = NOTHING, errors: Forms = NOTHING, refusal: str = ""
) -> str:
    return show(
        "check_ins/course.html",
        frame="desk.html",
        trail=_trail((engagement.person_name, None)),
        **_named(engagement),
        actions=queries.list_actions(actor(), engagement),
        can_open=may(actor(), May.OPEN),
        can_close=may(actor(), May.CLOSE),
        refusal=refusal,
        values=values,
        errors=errors,
        labels=LABELS,
        **course_of(actor(), engagement),
    )


# Parts of the pages of features below


def _part(rows: list[Row]) -> dict[str, Markup]:
    words = render_template("check_ins/_part.html", rows=rows) if rows else ""
    return {"body": Markup(words)}  # noqa: S704 (a template of ours)


@fills("engagement")
def engagement_part(engagement: Engagement, **_loaded: Any) -> dict[str, Markup]:
    """Return what an engagement's page says of its check-ins."""
    if not may(actor(), May.READ) or not rules.may_see(actor(), engagement):
        return {}
    return _part([queries.get_standing(actor(), engagement, today())])


@fills("talent")
def talent_part(talent: Any, **_loaded: Any) -> dict[str, Markup]:
    """Return what a talent's page in the register says of their check-ins."""
    if not may(actor(), May.READ):
        return {}
    wanted = CheckInFilter(person_id=talent.person_id)
    return _part(queries.list_standings(actor(), today(), wanted))
