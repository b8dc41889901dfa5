"""Know-how as one town: search and read what others show, write and show one's own."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from flask import flash, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from kyoso.core import files
from kyoso.core.access import Actor, may
from kyoso.core.clock import now
from kyoso.core.db import new_id
from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.file_text import words_in
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import list_history
from kyoso.core.markdown import render
from kyoso.core.schema import load_form, shown_again
from kyoso.core.search import wanted
from kyoso.core.slots import fills, parts_of
from kyoso.core.web import FeatureBlueprint, actor, go, show
from kyoso.exchange.finding import Kind, place
from kyoso.exchange.know_how import operations, queries
from kyoso.exchange.know_how.permissions import KnowHowPermission as May
from kyoso.exchange.know_how.queries import KnowHow
from kyoso.exchange.know_how.rules import Field, Genre, Licence
from kyoso.exchange.know_how.schemas import (
    LABELS,
    KnowHowSchema,
    NewKnowHowSchema,
    PublicationSchema,
    SearchAddress,
)
from kyoso.exchange.moderation.queries import Item, describes, list_own_hidings
from kyoso.exchange.moderation.rules import seal_of
from kyoso.exchange.networks.queries import list_networks_in_force
from kyoso.municipal.strategy.queries import list_tactics

bp = FeatureBlueprint(
    "know_how", __name__, url_prefix="/<town>/exchange/know-how", template_folder="templates"
)

KINDS: dict[str, Any] = {"genre": Genre, "field": Field, "licence": Licence}


@bp.page("/", permission=May.READ)
def index() -> ResponseReturnValue:
    """Search what the member towns show, or also what is public; all of it in the address."""
    asked = SearchAddress.of(request.args)
    looked_for = wanted(asked.words)
    after = place(asked.after)
    found, hits = queries.search_know_how(looked_for, asked.facets, after, public=asked.public)
    base = url_for(".index")
    return show(
        "know_how/index.html",
        asked=asked,
        cut=looked_for.cut,
        hits=hits,
        total=found.total,
        facets=list(_facets(asked, found.facets, base)),
        base=base,
        next_url=f"{base}{asked.query(after=str(found.after))}" if found.after else "",
        first_url=f"{base}{asked.query()}" if asked.after else "",
    )


def _facets(
    asked: SearchAddress, counts: Mapping[str, int], base: str
) -> Iterable[tuple[str, list[tuple[str, str, bool, int | None]]]]:
    """Yield each facet's name with its links: words, address, chosen, count."""
    found: dict[str, dict[str, int]] = {}
    for facet, count in counts.items():
        key, _colon, value = facet.partition(":")
        found.setdefault(key, {})[value] = count
    slugs = list(found.get("town", {}))
    names = queries.town_names(slugs) if slugs else {}
    for key, label in (
        ("genre", _("種類")),
        ("field", _("分野")),
        ("town", _("自治体")),
        ("licence", _("使うときの条件")),
    ):
        chosen = getattr(asked, key)
        kind = KINDS.get(key)
        known = {one.value: one.label for one in kind} if kind else names
        links: list[tuple[str, str, bool, int | None]] = [
            (known[value], base + asked.query(**{key: value}), value == chosen, count)
            for value, count in sorted(found.get(key, {}).items(), key=lambda one: -one[1])
            if value in known
        ]
        if chosen:
            links.insert(0, (_("すべて"), base + asked.query(**{key: ""}), False, None))
        if links:
            yield label, links


@bp.page("/<uuid:item_id>", permission=May.READ)
def detail(item_id: uuid.UUID) -> ResponseReturnValue:
    """Show a published piece."""
    shown = queries.get_shown(item_id)
    own = queries.find_know_how(actor(), item_id)
    return show(
        "know_how/detail.html",
        shown=shown,
        listing=shown.listing,
        own=own,
        rendered=render(shown.listing.body),
        licence_url=queries.LICENCE_URLS.get(shown.listing.licence),
        form_id=new_id(),
        parts=parts_of("know_how.detail", shown),
    )


@bp.page("/<uuid:item_id>/files/<uuid:file_id>", permission=May.READ)
def published_file(item_id: uuid.UUID, file_id: uuid.UUID) -> ResponseReturnValue:
    """Send a file of a published piece."""
    file = queries.published_file(queries.get_shown(item_id).listing, file_id)
    return send_file(file.path, file.media_type, as_attachment=True, download_name=file.name)


@bp.page("/own/", permission=May.READ)
def own() -> ResponseReturnValue:
    """List the town's own."""
    return show("know_how/own.html", rows=queries.list_own(actor()), networks=_network_names())


@bp.page("/new", permission=May.WRITE, methods=("GET", "POST"))
def new() -> ResponseReturnValue:
    """Begin to write; the same form sent twice makes one."""
    if request.method == "GET":
        return _form({"form_id": new_id(), "licence": Licence.CC_BY}, {})
    try:
        sent = load_form(NewKnowHowSchema, request.form)
    except InvalidInput as error:
        return _form(shown_again(request.form, error.errors), error.errors), 422
    know_how = queries.find_know_how(actor(), sent.form_id)
    if know_how is None:
        know_how = operations.create_know_how(
            sent.draft, know_how_id=sent.form_id, actor=actor(), now=now()
        )
        flash(_("下書きを作りました。ファイルを添付して、掲載できます。"))
    return go(".own_detail", know_how_id=know_how.id)


@bp.page("/own/<uuid:know_how_id>", permission=May.READ)
def own_detail(know_how_id: uuid.UUID) -> ResponseReturnValue:
    """Show a piece of our own as it is now, its versions, and who uses it."""
    return _own_detail(queries.get_know_how(actor(), know_how_id))


@bp.page("/own/<uuid:know_how_id>/edit", permission=May.WRITE, methods=("GET", "POST"))
def edit(know_how_id: uuid.UUID) -> ResponseReturnValue:
    """Change what a piece says; nothing that somebody else saved meanwhile is overwritten."""
    know_how = queries.get_know_how(actor(), know_how_id, lock=request.method == "POST")
    if request.method == "GET":
        keys = (
            *("genre", "title", "summary", "body", "field", "tactic_id", "licence", "terms"),
            "saves",
        )
        values = {key: getattr(know_how, key) for key in keys}
        return _form(values | {"based_on": know_how.saves}, {}, know_how)
    try:
        draft, based_on = load_form(KnowHowSchema, request.form)
        operations.save_know_how(know_how, draft, based_on, actor=actor(), now=now())
    except InvalidInput as error:
        return _form(request.form, error.errors, know_how), 422
    except RuleViolation as refusal:
        return _form(request.form, {"": [refusal.message]}, know_how), 409
    flash(_("保存しました。ほかの町には、掲載し直すまで前の版が見えます。"))
    return go(".own_detail", know_how_id=know_how.id)


@bp.page("/own/<uuid:know_how_id>/files", permission=May.WRITE, methods=("POST",))
def attach(know_how_id: uuid.UUID) -> ResponseReturnValue:
    """Attach files, and read the words in them."""
    know_how = queries.get_know_how(actor(), know_how_id, lock=True)
    try:
        checked = files.check_files(request.files.getlist("files"))
        read = [(file, words_in(file)) for file in checked]
        operations.attach_files(know_how, read, actor=actor(), now=now())
    except InvalidInput as error:
        return _own_detail(know_how, errors=error.errors), 422
    flash(_("ファイルを%(n)s個添付しました。", n=len(read)))
    return go(".own_detail", know_how_id=know_how.id)


@bp.page("/own/<uuid:know_how_id>/files/<uuid:file_id>", permission=May.READ)
def own_file(know_how_id: uuid.UUID, file_id: uuid.UUID) -> ResponseReturnValue:
    """Send a file of our own."""
    file = files.get_file(actor(), queries.get_know_how(actor(), know_how_id).id, file_id)
    return send_file(file.path, file.media_type, as_attachment=True, download_name=file.name)


@bp.page(
    "/own/<uuid:know_how_id>/files/<uuid:file_id>/remove", permission=May.WRITE, methods=("POST",)
)
def detach(know_how_id: uuid.UUID, file_id: uuid.UUID) -> ResponseReturnValue:
    """Take a file off."""
    know_how = queries.get_know_how(actor(), know_how_id, lock=True)
    file = files.get_file(actor(), know_how.id, file_id)
    operations.detach_file(know_how, file, actor=actor(), now=now())
    flash(_("「%(name)s」を外しました。", name=file.name))
    return go(".own_detail", know_how_id=know_how.id)


@bp.page("/own/<uuid:know_how_id>/publish", permission=May.PUBLISH, methods=("GET", "POST"))
def publish(know_how_id: uuid.UUID) -> ResponseReturnValue:
    """Choose to whom it is shown, look at what is pointed out, and show it."""
    know_how = queries.get_know_how(actor(), know_how_id, lock=request.method == "POST")
    if request.method == "GET":
        before = know_how.audience
        first = know_how.version == 0
        values: Mapping[str, Any] = {
            "network_ids": list(_network_names()) if first else before.network_ids,
            "is_public": "yes" if before.is_public else "",
            "nameless": "yes" if before.nameless else "",
        }
        return _publication(know_how, values, {})
    try:
        sent = load_form(PublicationSchema, request.form)
        operations.publish_know_how(know_how, sent, actor=actor(), now=now())
    except InvalidInput as error:
        return _publication(know_how, request.form, error.errors), 422
    flash(_("「%(title)s」を掲載しました。", title=know_how.title))
    return go(".own_detail", know_how_id=know_how.id)


@bp.page("/own/<uuid:know_how_id>/withdraw", permission=May.PUBLISH, methods=("POST",))
def withdraw(know_how_id: uuid.UUID) -> ResponseReturnValue:
    """Show it to nobody any more."""
    know_how = queries.get_know_how(actor(), know_how_id, lock=True)
    try:
        operations.withdraw_know_how(know_how, actor=actor(), now=now())
    except RuleViolation as refusal:
        return _own_detail(know_how, refusal=refusal.message), 409
    flash(_("「%(title)s」を取り下げました。", title=know_how.title))
    return go(".own_detail", know_how_id=know_how.id)


def _network_names() -> dict[uuid.UUID, str]:
    return {network.id: network.name for network in list_networks_in_force(actor())}


def _form(
    values: Mapping[str, Any], errors: Mapping[str, list[str]], know_how: KnowHow | None = None
) -> str:
    return show(
        "know_how/form.html",
        know_how=know_how,
        values=values,
        errors=errors,
        labels=LABELS,
        choices={key: [(one.value, one.label) for one in kind] for key, kind in KINDS.items()},
        tactics=[(tactic.id, tactic.label) for tactic in list_tactics(actor())],
    )


def _own_detail(
    know_how: KnowHow, errors: Mapping[str, list[str]] | None = None, refusal: str = ""
) -> str:
    return show(
        "know_how/own_detail.html",
        know_how=know_how,
        rendered=render(know_how.body),
        files=files.list_files(actor(), know_how.id),
        accept=files.ACCEPT,
        versions=queries.list_versions(actor(), know_how.id),
        listing=queries.find_listing(know_how.id),
        network_names=_network_names(),
        hidings=list_own_hidings(Kind.KNOW_HOW, [know_how.id]),
        entries=list_history(actor(), [know_how.id]),
        parts=parts_of("know_how.own", know_how),
        errors=errors or {},
        labels=LABELS,
        refusal=refusal,
    )


def _publication(
    know_how: KnowHow, values: Mapping[str, Any], errors: Mapping[str, list[str]]
) -> str:
    nameless = bool(values.get("nameless"))
    findings = queries.list_findings(
        actor(), know_how, nameless=nameless, note=str(values.get("note") or "")
    )
    return show(
        "know_how/publish.html",
        know_how=know_how,
        networks=[(key, name, "") for key, name in _network_names().items()],
        findings=findings,
        seal=seal_of(findings),
        values=values,
        errors=errors,
        labels=LABELS,
    )


@describes(Kind.KNOW_HOW)
def describe(who: Actor, item_id: uuid.UUID) -> Item:
    """Say what a published piece is, for a report or a hiding."""
    shown = queries.get_shown(item_id)
    listing = shown.listing
    ours = queries.find_know_how(who, item_id) is not None
    return Item(
        Kind.KNOW_HOW,
        listing.id,
        listing.title,
        f"{listing.summary}\n\n{listing.body}",
        shown.shared_networks,
        ours,
        url_for("know_how.own_detail", know_how_id=item_id)
        if ours
        else url_for("know_how.detail", item_id=item_id),
    )


@fills("exchange.home")
def on_the_exchanges_home(who: Actor) -> dict[str, Markup]:
    """Lead to the know-how, and show what came last."""
    if not may(who, May.READ):
        return {}
    newest = queries.list_newest()
    return {
        place_: Markup(render_template(f"know_how/_{place_}.html", newest=newest))  # noqa: S704
        for place_ in ("cards", "news")
    }
