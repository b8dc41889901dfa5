"""A person's consents: the register, agreeing in two steps, and taking back."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from kyoso.core.clock import now, today
from kyoso.core.db import new_id
from kyoso.core.errors import InvalidInput
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import locale
from kyoso.core.schema import load_form
from kyoso.core.web import SIGNED_IN, FeatureBlueprint, go, me, show
from kyoso.identity.consents import operations, queries, rules
from kyoso.identity.consents.operations import Agreed
from kyoso.identity.consents.rules import ConsentState, Purpose, Recipient, Terms
from kyoso.identity.consents.schemas import LABELS, Answer, AnswerSchema, Wish, WishSchema
from kyoso.tenancy.models import TenantStatus
from kyoso.tenancy.queries import list_tenants

bp = FeatureBlueprint("consents", __name__, url_prefix="/me/consents", template_folder="templates")


@bp.page("/", permission=SIGNED_IN)
def index() -> ResponseReturnValue:
    """Show what the person agreed to: what runs, and what is over."""
    consents = queries.list_consents(me())
    running = [one for one in consents if one.state is ConsentState.RUNNING]
    return show(
        "consents/index.html",
        running=running,
        over=[one for one in consents if one not in running],
        soon=today() + rules.ENDS_SOON,
    )


@bp.page("/new", permission=SIGNED_IN)
def new() -> ResponseReturnValue:
    """Ask what the person wants to agree to; a consent that ends can be begun anew."""
    earlier = request.args.get("again", "")
    try:
        known = queries.get_consent(me(), uuid.UUID(earlier)) if earlier else None
    except ValueError:
        known = None
    values: dict[str, Any] = {"until": today() + dt.timedelta(days=365), "parts": ["name"]}
    if known is not None:
        values |= {
            "purpose": known.purpose.value,
            "recipient": known.town_id,
            "parts": known.fields,
        }
    return _form(values, {})


def _form(values: Any, errors: dict[str, list[str]]) -> str:
    return show(
        "consents/new.html",
        values=values,
        errors=errors,
        labels=LABELS,
        # To networks only where there are some to choose from: not yet.
        purposes=[(p.value, p.label, p.hint) for p in Purpose if not p.is_for_networks],
        recipients=[(town.id, town.name) for town in _towns()],
        parts=list(rules.FIELDS.items()),
        longest=rules.LONGEST_YEARS,
    )


def _towns() -> list[Any]:
    return [town for town in list_tenants() if town.status is TenantStatus.ACTIVE]


@bp.page("/new/words", permission=SIGNED_IN)
def words() -> ResponseReturnValue:
    """Show the words that the person is to read, filled in, with the button below them."""
    asked = MultiDict(request.args)
    # The link to the other language adds it to the address.
    asked.poplist("lang")
    try:
        terms = _terms(load_form(WishSchema, asked))
    except InvalidInput as error:
        return _form(request.args, error.errors), 422
    return _words(terms, new_id())


def _words(terms: Terms, form_id: uuid.UUID) -> str:
    wording = rules.wording_for(terms.purpose, today())
    return show(
        "consents/words.html",
        terms=terms,
        parts=rules.known_fields(terms.fields),
        wording=wording.as_shown(terms, locale()),
        version=wording.version,
        language=locale(),
        form_id=form_id,
    )


def _terms(wish: Wish) -> Terms:
    if wish.purpose.is_for_networks:
        raise InvalidInput({"purpose": [_("この目的の同意は、まだ受け付けていません。")]})
    for town in _towns():
        if town.id == wish.recipient:
            to = Recipient(town.name, town_id=town.id)
            return Terms(wish.purpose, to, tuple(wish.parts), wish.until)
    raise InvalidInput(
        {"recipient": [_("「%(label)s」を選んでください。", label=LABELS["recipient"])]}
    )


@bp.page("/", permission=SIGNED_IN, methods=("POST",))
def give() -> ResponseReturnValue:
    """Agree to the words that were shown; the same form sent twice makes one consent."""
    try:
        answer: Answer = load_form(AnswerSchema, request.form)
        terms = _terms(answer)
    except InvalidInput as error:
        return _form(request.form, error.errors), 422
    if queries.find_sent(me(), answer.form_id) is None:
        operations.give_consent(
            terms,
            Agreed(answer.version, answer.language),
            consent_id=answer.form_id,
            person_id=me().person_id,
            actor=me(),
            now=now(),
        )
        flash(_("同意を記録しました。いつでも取り消せます。"))
    return go(".index")


@bp.page("/<uuid:consent_id>/withdraw", permission=SIGNED_IN, methods=("POST",))
def withdraw(consent_id: uuid.UUID) -> ResponseReturnValue:
    """Take a consent back, at once."""
    consent = queries.get_consent(me(), consent_id, lock=True)
    operations.withdraw_consent(consent, actor=me(), now=now())
    flash(_("同意を取り消しました。"))
    return go(".index")
