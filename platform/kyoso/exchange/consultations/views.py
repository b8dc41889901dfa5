"""Where a town asks its networks and answers. The coordinators' pages are theirs: coordination."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from kyoso.core.access import Actor, NetworkActor
from kyoso.core.clock import now
from kyoso.core.db import new_id
from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.schema import load_form, shown_again
from kyoso.core.search import wanted
from kyoso.core.slots import fills
from kyoso.core.web import FeatureBlueprint, actor, go, show, tenant
from kyoso.exchange.consultations import operations, queries, rules
from kyoso.exchange.consultations.permissions import ConsultationPermission as May
from kyoso.exchange.consultations.queries import Asked
from kyoso.exchange.consultations.rules import State
from kyoso.exchange.consultations.schemas import (
    LABELS,
    NAMED,
    UNNAMED,
    AnswerSchema,
    AskingSchema,
    ClosingSchema,
    NewAnswerSchema,
    QuestionSchema,
)
from kyoso.exchange.finding import Kind, place
from kyoso.exchange.moderation.queries import list_own_hidings
from kyoso.exchange.moderation.rules import Finding, look_through, seal_of
from kyoso.exchange.networks import queries as networks
from kyoso.tenancy.queries import get_tenant

Errors = Mapping[str, list[str]]

_PREFIX = "/<town>/exchange/consultations"
bp = FeatureBlueprint("consultations", __name__, url_prefix=_PREFIX, template_folder="templates")
#: What an address may ask for, and the facet it is: `town` is the town whose page it is.
_FACETS = {"state": "state", "asked_by": "town", "tag": "tag", "network": "network"}


@bp.page("/", permission=May.READ)
def index() -> ResponseReturnValue:
    """List what the member towns ask: search, facets with counts, page after page."""
    joined = networks.list_networks_in_force(actor())
    if request.args.get("mine"):
        return show("consultations/mine.html", rows=queries.list_own(actor()), joined=joined)
    asked = wanted(request.args.get("q", ""))
    chosen = {name: request.args.get(name, "").strip() for name in _FACETS}
    facets = [f"{_FACETS[name]}:{value}" for name, value in chosen.items() if value]
    found = queries.find_consultations(asked, facets, place(request.args.get("after", "")))
    names = networks.town_names([network.id for network in joined])
    return show(
        "consultations/index.html",
        joined=joined,
        found=found,
        names=names,
        q=request.args.get("q", ""),
        cut=asked.cut,
        chosen=chosen,
        narrowed=bool(asked.words or facets),
        groups=_groups(found.facets, chosen, names, {str(n.id): n.name for n in joined}),
        next_url=_address(chosen, after=str(found.after)) if found.after else "",
        later=bool(request.args.get("after")),
        first_url=_address(chosen),
    )


def _address(chosen: Mapping[str, str], **changed: str) -> str:
    kept: dict[str, Any] = {"q": request.args.get("q", ""), **chosen, **changed}
    return url_for(".index", **{key: value for key, value in kept.items() if value})


def _groups(
    counts: Mapping[str, int],
    chosen: Mapping[str, str],
    towns: Mapping[uuid.UUID, str],
    joined: Mapping[str, str],
) -> list[tuple[str, list[tuple[str, str, bool, int]]]]:
    """Return the facets as links: (words, url, whether it is chosen, how many)."""
    words = (
        ("state", _("状況"), {state.value: state.label for state in State}),
        ("asked_by", _("相談した町"), {str(town): name for town, name in towns.items()}),
        ("network", _("ネットワーク"), joined if len(joined) > 1 else {}),
        ("tag", _("タグ"), None),
    )
    groups = []
    for name, title, known in words:
        links = []
        for facet, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
            kind, _colon, value = facet.partition(":")
            label = value if known is None else known.get(value)
            if kind == _FACETS[name] and label:
                here = chosen[name] == value
                url = _address(chosen, **{name: "" if here else value})
                links.append((label, url, here, count))
        if links:
            groups.append((title, links[:15]))
    return groups


@bp.page("/new", permission=May.ASK, methods=("GET", "POST"))
def new() -> ResponseReturnValue:
    """Ask a network; the same form sent twice asks once."""
    if request.method == "GET":
        return _asking({"form_id": new_id(), "named": NAMED}, {})
    try:
        sent = load_form(AskingSchema, request.form)
    except InvalidInput as error:
        return _asking(shown_again(request.form, error.errors), error.errors), 422
    if queries.find_sent(actor(), sent.form_id) is None:
        parts = {"title": sent.question.title, "body": sent.question.body}
        findings = _look_through(parts, named=sent.named)
        if findings and sent.looked_at != seal_of(findings):
            return _asking(request.form, {}, findings), 422
        operations.ask_network(
            sent.question,
            sent.network_id,
            named=sent.named,
            consultation_id=sent.form_id,
            actor=actor(),
            now=now(),
        )
        flash(_("相談を出しました。回答が届くと、メールでお知らせします。"))
    return go(".detail", consultation_id=sent.form_id)


@bp.page("/<uuid:consultation_id>", permission=May.READ)
def detail(consultation_id: uuid.UUID) -> ResponseReturnValue:
    """Show a question, its answers, and what our town may do about them."""
    return _detail(queries.get_consultation(actor(), consultation_id))


@bp.page("/<uuid:consultation_id>/edit", permission=May.ASK, methods=("GET", "POST"))
def edit(consultation_id: uuid.UUID) -> ResponseReturnValue:
    """Word a question differently while nobody has answered."""
    asked = queries.get_own(actor(), consultation_id)
    one = asked.consultation
    rules.check_editable(one.status, queries.count_answers_of_others(one.id))
    values: Mapping[str, Any] = {"title": one.title, "body": one.body, "tags": "、".join(one.tags)}
    errors: Errors = {}
    findings: list[Finding] = []
    if request.method == "POST":
        values = request.form
        try:
            question, looked_at = load_form(QuestionSchema, request.form)
        except InvalidInput as error:
            errors = error.errors
        else:
            parts = {"title": question.title, "body": question.body}
            findings = _look_through(parts, named=one.town_id is not None)
            if not findings or looked_at == seal_of(findings):
                operations.edit_question(asked, question, actor=actor(), now=now())
                flash(_("相談を書き直しました。"))
                return go(".detail", consultation_id=one.id)
    return _edit("edit", values, errors, findings, consultation=one)


@bp.page("/<uuid:consultation_id>/answers", permission=May.ANSWER, methods=("POST",))
def answer(consultation_id: uuid.UUID) -> ResponseReturnValue:
    """Answer, or add to our own question; the same form sent twice answers once."""
    asked = queries.get_consultation(actor(), consultation_id)
    try:
        sent = load_form(NewAnswerSchema, request.form)
        if not queries.answer_is_sent(sent["form_id"]):
            named = not asked.ours or asked.consultation.town_id is not None
            findings = _look_through({"answer": sent["body"]}, named=named)
            if findings and sent["looked_at"] != seal_of(findings):
                return _detail(asked, request.form, findings=findings), 422
            operations.answer_consultation(
                asked, sent["body"], answer_id=sent["form_id"], actor=actor(), now=now()
            )
            flash(_("補足を加えました。") if asked.ours else _("回答しました。"))
    except InvalidInput as error:
        return _detail(asked, shown_again(request.form, error.errors), error.errors), 422
    except RuleViolation as refusal:
        return _detail(asked, request.form, {"body": [refusal.message]}), 409
    return go(".detail", consultation_id=consultation_id, _anchor="answers")


@bp.page(
    "/<uuid:consultation_id>/answers/<uuid:answer_id>/edit",
    permission=May.ANSWER,
    methods=("GET", "POST"),
)
def edit_answer(consultation_id: uuid.UUID, answer_id: uuid.UUID) -> ResponseReturnValue:
    """Word an answer of our own differently, within a day."""
    asked = queries.get_consultation(actor(), consultation_id)
    found = queries.get_own_answer(actor(), asked, answer_id)
    rules.check_answer_editable(found.at, found.withdrawn_at, now())
    values: Mapping[str, Any] = {"body": found.body}
    errors: Errors = {}
    findings: list[Finding] = []
    if request.method == "POST":
        values = request.form
        try:
            sent = load_form(AnswerSchema, request.form)
        except InvalidInput as error:
            errors = error.errors
        else:
            findings = _look_through({"answer": sent["body"]}, named=found.town_id is not None)
            if not findings or sent["looked_at"] == seal_of(findings):
                operations.edit_answer(asked, found, sent["body"], actor=actor(), now=now())
                flash(_("回答を書き直しました。"))
                return go(".detail", consultation_id=consultation_id, _anchor="answers")
    said = {"consultation": asked.consultation, "answer": found}
    return _edit("edit_answer", values, errors, findings, **said)


@bp.page(
    "/<uuid:consultation_id>/answers/<uuid:answer_id>/withdraw",
    permission=May.ANSWER,
    methods=("POST",),
)
def withdraw_answer(consultation_id: uuid.UUID, answer_id: uuid.UUID) -> ResponseReturnValue:
    """Take an answer of our own back."""
    asked = queries.get_consultation(actor(), consultation_id)
    found = queries.get_own_answer(actor(), asked, answer_id)
    operations.withdraw_answer(asked, found, actor=actor(), now=now())
    flash(_("回答を取り下げ、本文を消しました。"))
    return go(".detail", consultation_id=consultation_id, _anchor="answers")


@bp.page(
    "/<uuid:consultation_id>/answers/<uuid:answer_id>/accept",
    permission=May.ASK,
    methods=("POST",),
)
def accept(consultation_id: uuid.UUID, answer_id: uuid.UUID) -> ResponseReturnValue:
    """Say which answer solved it."""
    asked = queries.get_own(actor(), consultation_id)
    found = queries.get_answer(asked.consultation, answer_id)
    findings = look_through({str(LABELS["answer"]): found.body})
    if findings and request.form.get("looked_at") != seal_of(findings):
        return _detail(asked, findings=findings, finds=str(answer_id)), 422
    operations.accept_answer(asked, found, actor=actor(), now=now())
    flash(_("解決した回答に選びました。ありがとうございました。"))
    return go(".detail", consultation_id=consultation_id)


@bp.page("/<uuid:consultation_id>/close", permission=May.ASK, methods=("POST",))
def close(consultation_id: uuid.UUID) -> ResponseReturnValue:
    """Take no more answers."""
    asked = queries.get_own(actor(), consultation_id)
    try:
        sent = load_form(ClosingSchema, request.form)
    except InvalidInput as error:
        return _detail(asked, request.form, error.errors), 422
    findings = _look_through({"note": sent["note"]}, named=bool(asked.consultation.town_id))
    if findings and sent["looked_at"] != seal_of(findings):
        return _detail(asked, request.form, findings=findings, finds="note"), 422
    operations.close_consultation(asked, sent["note"], actor=actor(), now=now())
    flash(_("相談を締め切りました。"))
    return go(".detail", consultation_id=consultation_id)


@bp.page("/<uuid:consultation_id>/reopen", permission=May.ASK, methods=("POST",))
def reopen(consultation_id: uuid.UUID) -> ResponseReturnValue:
    """Take answers again."""
    asked = queries.get_own(actor(), consultation_id)
    operations.reopen_consultation(asked, actor=actor(), now=now())
    flash(_("回答の募集を再開しました。"))
    return go(".detail", consultation_id=consultation_id)


@bp.page("/<uuid:consultation_id>/withdraw", permission=May.ASK, methods=("POST",))
def withdraw(consultation_id: uuid.UUID) -> ResponseReturnValue:
    """Let the other towns see it no more."""
    asked = queries.get_own(actor(), consultation_id)
    operations.withdraw_consultation(asked, actor=actor(), now=now())
    flash(_("相談を取り下げました。ほかの町からは、もう見えません。"))
    return go(".detail", consultation_id=consultation_id)


@bp.page("/<uuid:consultation_id>/follow", permission=May.FOLLOW, methods=("POST",))
def follow(consultation_id: uuid.UUID) -> ResponseReturnValue:
    """Hear of answers by mail, or no more."""
    asked = queries.get_consultation(actor(), consultation_id)
    kept = queries.find_follow(actor(), consultation_id, lock=True)
    if kept is not None and kept.ended_at is None and request.form.get("wanted") == "no":
        operations.unfollow_consultation(asked, kept, actor=actor(), now=now())
        flash(_("この相談の通知をやめました。"))
    elif request.form.get("wanted") == "yes":
        operations.follow_consultation(asked, actor=actor(), now=now())
        flash(_("この相談に回答があると、メールでお知らせします。"))
    return go(".detail", consultation_id=consultation_id)


@bp.page("/<uuid:consultation_id>/know-how", permission=May.ASK, methods=("POST",))
def draft_know_how(consultation_id: uuid.UUID) -> ResponseReturnValue:
    """Make a draft of know-how of the question and the answer that solved it."""
    asked = queries.get_own(actor(), consultation_id)
    accepted = asked.consultation.accepted_id
    rules.check_convertible(accepted is not None, asked.own.know_how_id is not None)
    found = queries.get_answer(asked.consultation, accepted or consultation_id)
    by = get_tenant(found.town_id).name if found.town_id else _("広域事務局")
    know_how_id = operations.draft_know_how(asked, found, by, actor=actor(), now=now())
    flash(_("ノウハウの下書きを作りました。読み直してから、公開してください。"))
    return go("know_how.own_detail", know_how_id=know_how_id)


def _edit(
    form: str, values: Mapping[str, Any], errors: Errors, findings: list[Finding], **said: Any
) -> ResponseReturnValue:
    page = show(
        f"consultations/{form}.html",
        values=values,
        errors=errors,
        labels=LABELS,
        findings=findings,
        seal=seal_of(findings),
        **said,
    )
    return (page, 422) if errors or findings else page


def _look_through(parts: Mapping[str, str], *, named: bool) -> list[Finding]:
    """Return what should be looked at; without the town's name, also where the text says it."""
    town = tenant()
    names = () if named else tuple(filter(None, (town.name, town.name[:-1], town.programme_name)))
    return look_through({str(LABELS[key]): words for key, words in parts.items()}, names=names)


def _asking(values: Mapping[str, Any], errors: Errors, findings: Any = ()) -> str:
    joined = networks.list_networks_in_force(actor())
    return show(
        "consultations/new.html",
        joined=joined,
        networks=[(network.id, network.name) for network in joined],
        others=len(networks.list_member_towns(actor())),
        names=[(NAMED, _("町の名前を出して相談する")), (UNNAMED, _("町の名前を出さずに相談する"))],
        values=values,
        errors=errors,
        labels=LABELS,
        findings=findings,
        seal=seal_of(findings),
    )


def _detail(
    asked: Asked,
    values: Mapping[str, Any] | None = None,
    errors: Errors | None = None,
    findings: Any = (),
    finds: str = "body",
) -> str:
    one, who = asked.consultation, actor()
    answers = queries.list_answers(one)
    kept = queries.find_follow(who, one.id)
    return show(
        "consultations/detail.html",
        asked=asked,
        consultation=one,
        network=networks.find_network(one.network_id),
        answers=answers,
        others=[found for found in answers if not found.by_asker and not found.withdrawn_at],
        accepted=next((found for found in answers if found.id == one.accepted_id), None),
        names=networks.town_names([one.network_id]),
        is_ours=lambda found: queries.is_ours(who, asked, found),
        editable=lambda found: now() <= rules.editable_until(found.at),
        following=kept is not None and kept.ended_at is None,
        hidings=list_own_hidings(Kind.CONSULTATION, [one.id]) if asked.ours else [],
        values=values or {"form_id": new_id()},
        errors=errors or {},
        labels=LABELS,
        findings=findings,
        finds=finds,
        seal=seal_of(findings),
    )


@fills("exchange.home")
def on_the_exchanges_home(_who: Actor) -> dict[str, Markup]:
    """Lead to the consultations from the exchange's first page."""
    page = render_template("consultations/_card.html")
    return {"cards": Markup(page)}  # noqa: S704 (a template made it)


@fills("coordination.members")
def unanswered(who: NetworkActor) -> dict[str, Markup]:
    """Tell coordinators on their first page what waits for an answer for a week."""
    found = [row for row in queries.list_for_coordinators(who) if row.consultation.escalated_at]
    rows = [row for row in found if row.unanswered]
    page = render_template("consultations/_unanswered.html", rows=rows) if rows else ""
    return {"top": Markup(page)} if page else {}  # noqa: S704 (a template made it)


@fills("coordination.health")
def figures(who: NetworkActor) -> dict[str, Markup]:
    """Say how many consultations a network has."""
    page = render_template("consultations/_figures.html", figures=queries.count_in_network(who))
    return {"figures": Markup(page)}  # noqa: S704 (a template made it)
