"""Where coordinators choose what the monthly letter says, and a town says where it goes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue

from kyoso.core.clock import now, today
from kyoso.core.db import new_id
from kyoso.core.errors import InvalidInput, NotFound, RuleViolation
from kyoso.core.i18n import LOCALES, locale
from kyoso.core.i18n import gettext as _
from kyoso.core.metrics import METRICS
from kyoso.core.schema import load_form, shown_again
from kyoso.core.web import FeatureBlueprint, actor, coordinator, go, show
from kyoso.exchange.networks.queries import get_joined, get_membership, get_network
from kyoso.joint_metrics.letters import operations, queries
from kyoso.joint_metrics.letters.operations import Office
from kyoso.joint_metrics.letters.permissions import LetterPermission as May
from kyoso.joint_metrics.letters.rules import LATEST_DAY, MOST_METRICS, USUAL, month_of
from kyoso.joint_metrics.letters.schemas import LABELS, AddressSchema, LettersSchema

#: As a coordinator.
bp = FeatureBlueprint(
    "letters", __name__, url_prefix="/networks/<network>/letters", template_folder="templates"
)
#: As a member town.
town_bp = FeatureBlueprint(
    "town_letters",
    __name__,
    url_prefix="/<town>/exchange/metrics/networks/<uuid:network_id>/letters",
    template_folder="templates",
)


@bp.page("/", permission=May.CHOOSE)
def settings() -> ResponseReturnValue:
    """Show what the monthly letter says, to be changed."""
    setting = queries.find_setting(coordinator().network_id)
    values: Mapping[str, Any] = {"metric_ids": [key for key in USUAL if key in METRICS]}
    if setting is not None:
        values = {"is_on": setting.is_on, "metric_ids": setting.metric_ids}
    return _settings(values, {})


@bp.page("/", permission=May.CHOOSE, methods=("POST",))
def choose() -> ResponseReturnValue:
    """Choose what it says, or that there is none."""
    try:
        sent = load_form(LettersSchema, request.form)
        operations.choose_letters(sent["is_on"], sent["metric_ids"], actor=coordinator(), now=now())
    except InvalidInput as error:
        return _settings(request.form, error.errors), 422
    flash(_("保存しました。"))
    return go(".settings")


def _settings(values: Mapping[str, Any], errors: Mapping[str, list[str]]) -> str:
    month = month_of(today())
    return show(
        "letters/settings.html",
        network=get_network(coordinator()),
        known=[(metric.id, str(metric.label)) for metric in METRICS.values()],
        values=values,
        errors=errors,
        labels=LABELS,
        most=MOST_METRICS,
        latest_day=LATEST_DAY,
        month=month,
        written=queries.count_written(coordinator(), month),
    )


@town_bp.page("/", permission=May.REGISTER)
def addresses(network_id: uuid.UUID) -> ResponseReturnValue:
    """Show where the letter goes in this town."""
    return _addresses(network_id, {"form_id": new_id(), "language": locale()}, {})


@town_bp.page("/", permission=May.REGISTER, methods=("POST",))
def register(network_id: uuid.UUID) -> ResponseReturnValue:
    """Let the letter go to an office of the town; the same form sent twice registers one."""
    network = get_joined(actor(), network_id)
    try:
        sent = load_form(AddressSchema, request.form)
        form_id = sent.pop("form_id")
        if queries.find_registered(actor(), form_id) is None:
            operations.register_address(
                Office(**sent), network, letter_address_id=form_id, actor=actor(), now=now()
            )
            flash(_("登録しました。次のたよりから届きます。"))
    except InvalidInput as error:
        values = shown_again(request.form, error.errors)
        return _addresses(network_id, values, error.errors), 422
    except RuleViolation as refusal:
        return _addresses(network_id, request.form, {}, refusal.message), 409
    return go(".addresses", network_id=network_id)


@town_bp.page("/<uuid:letter_address_id>/remove", permission=May.REGISTER, methods=("POST",))
def remove(network_id: uuid.UUID, letter_address_id: uuid.UUID) -> ResponseReturnValue:
    """Let the letter go there no more."""
    membership = get_membership(actor(), network_id)
    address = queries.get_address(actor(), network_id, letter_address_id)
    operations.remove_address(address, actor=actor(), now=now())
    flash(_("送り先から外しました。メールアドレスは消しました。"))
    if not membership.in_force and not queries.list_addresses(actor(), network_id):
        return go("networks.home")
    return go(".addresses", network_id=network_id)


def _addresses(
    network_id: uuid.UUID,
    values: Mapping[str, Any],
    errors: Mapping[str, list[str]],
    refusal: str = "",
) -> str:
    # Whoever left registers nothing more, but takes away what is there.
    membership = get_membership(actor(), network_id)
    network, listed = membership.network, queries.list_addresses(actor(), network_id)
    if not membership.in_force and not listed:
        raise NotFound
    setting = queries.find_setting(network.id)
    return show(
        "letters/addresses.html",
        network=network,
        is_on=setting is not None and setting.is_on,
        in_force=membership.in_force,
        addresses=listed,
        values=values,
        errors=errors,
        labels=LABELS,
        refusal=refusal,
        languages=list(LOCALES.items()),
        latest_day=LATEST_DAY,
    )
