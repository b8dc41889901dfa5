"""The exchange as one town: its home, its networks, and how it comes and goes there."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from kyoso.core.access import Actor, may
from kyoso.core.clock import now, today
from kyoso.core.db import new_id
from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import jp_date
from kyoso.core.journal import list_history
from kyoso.core.markdown import render
from kyoso.core.schema import load_form, shown_again
from kyoso.core.slots import parts_of
from kyoso.core.web import FeatureBlueprint, actor, go, show, tenant
from kyoso.exchange.leaving import effects_of_leaving, seal_of
from kyoso.exchange.networks import operations, queries, rules
from kyoso.exchange.networks.permissions import NetworkPermission as May
from kyoso.exchange.networks.queries import Membership
from kyoso.exchange.networks.schemas import (
    LABELS,
    AcceptanceSchema,
    FoundingSchema,
    InvitationSchema,
    NetworkSchema,
    NoticeSchema,
    RulesSchema,
    SuspensionSchema,
)
from kyoso.municipal.agreements.queries import AgreementFilter, get_agreement, list_agreements
from kyoso.municipal.agreements.rules import AgreementKind, AgreementStatus
from kyoso.tenancy.queries import get_tenant, list_tenants

bp = FeatureBlueprint(
    "networks", __name__, url_prefix="/<town>/exchange", template_folder="templates"
)


@bp.page("/", permission=May.READ)
def home() -> ResponseReturnValue:
    """Show what the exchange has for this town: networks, news, and what others add."""
    memberships = queries.list_memberships(actor())
    joined = [one.network for one in memberships if one.in_force]
    return show(
        "networks/home.html",
        joined=joined,
        invitations=[
            one
            for one in memberships
            if one.member.status == "invited" and one.network.closed_on is None
        ],
        news=queries.list_news([network.id for network in joined]),
        names=queries.town_names([network.id for network in joined]),
        network_names={network.id: network.name for network in joined},
        parts=parts_of("exchange.home", actor()),
    )


@bp.page("/networks/", permission=May.READ)
def index() -> ResponseReturnValue:
    """List the networks that the town is, was or may become a member of."""
    return show("networks/index.html", memberships=queries.list_memberships(actor()))


@bp.page("/networks/new", permission=May.FOUND, methods=("GET", "POST"))
def new() -> ResponseReturnValue:
    """Make a network from an agreement; the same form sent twice makes one."""
    if request.method == "GET":
        asked = request.args.get("agreement_id", "")
        return _founding({"form_id": new_id(), "agreement_id": asked, "notice_months": 3}, {})
    try:
        sent = load_form(FoundingSchema, request.form)
        network = queries.find_network(sent.form_id)
        if network is None:
            network = operations.found_network(
                sent.draft,
                sent.slug,
                get_agreement(actor(), sent.agreement_id),
                network_id=sent.form_id,
                actor=actor(),
                now=now(),
            )
            flash(_("「%(name)s」を作りました。続けて、自治体を招待できます。", name=network.name))
    except InvalidInput as error:
        return _founding(shown_again(request.form, error.errors), error.errors), 422
    return go(".detail", network_id=network.id)


@bp.page("/networks/<uuid:network_id>", permission=May.READ)
def detail(network_id: uuid.UUID) -> ResponseReturnValue:
    """Show a network to its member; to one outside only what is public and what is its own."""
    return _detail(queries.get_membership(actor(), network_id))


@bp.page("/networks/<uuid:network_id>/edit", permission=May.WRITE, methods=("GET", "POST"))
def edit(network_id: uuid.UUID) -> ResponseReturnValue:
    """Change what is said of a network."""
    network = queries.get_joined(actor(), network_id)
    rules.check_not_closing(network.closed_on)
    values: Mapping[str, Any] = {
        key: getattr(network, key) for key in ("name", "purpose", "notice_months")
    }
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        values = request.form
        try:
            draft = load_form(NetworkSchema, request.form)
        except InvalidInput as error:
            errors = error.errors
        else:
            operations.update_network(network, draft, actor=actor(), now=now())
            flash(_("「%(name)s」を保存しました。", name=network.name))
            return go(".detail", network_id=network.id)
    page = show("networks/edit.html", network=network, values=values, errors=errors, labels=LABELS)
    return (page, 422) if errors else page


@bp.page("/networks/<uuid:network_id>/invite", permission=May.INVITE, methods=("GET", "POST"))
def invite(network_id: uuid.UUID) -> ResponseReturnValue:
    """Ask another town to join."""
    network = queries.get_joined(actor(), network_id)
    rules.check_not_closing(network.closed_on)
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        try:
            sent = load_form(InvitationSchema, request.form)
        except InvalidInput as error:
            errors = error.errors
        else:
            town = get_tenant(sent["tenant_id"])
            said = sent["message"], _("%(town)sの%(name)s", town=tenant().name, name=actor().name)
            operations.invite_town(network, town, *said, actor=actor(), now=now())
            flash(_("%(town)sを招待しました。", town=town.name))
            return go(".detail", network_id=network.id)
    page = show(
        "networks/invite.html",
        network=network,
        values=request.form,
        errors=errors,
        labels=LABELS,
        towns=queries.list_invitable(network.id, list_tenants()),
    )
    return (page, 422) if errors else page


@bp.page(
    "/networks/<uuid:network_id>/members/<uuid:member_id>/revoke",
    permission=May.INVITE,
    methods=("POST",),
)
def revoke(network_id: uuid.UUID, member_id: uuid.UUID) -> ResponseReturnValue:
    """Take an invitation back."""
    network = queries.get_joined(actor(), network_id)
    member = queries.get_invited(network.id, member_id)
    town = get_tenant(member.tenant_id)
    operations.revoke_invitation(network, member, town, actor=actor(), now=now())
    flash(_("%(town)sの招待を取り消しました。", town=town.name))
    return go(".detail", network_id=network.id)


@bp.page("/networks/<uuid:network_id>/accept", permission=May.ANSWER, methods=("POST",))
def accept(network_id: uuid.UUID) -> ResponseReturnValue:
    """Join the network."""
    membership = queries.get_membership(actor(), network_id, lock=True)
    try:
        wanted = load_form(AcceptanceSchema, request.form)["agreement_id"]
        agreement = get_agreement(actor(), wanted) if wanted else None
        operations.accept_invitation(membership, agreement, actor=actor(), now=now())
    except InvalidInput as error:
        return _detail(membership, errors=error.errors), 422
    flash(_("「%(name)s」に加わりました。", name=membership.network.name))
    return go(".detail", network_id=network_id)


@bp.page("/networks/<uuid:network_id>/decline", permission=May.ANSWER, methods=("POST",))
def decline(network_id: uuid.UUID) -> ResponseReturnValue:
    """Say no to an invitation."""
    membership = queries.get_membership(actor(), network_id, lock=True)
    operations.decline_invitation(membership, actor=actor(), now=now())
    flash(_("招待を辞退しました。"))
    return go(".detail", network_id=network_id)


@bp.page("/networks/<uuid:network_id>/leave", permission=May.LEAVE, methods=("GET", "POST"))
def leave(network_id: uuid.UUID) -> ResponseReturnValue:
    """Show what leaving would do, with counts, and give notice."""
    membership = queries.get_membership(actor(), network_id, lock=request.method == "POST")
    if request.method == "GET":
        rules.check_leaving(membership.member)
        first = membership.first_possible_day
        return _preview("leave", membership, {"leaving_on": first.isoformat()})
    try:
        notice = load_form(NoticeSchema, request.form)
        operations.announce_leaving(membership, notice, actor=actor(), now=now())
    except InvalidInput as error:
        return _preview("leave", membership, request.form, error.errors), 422
    except RuleViolation as refusal:
        return _preview("leave", membership, request.form, refusal=refusal.message), 409
    if rules.is_due(membership.member, today(), membership.network.closed_on):
        system = Actor.system(actor().tenant_id, "脱退の予告（自動）")
        operations.end_membership(membership, actor=system, now=now())
        flash(_("「%(name)s」を脱退しました。", name=membership.network.name))
    else:
        flash(_("%(day)sの脱退を予告しました。", day=jp_date(notice.leaving_on)))
    return go(".detail", network_id=network_id)


@bp.page("/networks/<uuid:network_id>/stay", permission=May.LEAVE, methods=("POST",))
def stay(network_id: uuid.UUID) -> ResponseReturnValue:
    """Take a notice back."""
    membership = queries.get_membership(actor(), network_id, lock=True)
    operations.withdraw_leaving(membership, actor=actor(), now=now())
    flash(_("脱退の予告を取り下げました。"))
    return go(".detail", network_id=network_id)


@bp.page("/networks/<uuid:network_id>/suspend", permission=May.LEAVE, methods=("GET", "POST"))
def suspend(network_id: uuid.UUID) -> ResponseReturnValue:
    """Show what suspending would do, with counts, and take no part for a time."""
    membership = queries.get_membership(actor(), network_id, lock=request.method == "POST")
    if request.method == "GET":
        rules.check_move(membership.member.status, rules.MemberStatus.SUSPENDED)
        return _preview("suspend", membership, {})
    try:
        sent = load_form(SuspensionSchema, request.form)
        operations.suspend_membership(membership, **sent, actor=actor(), now=now())
    except InvalidInput as error:
        return _preview("suspend", membership, request.form, error.errors), 422
    except RuleViolation as refusal:
        return _preview("suspend", membership, request.form, refusal=refusal.message), 409
    flash(_("「%(name)s」への参加を休止しました。", name=membership.network.name))
    return go(".detail", network_id=network_id)


@bp.page("/networks/<uuid:network_id>/resume", permission=May.LEAVE, methods=("POST",))
def resume(network_id: uuid.UUID) -> ResponseReturnValue:
    """Take part again."""
    membership = queries.get_membership(actor(), network_id, lock=True)
    operations.resume_membership(membership, actor=actor(), now=now())
    flash(_("「%(name)s」への参加を再開しました。", name=membership.network.name))
    return go(".detail", network_id=network_id)


@bp.page("/networks/<uuid:network_id>/rules", permission=May.READ)
def rules_page(network_id: uuid.UUID) -> ResponseReturnValue:
    """Show the rules of a network, and what each version changed."""
    network = queries.get_joined(actor(), network_id)
    versions = queries.list_rule_changes(network.id)
    return show(
        "networks/rules.html",
        network=network,
        versions=versions,
        rendered=render(versions[0][0].content) if versions else "",
    )


@bp.page("/networks/<uuid:network_id>/rules/edit", permission=May.WRITE, methods=("GET", "POST"))
def write_rules(network_id: uuid.UUID) -> ResponseReturnValue:
    """Put a new version of the rules in force."""
    network = queries.get_joined(actor(), network_id)
    current = queries.current_rules(network.id)
    values: Mapping[str, Any] = request.form
    errors: dict[str, list[str]] = {}
    refusal = ""
    if request.method == "POST":
        try:
            sent = load_form(RulesSchema, request.form)
            operations.write_rules(network, **sent, actor=actor(), now=now())
        except InvalidInput as error:
            errors = error.errors
        except RuleViolation as violation:
            refusal = violation.message
        else:
            flash(_("ネットワークの決まりを改めました。"))
            return go(".rules_page", network_id=network_id)
    else:
        version = current.version if current else 0
        values = {"content": current.content if current else "", "based_on": version}
    page = show(
        "networks/write_rules.html",
        network=network,
        current=current,
        values=values,
        errors=errors,
        labels=LABELS,
        refusal=refusal,
    )
    return (page, 422 if errors else 409) if errors or refusal else page


def _founding(values: Mapping[str, Any], errors: Mapping[str, list[str]]) -> str:
    return show(
        "networks/new.html",
        values=values,
        errors=errors,
        labels=LABELS,
        agreements=_own_agreements(),
    )


def _own_agreements() -> list[tuple[uuid.UUID, str]]:
    wanted = AgreementFilter(kind=AgreementKind.NETWORK, status=AgreementStatus.SIGNED)
    rows = list_agreements(actor(), wanted, today())
    return [(row.id, f"No.{row.number} {row.title}") for row in rows]


def _detail(membership: Membership, errors: Mapping[str, list[str]] | None = None) -> str:
    network, member = membership.network, membership.member
    inside = membership.in_force
    towns = queries.list_towns(network.id) if inside else []
    return show(
        "networks/detail.html",
        membership=membership,
        network=network,
        member=member,
        errors=errors or {},
        rendered=render(member.rules_text),
        revoke_url=_revoke_url(network.id) if may(actor(), May.INVITE) else None,
        towns=towns,
        names={town.tenant_id: town.name for town in towns},
        current=queries.current_rules(network.id) if inside else None,
        agreements=_own_agreements() if member.status == "invited" else [],
        entries=(
            queries.list_network_journal(network.id, limit=10)
            if inside
            else list_history(actor(), [member.id])
        ),
        parts=parts_of("networks.detail", network),
    )


def _revoke_url(network_id: uuid.UUID) -> Callable[[uuid.UUID], str]:
    return lambda member_id: url_for(".revoke", network_id=network_id, member_id=member_id)


def _preview(
    what: str,
    membership: Membership,
    values: Mapping[str, Any],
    errors: Mapping[str, list[str]] | None = None,
    refusal: str = "",
) -> str | Response:
    effects = effects_of_leaving(actor(), membership.network.id)
    return show(
        f"networks/{what}.html",
        membership=membership,
        network=membership.network,
        effects=effects,
        seal=seal_of(effects),
        values=values,
        errors=errors or {},
        labels=LABELS,
        refusal=refusal,
    )
