"""The talent pool as one town: looking for people, and offering one's own."""

from __future__ import annotations

import io
import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import flash, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from kyoso.core.access import Actor, may
from kyoso.core.clock import now, today
from kyoso.core.errors import InvalidInput, NotFound, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.schema import load_form
from kyoso.core.slots import fills, parts_of
from kyoso.core.web import FeatureBlueprint, actor, go, show, tenant
from kyoso.exchange import matching
from kyoso.exchange.finding import Kind
from kyoso.exchange.listed_needs.queries import mode_of_need
from kyoso.exchange.matching import Asked, Offered, Reason
from kyoso.exchange.moderation.queries import list_own_hidings
from kyoso.exchange.moderation.rules import look_through, seal_of
from kyoso.exchange.networks.queries import list_networks_in_force, network_names
from kyoso.exchange.talent_pool import operations, queries, rules
from kyoso.exchange.talent_pool.models import Listing
from kyoso.exchange.talent_pool.permissions import TalentPoolPermission as May
from kyoso.exchange.talent_pool.rules import HOURS, OPEN, TalentSearch, WorkMode
from kyoso.exchange.talent_pool.schemas import LABELS, OfferSchema, WithdrawalSchema
from kyoso.identity.hours_budget import hours_left
from kyoso.identity.profiles.rules import facts, shown, skill_label
from kyoso.municipal.needs.queries import get_need, list_titles
from kyoso.municipal.talent_programmes.rules import Programmes
from kyoso.municipal.talents.queries import get_talent, list_talents

bp = FeatureBlueprint(
    "talent_pool", __name__, url_prefix="/<town>/exchange/talent", template_folder="templates"
)


@bp.page("/", permission=May.READ)
def index() -> ResponseReturnValue:
    """Look for people of all member towns: words, facets with counts, hours left this month."""
    asked = _asked()
    page = queries.find_listings(asked)
    need, wish = _need(asked.need_id)
    return show(
        "talent_pool/index.html",
        asked=asked,
        rows=page.rows,
        found=page.found,
        groups=page.groups(asked),
        chips=[
            (rules.facet_label(facet, page.town_names), url_for(".index", **asked.without(facet)))
            for facet in asked.facets
        ],
        base=url_for(".index"),
        narrow=_narrow(asked),
        need=need,
        reasons={row.id: _reasons(wish, row) for row in page.rows} if need else {},
        hours=HOURS,
        most=rules.MOST_COMPARED,
        skill_label=skill_label,
        modes={mode.value: mode.label for mode in WorkMode},
        parts=parts_of("talent_pool.index", asked),
    )


def _narrow(asked: TalentSearch) -> str:
    """Return the address of the list, to which a facet is added: there are many on the page."""
    return f"{url_for('.index')}?{urlencode([*asked.pairs(), ('f', '')])}"


def _asked() -> TalentSearch:
    return TalentSearch.of(request.args.to_dict(flat=False))


def _need(need_id: uuid.UUID | None) -> tuple[Any, Asked]:
    """Return a need of ours, if the address names one, and what it asks for."""
    try:
        need = get_need(actor(), need_id) if need_id else None
    except NotFound:
        need = None
    if need is None:
        return None, Asked()
    mode = mode_of_need(actor(), need.id)
    return need, Asked(need.skills, need.hours_a_month, mode)


def _reasons(asked: Asked, row: Any) -> list[Reason]:
    """Say why somebody suits a need, by the line of what they show."""
    words = "\n".join([row.can_do, row.bio, row.wants, *row.fields])
    offered = Offered(
        [*row.skills, *row.free_skills],
        words,
        row.hours_left,
        WorkMode(row.mode) if row.mode else None,
    )
    return matching.reasons(asked, offered)


@bp.page("/<uuid:listing_id>", permission=May.READ)
def detail(listing_id: uuid.UUID) -> ResponseReturnValue:
    """Show one person: what they agreed to show, and nothing else."""
    rows = queries.list_listings_of(listing_id)
    if not rows:
        raise NotFound
    listing = rows[0]
    (line,) = queries.list_lines([listing_id])
    month = today().replace(day=1)
    need, wish = _need(_asked().need_id)
    names = network_names(row.network_id for row in rows)
    ours = listing.tenant_id == actor().tenant_id
    hours_shown = listing.hours_offered is not None
    return show(
        "talent_pool/detail.html",
        listing=listing,
        line=line,
        facts=facts(shown(listing, [part for part in listing.parts if part != "photo"])),
        has_photo=line.has_photo,
        left_always=hours_left(listing.person_id, month, None) if hours_shown else None,
        need=need,
        needs=list_titles(actor()),
        reasons=_reasons(wish, line) if need else [],
        network_names=names,
        networks=[names[row.network_id] for row in rows],
        ours=ours,
        hidings=list_own_hidings(Kind.TALENT, [listing_id]) if ours else [],
        parts=parts_of("listing", listing, rows=rows),
    )


@bp.page("/<uuid:listing_id>/photo", permission=May.READ)
def photo(listing_id: uuid.UUID) -> ResponseReturnValue:
    """Return the photo that a person agreed to show."""
    image = io.BytesIO(queries.get_photo(listing_id))
    return send_file(image, mimetype="image/webp", max_age=0)


@bp.page("/compare", permission=May.READ)
def compare() -> ResponseReturnValue:
    """Show up to four people side by side, and how each meets a need of ours."""
    asked = _asked()
    wanted = [_uuid(text) for text in dict.fromkeys(request.args.getlist("id"))]
    ids = [listing_id for listing_id in wanted if listing_id is not None]
    rows = queries.list_lines(ids[: rules.MOST_COMPARED])
    need, wish = _need(asked.need_id)
    return show(
        "talent_pool/compare.html",
        asked=asked,
        rows=rows,
        too_many=len(ids) > rules.MOST_COMPARED,
        most=rules.MOST_COMPARED,
        need=need,
        needs=list_titles(actor()),
        reasons={row.id: _reasons(wish, row) for row in rows} if need else {},
        skill_label=skill_label,
        modes={mode.value: mode.label for mode in WorkMode},
    )


def _uuid(typed: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(typed)
    except ValueError:
        return None


@bp.page("/offers/", permission=May.READ)
def offers() -> ResponseReturnValue:
    """Show whom the town offers, where, and how each stands."""
    listings = queries.list_listings(actor())
    names = {row.id: row.name for row in list_talents(actor())}
    return show(
        "talent_pool/offers.html",
        listings=listings,
        names=names,
        network_names=network_names({row.network_id for row in listings}),
        open_statuses=OPEN,
        reason_label=rules.reason_label,
    )


@bp.page("/offers/new", permission=May.OFFER, methods=("GET", "POST"))
def offer() -> ResponseReturnValue:
    """Ask somebody of the register whether they may be shown to our networks."""
    if request.method == "GET":
        joined = [str(network.id) for network in list_networks_in_force(actor())]
        values = {"talent_id": request.args.get("talent", ""), "network_ids": joined}
        return _form(values, {})
    try:
        sent = load_form(OfferSchema, request.form)
        networks = [n for n in list_networks_in_force(actor()) if n.id in sent.network_ids]
        if len(networks) != len(set(sent.network_ids)):
            raise NotFound
        found = look_through({str(LABELS["introduction"]): sent.draft.introduction})
        if sent.looked_at != seal_of(found):
            said = _("公開する前に確かめることがあります。下の確認に印をつけてください。")
            return _form(request.form, {"looked_at": [said]}, found), 422
        talent = get_talent(actor(), sent.talent_id, lock=True)
        operations.offer_talent(talent, networks, sent.draft, actor=actor(), now=now())
    except InvalidInput as error:
        return _form(request.form, error.errors), 422
    except RuleViolation as refusal:
        return _form(request.form, {"": [refusal.message]}), 409
    flash(
        _(
            "%(name)sさんに、掲載してよいかをたずねました。同意があると掲載されます。",
            name=talent.name,
        )
    )
    return go(".offers")


def _form(
    values: Mapping[str, Any], errors: Mapping[str, list[str]], findings: Sequence[Any] = ()
) -> str:
    programmes = Programmes.of(tenant().declaration).programmes.values()
    return show(
        "talent_pool/offer.html",
        values=values,
        errors=errors,
        labels=LABELS,
        talents=[(row.id, row.name) for row in list_talents(actor())],
        networks=[(network.id, network.name) for network in list_networks_in_force(actor())],
        programmes=[(one.name, one.name) for one in programmes],
        findings=findings,
        seal=seal_of(findings),
    )


@bp.page("/<uuid:listing_id>/withdraw", permission=May.OFFER, methods=("POST",))
def withdraw(listing_id: uuid.UUID) -> ResponseReturnValue:
    """Take a listing of ours down, or the question back."""
    try:
        network_id = load_form(WithdrawalSchema, request.form)["network_id"]
    except InvalidInput as error:
        raise NotFound from error
    listing = queries.listing_of(actor(), listing_id, network_id, lock=True)
    operations.withdraw_listing(listing, actor=actor(), now=now())
    flash(_("掲載を取り下げました。"))
    return go(".offers")


@fills("talent")
def listings_of_talent(talent: Any, **_loaded: Any) -> dict[str, Markup]:
    """Show on a talent's page of the register where the town offers them."""
    if talent.left_at is not None:
        return {}
    listings: Sequence[Listing] = queries.list_listings(actor(), talent_id=talent.id)
    if not (listings or may(actor(), May.OFFER)):
        return {}
    page = render_template(
        "talent_pool/_of_talent.html",
        talent=talent,
        listings=listings,
        network_names=network_names({row.network_id for row in listings}),
    )
    return {"aside": Markup(page)}  # noqa: S704 (a template made it)


@fills("exchange.home")
def on_the_exchanges_home(_who: Actor) -> dict[str, Markup]:
    """Lead from the exchange's home to people whom the towns offer."""
    page = render_template("talent_pool/_card.html")
    return {"people": Markup(page)}  # noqa: S704 (a template made it)
