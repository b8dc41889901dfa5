"""Where a member town names coordinators, and the coordinators' own pages."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from kyoso.core.access import PersonActor
from kyoso.core.clock import now
from kyoso.core.db import new_id
from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.markdown import render
from kyoso.core.schema import load_form, shown_again
from kyoso.core.slots import fills, parts_of
from kyoso.core.web import FeatureBlueprint, actor, coordinator, go, show
from kyoso.exchange.consultations import operations as consulting
from kyoso.exchange.consultations import queries as consultations
from kyoso.exchange.coordination import operations, queries
from kyoso.exchange.coordination.operations import Nominee
from kyoso.exchange.coordination.permissions import CoordinationPermission as May
from kyoso.exchange.coordination.schemas import (
    LABELS,
    AnswerSchema,
    InvitationSchema,
    NominationSchema,
    RulesSchema,
)
from kyoso.exchange.moderation.rules import Finding, look_through, seal_of
from kyoso.exchange.networks import operations as networks
from kyoso.exchange.networks import queries as in_network
from kyoso.exchange.networks.rules import check_not_closing
from kyoso.identity.members.queries import get_member, list_members
from kyoso.tenancy.queries import get_tenant, list_tenants

#: As a member town.
town_bp = FeatureBlueprint(
    "coordinators",
    __name__,
    url_prefix="/<town>/exchange/networks/<uuid:network_id>/coordinators",
    template_folder="templates",
)
#: As a coordinator.
bp = FeatureBlueprint(
    "coordination", __name__, url_prefix="/networks/<network>", template_folder="templates"
)


@town_bp.page("/", permission=May.READ)
def index(network_id: uuid.UUID) -> ResponseReturnValue:
    """Show who coordinates a network, and who did."""
    return _coordinators(network_id)


@town_bp.page("/", permission=May.NAME, methods=("POST",))
def name(network_id: uuid.UUID) -> ResponseReturnValue:
    """Name one of the town's own members a coordinator."""
    network = in_network.get_joined(actor(), network_id)
    try:
        wanted = load_form(NominationSchema, request.form)["membership_id"]
        member = get_member(actor(), wanted)
        nominee = Nominee(member.person_id, member.name, member.email)
        operations.name_coordinator(network, nominee, actor=actor(), now=now())
    except InvalidInput as error:
        return _coordinators(network_id, error.errors), 422
    except RuleViolation as refusal:
        return _coordinators(network_id, refusal=refusal.message), 409
    flash(_("%(name)sさんを広域事務局の担当者に指名しました。", name=member.name))
    return go(".index", network_id=network_id)


@town_bp.page("/<uuid:coordinator_id>/remove", permission=May.NAME, methods=("POST",))
def remove(network_id: uuid.UUID, coordinator_id: uuid.UUID) -> ResponseReturnValue:
    """Let somebody coordinate no more."""
    in_network.get_joined(actor(), network_id)
    leaving = queries.get_coordinator(network_id, coordinator_id)
    operations.remove_coordinator(leaving, actor=actor(), now=now())
    flash(_("%(name)sさんを広域事務局の担当者から外しました。", name=leaving.name))
    return go(".index", network_id=network_id)


def _coordinators(
    network_id: uuid.UUID,
    errors: Mapping[str, list[str]] | None = None,
    refusal: str = "",
) -> str:
    network = in_network.get_joined(actor(), network_id)
    people = queries.list_coordinators(network.id, former=True)
    current = {one.person_id for one in people if one.ended_at is None}
    return show(
        "coordination/coordinators.html",
        network=network,
        people=people,
        eligible=[
            (member.id, member.name)
            for member in list_members(actor(), active=True)
            if member.person_id not in current
        ],
        values=request.form,
        errors=errors or {},
        labels=LABELS,
        refusal=refusal,
    )


@bp.page("/", permission=May.WORK)
def members() -> ResponseReturnValue:
    """Show the network and its towns; what waits for the coordinator comes from above."""
    network = in_network.get_network(coordinator())
    return show(
        "coordination/members.html",
        network=network,
        towns=in_network.list_towns(network.id),
        revoke_url=lambda member_id: url_for(".revoke", member_id=member_id),
        parts=parts_of("coordination.members", coordinator()),
    )


@bp.page("/invite", permission=May.WORK, methods=("GET", "POST"))
def invite() -> ResponseReturnValue:
    """Ask a town to join."""
    network = in_network.get_network(coordinator())
    check_not_closing(network.closed_on)
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        try:
            sent = load_form(InvitationSchema, request.form)
        except InvalidInput as error:
            errors = error.errors
        else:
            town = get_tenant(sent["tenant_id"])
            said = sent["message"], _("広域事務局の%(name)s", name=coordinator().name)
            networks.invite_town(network, town, *said, actor=coordinator(), now=now())
            flash(_("%(town)sを招待しました。", town=town.name))
            return go(".members")
    page = show(
        "coordination/invite.html",
        network=network,
        values=request.form,
        errors=errors,
        labels=LABELS,
        towns=in_network.list_invitable(network.id, list_tenants()),
    )
    return (page, 422) if errors else page


@bp.page("/members/<uuid:member_id>/revoke", permission=May.WORK, methods=("POST",))
def revoke(member_id: uuid.UUID) -> ResponseReturnValue:
    """Take an invitation back."""
    network = in_network.get_network(coordinator())
    member = in_network.get_invited(network.id, member_id)
    town = get_tenant(member.tenant_id)
    networks.revoke_invitation(network, member, town, actor=coordinator(), now=now())
    flash(_("%(town)sの招待を取り消しました。", town=town.name))
    return go(".members")


@bp.page("/rules", permission=May.WORK)
def rules() -> ResponseReturnValue:
    """Show the rules of the network, and what each version changed."""
    network = in_network.get_network(coordinator())
    versions = in_network.list_rule_changes(network.id)
    return show(
        "coordination/rules.html",
        network=network,
        versions=versions,
        rendered=render(versions[0][0].content) if versions else "",
    )


@bp.page("/rules/edit", permission=May.WORK, methods=("GET", "POST"))
def write_rules() -> ResponseReturnValue:
    """Put a new version of the rules in force."""
    network = in_network.get_network(coordinator())
    current = in_network.current_rules(network.id)
    values: Mapping[str, Any] = request.form
    errors: dict[str, list[str]] = {}
    refusal = ""
    if request.method == "POST":
        try:
            sent = load_form(RulesSchema, request.form)
            networks.write_rules(network, **sent, actor=coordinator(), now=now())
        except InvalidInput as error:
            errors = error.errors
        except RuleViolation as violation:
            refusal = violation.message
        else:
            flash(_("ネットワークの決まりを改めました。"))
            return go(".rules")
    else:
        version = current.version if current else 0
        values = {"content": current.content if current else "", "based_on": version}
    page = show(
        "coordination/write_rules.html",
        network=network,
        current=current,
        values=values,
        errors=errors,
        labels=LABELS,
        refusal=refusal,
    )
    return (page, 422 if errors else 409) if errors or refusal else page


@bp.page("/health", permission=May.WORK)
def health() -> ResponseReturnValue:
    """Show how the exchange is doing: figures that each feature gives, and no town's rows."""
    network = in_network.get_network(coordinator())
    towns = in_network.list_towns(network.id)
    return show(
        "coordination/health.html",
        network=network,
        inside=[town for town in towns if town.in_force],
        invited=[town for town in towns if town.status == "invited"],
        leaving=[town for town in towns if town.in_force and town.left_on],
        suspended=[town for town in towns if town.status == "suspended"],
        coordinators=queries.list_coordinators(network.id),
        current=in_network.current_rules(network.id),
        parts=parts_of("coordination.health", coordinator()),
    )


@bp.page("/log", permission=May.WORK)
def log() -> ResponseReturnValue:
    """Show the network's journal, page by page."""
    network = in_network.get_network(coordinator())
    total = in_network.count_network_journal(network.id)
    pages = max(1, -(-total // in_network.LOG_PAGE))
    asked = request.args.get("page", "")
    here = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1
    here = min(max(1, here), pages)
    return show(
        "coordination/log.html",
        network=network,
        entries=in_network.list_network_journal(
            network.id, offset=(here - 1) * in_network.LOG_PAGE
        ),
        names=in_network.town_names([network.id]),
        total=total,
        here=here,
        pages=pages,
        url_of_page=lambda number: url_for(".log", page=number),
    )


@bp.page("/consultations/", permission="consultations:work")
def consulted() -> ResponseReturnValue:
    """Show the open consultations of the network, those without an answer first."""
    network = in_network.get_network(coordinator())
    return show(
        "coordination/consultations.html",
        network=network,
        rows=consultations.list_for_coordinators(coordinator()),
        names=in_network.town_names([network.id]),
    )


@bp.page("/consultations/<uuid:consultation_id>", permission="consultations:work")
def consultation(consultation_id: uuid.UUID) -> ResponseReturnValue:
    """Show one consultation, and whose it is."""
    found = consultations.get_for_coordinators(coordinator(), consultation_id)
    return _consultation(found, {"form_id": new_id()})


@bp.page(
    "/consultations/<uuid:consultation_id>", permission="consultations:work", methods=("POST",)
)
def answer(consultation_id: uuid.UUID) -> ResponseReturnValue:
    """Answer as the coordinators; the same form sent twice answers once."""
    found = consultations.get_for_coordinators(coordinator(), consultation_id)
    try:
        sent = load_form(AnswerSchema, request.form)
        findings = look_through({str(LABELS["answer"]): sent["body"]})
        if findings and sent["looked_at"] != seal_of(findings):
            return _consultation(found, request.form, findings=findings), 422
        if not consultations.answer_is_sent(sent["form_id"]):
            consulting.answer_as_coordinator(
                found.consultation,
                sent["body"],
                answer_id=sent["form_id"],
                actor=coordinator(),
                now=now(),
            )
            flash(_("回答しました。"))
    except InvalidInput as error:
        return _consultation(found, shown_again(request.form, error.errors), error.errors), 422
    return go(".consultation", consultation_id=consultation_id)


def _consultation(
    found: consultations.Waiting,
    values: Mapping[str, Any],
    errors: Mapping[str, list[str]] | None = None,
    findings: Sequence[Finding] = (),
) -> str:
    network = in_network.get_network(coordinator())
    return show(
        "coordination/consultation.html",
        network=network,
        waiting=found,
        consultation=found.consultation,
        answers=consultations.list_answers(found.consultation),
        names=in_network.town_names([network.id]),
        values=values,
        errors=errors or {},
        labels=LABELS,
        findings=findings,
        seal=seal_of(findings),
    )


@fills("networks.detail")
def on_the_networks_page(network: in_network.Network) -> dict[str, Markup]:
    """Show who coordinates a network on its page; the policies let nobody else see."""
    people = queries.list_coordinators(network.id)
    page = render_template("coordination/_on_network.html", people=people, network=network)
    return {"coordinators": Markup(page)}  # noqa: S704 (a template made it)


@fills("accounts.my_towns")
def coordinated(person: PersonActor) -> dict[str, Markup]:
    """Lead a person to the networks that they coordinate."""
    found = queries.list_coordinated(person)
    page = render_template("coordination/_mine.html", networks=found) if found else ""
    return {"networks": Markup(page)} if page else {}  # noqa: S704 (a template made it)
