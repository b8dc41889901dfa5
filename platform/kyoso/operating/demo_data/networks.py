"""The two real networks of the demo's towns get an invented coordinator, and rules for a start."""

from __future__ import annotations

import datetime as dt
import tomllib
from typing import Any

from kyoso.core import clock
from kyoso.core.access import Actor, NetworkActor, PersonActor
from kyoso.core.db import db, new_id
from kyoso.core.scope import Scope, member_scope, scope
from kyoso.exchange.coordination.operations import Nominee, name_coordinator
from kyoso.exchange.coordination.queries import list_coordinators
from kyoso.exchange.networks import operations as networks
from kyoso.exchange.networks.operations import NetworkDraft
from kyoso.exchange.networks.queries import current_rules, get_network, network_by_slug
from kyoso.identity.accounts.operations import NewAccount, create_account
from kyoso.identity.accounts.queries import person_of_email
from kyoso.identity.sample_people import SamplePerson
from kyoso.operating.demo_data.days import Days
from kyoso.operating.demo_data.people import FOLDER, PASSWORD, actors_of
from kyoso.tenancy.queries import TenantInfo, tenant_by_slug

Row = dict[str, Any]


def bring_in_coordinators(*, now: dt.datetime) -> list[SamplePerson]:
    """Let a member town name the coordinators of networks.toml, unless it has; return them."""
    told = tomllib.loads((FOLDER / "networks.toml").read_text("utf-8"))
    days = Days(now)
    people = [_bring_in(row, days) for row in told["networks"]]
    # One button for each person, under the first of their networks.
    return list({person.person_id: person for person in reversed(people)}.values())


def _bring_in(row: Row, days: Days) -> SamplePerson:
    who = row["coordinator"]
    myself = _account(who, days)
    town = tenant_by_slug(row["named_by"])
    _name(row, myself, town, days.moment(row["named"]))
    with scope(Scope(person_id=myself.person_id)):
        network = network_by_slug(row["network"])
    actor = NetworkActor(network.id, myself.person_id, myself.name)
    _write(row, actor, days.moment(row["written"]))
    return SamplePerson(
        str(myself.person_id), who["name"], who["email"], network.name, "", ["coordinator"]
    )


def _account(who: Row, days: Days) -> PersonActor:
    known = person_of_email(who["email"])
    db.session.rollback()
    myself = PersonActor(known or new_id(), who["name"])
    if known is None:
        with scope(Scope(person_id=myself.person_id)):
            new = NewAccount(
                myself.person_id, who["email"], who["name"], PASSWORD, who["name_kana"]
            )
            create_account(new, actor=myself, now=days.moment("200 08:50"))
            db.session.commit()
    return myself


def _name(row: Row, myself: PersonActor, town: TenantInfo, at: dt.datetime) -> None:
    with member_scope(town.id):
        network = network_by_slug(row["network"])
        admin: Actor = actors_of(town)["admin"]
        if not list_coordinators(network.id, former=True):
            nominee = Nominee(myself.person_id, myself.name, row["coordinator"]["email"])
            with clock.frozen(at):
                name_coordinator(network, nominee, actor=admin, now=at)
        db.session.commit()


def _write(row: Row, actor: NetworkActor, at: dt.datetime) -> None:
    with scope(Scope(person_id=actor.person_id, coordinated_network_id=actor.network_id)):
        network = get_network(actor)
        if current_rules(network.id) is None:
            with clock.frozen(at):
                draft = NetworkDraft(network.name, row["purpose"], network.notice_months)
                networks.update_network(network, draft, actor=actor, now=at)
                networks.write_rules(network, row["rules"].strip(), "", 0, actor=actor, now=at)
        db.session.commit()
