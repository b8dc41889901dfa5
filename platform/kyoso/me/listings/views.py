"""Where a person is listed, or asked to be: choosing, agreeing, taking down, and what suits them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from kyoso.core.clock import now, today
from kyoso.core.errors import InvalidInput, NotFound, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import locale
from kyoso.core.schema import load_form
from kyoso.core.web import SIGNED_IN, FeatureBlueprint, go, me, show
from kyoso.exchange.listed_needs.queries import list_for_person
from kyoso.exchange.matching import Asked, Offered, Sign, reasons
from kyoso.exchange.moderation.rules import look_through, seal_of
from kyoso.exchange.networks.queries import network_names
from kyoso.exchange.talent_pool import operations, queries
from kyoso.exchange.talent_pool.queries import Listing
from kyoso.exchange.talent_pool.rules import OPEN, ListingStatus, reason_label
from kyoso.identity.consents import rules as consents
from kyoso.identity.consents.operations import Agreed, withdraw_consent
from kyoso.identity.consents.queries import get_consent
from kyoso.identity.consents.rules import Purpose, Recipient, Terms
from kyoso.identity.hours_budget import hours_left
from kyoso.identity.profiles.queries import own_profile, profile_with_photo
from kyoso.identity.profiles.rules import facts, shown
from kyoso.me.listings.schemas import LABELS, Answer, AnswerSchema, PlaceSchema, Wish, WishSchema
from kyoso.municipal.needs.rules import days_words
from kyoso.tenancy.queries import get_tenant

bp = FeatureBlueprint(
    "me_listings", __name__, url_prefix="/me/listings", template_folder="templates"
)

#: What a town needs to see to ask for somebody; the person may choose otherwise.
USUAL = ("name", "affiliation", "skills", "fields", "can_do", "hours_offered", "mode")


@bp.page("/", permission=SIGNED_IN)
def index() -> ResponseReturnValue:
    """Show what towns ask, where the person is listed, and what is over."""
    listings = queries.list_own_listings(me())
    towns = {tenant_id: get_tenant(tenant_id).name for tenant_id in {x.tenant_id for x in listings}}
    return show(
        "me_listings/index.html",
        asked=[one for one in listings if one.status is ListingStatus.ASKED],
        published=[one for one in listings if one.status is ListingStatus.PUBLISHED],
        over=[one for one in listings if one.status not in OPEN],
        towns=towns,
        networks=network_names({one.network_id for one in listings}),
        today=today(),
        reason_label=reason_label,
    )


@bp.page("/needs", permission=SIGNED_IN)
def needs() -> ResponseReturnValue:
    """Show what the towns of one's networks look for, and how one would suit each."""
    profile, month = own_profile(me()), today().replace(day=1)
    stated = profile.hours_offered is not None
    offered = Offered(
        [*profile.skills, *profile.free_skills],
        "\n".join([profile.can_do, profile.bio, profile.wants, *profile.fields]),
        hours_left(me().person_id, month, month) if stated else None,
        profile.mode,
    )
    found = [
        (need, town, reasons(Asked(need.skills, need.hours_a_month, need.mode), offered))
        for need, town in list_for_person(me())
    ]
    # Those for which most speaks come first; what speaks for and against is said in words.
    found.sort(key=lambda one: -sum(_weight(reason.sign) for reason in one[2]))
    return show("me_listings/needs.html", found=found, days_words=days_words)


def _weight(sign: Sign) -> int:
    return {Sign.MET: 2, Sign.PARTLY: 1, Sign.MISSING: -1}.get(sign, 0)


@bp.page("/<uuid:listing_id>", permission=SIGNED_IN)
def detail(listing_id: uuid.UUID) -> ResponseReturnValue:
    """Say who would like to list the person where, and let them choose what is shown."""
    listings = _open(listing_id)
    current = next((one for one in listings if one.status is ListingStatus.PUBLISHED), None)
    values: dict[str, Any] = {
        "network_ids": [one.network_id for one in listings],
        "parts": current.parts if current else list(USUAL),
        "until": current.until if current else today() + dt.timedelta(days=365),
    }
    return _form(listings, values, {})


def _open(listing_id: uuid.UUID, *, lock: bool = False) -> Sequence[Listing]:
    listings = queries.list_own_listings(me(), listing_id, statuses=OPEN, lock=lock)
    if not listings:
        raise NotFound
    return listings


def _form(
    listings: Sequence[Listing],
    values: Mapping[str, Any],
    errors: Mapping[str, list[str]],
) -> str:
    names = network_names(one.network_id for one in listings)
    profile = own_profile(me())
    said = {part: words for part, _label, words in facts(shown(profile, consents.FIELDS))}
    return show(
        "me_listings/detail.html",
        listing=listings[0],
        listings=listings,
        town=get_tenant(listings[0].tenant_id),
        names=names,
        values=values,
        errors=errors,
        labels=LABELS,
        networks=[(one.network_id, names[one.network_id], one.status.label) for one in listings],
        parts=[(part, label, said.get(part, "")[:60]) for part, label in consents.FIELDS.items()],
        longest=consents.LONGEST_YEARS,
        asked=[one for one in listings if one.status is ListingStatus.ASKED],
    )


@bp.page("/<uuid:listing_id>/words", permission=SIGNED_IN)
def words(listing_id: uuid.UUID) -> ResponseReturnValue:
    """Show the words that the person is to read, and all that would be seen."""
    listings = _open(listing_id)
    asked = MultiDict(request.args)
    # The link to the other language adds it to the address.
    asked.poplist("lang")
    try:
        wish = load_form(WishSchema, asked)
        return _words(_chosen(listings, wish), wish)
    except InvalidInput as error:
        return _form(listings, request.args, error.errors), 422


def _chosen(listings: Sequence[Listing], wish: Wish) -> list[Listing]:
    chosen = [one for one in listings if one.network_id in wish.network_ids]
    if len(chosen) != len(wish.network_ids):
        said = _("「%(label)s」を選んでください。", label=LABELS["network_ids"])
        raise InvalidInput({"network_ids": [said]})
    return chosen


def _words(
    listings: Sequence[Listing],
    wish: Wish,
    errors: Mapping[str, list[str]] | None = None,
    refusal: str = "",
) -> str:
    wording = consents.wording_for(Purpose.LISTING, today())
    names = network_names(wish.network_ids)
    seen = shown(own_profile(me()), [part for part in wish.parts if part != "photo"])
    findings = _findings(wish)
    return show(
        "me_listings/words.html",
        listing=listings[0],
        town=get_tenant(listings[0].tenant_id),
        wish=wish,
        texts=[
            wording.as_shown(
                Terms(
                    Purpose.LISTING,
                    Recipient(names[network_id], network_id=network_id),
                    wish.parts,
                    wish.until,
                ),
                locale(),
            )
            for network_id in wish.network_ids
        ],
        facts=facts(seen),
        seen=seen,
        version=wording.version,
        language=locale(),
        findings=findings,
        seal=seal_of(findings),
        errors=errors or {},
        refusal=refusal,
    )


def _findings(wish: Wish) -> Sequence[Any]:
    seen = shown(own_profile(me()), [part for part in wish.parts if part != "photo"])
    return look_through({label: said for _part, label, said in facts(seen)})


@bp.page("/<uuid:listing_id>/agree", permission=SIGNED_IN, methods=("POST",))
def agree(listing_id: uuid.UUID) -> ResponseReturnValue:
    """Agree to the words that were shown; the person is listed from this moment on."""
    listings = _open(listing_id, lock=True)
    try:
        answer: Answer = load_form(AnswerSchema, request.form)
        chosen = _chosen(listings, answer)
    except InvalidInput as error:
        return _form(listings, request.form, error.errors), 422
    if answer.looked_at != seal_of(_findings(answer)):
        said = _("公開する前に確かめることがあります。下の確認に印をつけてください。")
        return _words(chosen, answer, {"looked_at": [said]}), 422
    try:
        operations.agree_to_listings(
            [one for one in chosen if not _stands(one, answer)] or chosen,
            network_names(answer.network_ids),
            (answer.parts, answer.until),
            Agreed(answer.version, answer.language),
            profile_with_photo(me()),
            actor=me(),
            now=now(),
        )
    except RuleViolation as refusal:
        return _words(chosen, answer, refusal=refusal.message), 409
    flash(_("同意を記録し、掲載しました。いつでも取り下げられます。"))
    return go(".index")


def _stands(listing: Listing, answer: Answer) -> bool:
    """Tell whether this was agreed to already: the form was sent twice."""
    return (
        listing.status is ListingStatus.PUBLISHED
        and listing.until == answer.until
        and tuple(listing.parts) == consents.known_fields(answer.parts)
    )


@bp.page("/<uuid:listing_id>/decline", permission=SIGNED_IN, methods=("POST",))
def decline(listing_id: uuid.UUID) -> ResponseReturnValue:
    """Say no to what a town asks."""
    listings = queries.list_own_listings(
        me(), listing_id, statuses=(ListingStatus.ASKED,), lock=True
    )
    if not listings:
        raise NotFound
    operations.decline_listings(listings, actor=me(), now=now())
    flash(_("辞退しました。町に知らせました。"))
    return go(".index")


@bp.page("/<uuid:listing_id>/take-down", permission=SIGNED_IN, methods=("POST",))
def take_down(listing_id: uuid.UUID) -> ResponseReturnValue:
    """Take a listing down, and the consent back on which it rests; both at once."""
    network_id = load_form(PlaceSchema, request.form)["network_id"]
    for listing in queries.list_own_listings(
        me(), listing_id, statuses=(ListingStatus.PUBLISHED,), lock=True
    ):
        if listing.network_id == network_id and listing.consent_id is not None:
            consent = get_consent(me(), listing.consent_id, lock=True)
            withdraw_consent(consent, actor=me(), now=now())
            flash(_("掲載を取り下げました。すべての自治体から見えなくなりました。"))
            return go(".index")
    raise NotFound
