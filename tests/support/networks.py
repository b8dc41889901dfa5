"""Networks for tests, really committed; and a world in which every standing to one occurs.

``make_network(hinode, minato)`` is a network in which both are members; ``member_scope(town.id)``
is the scope of a town in its networks. ``make_world()`` is for isolation: ask the database as
each of ``world.scopes()``.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from kyoso.core.access import Actor, NetworkActor, PersonActor, Role
from kyoso.core.clock import now, today
from kyoso.core.db import db, new_id
from kyoso.core.scope import Scope, in_networks, member_scope, scope
from kyoso.exchange.coordination.operations import Nominee, name_coordinator
from kyoso.exchange.coordination.queries import list_coordinators
from kyoso.exchange.leaving import effects_of_leaving, seal_of
from kyoso.exchange.networks import operations, queries
from kyoso.exchange.networks.operations import NetworkDraft, Notice
from kyoso.identity.accounts.operations import NewAccount, create_account
from kyoso.municipal.agreements.queries import get_agreement
from kyoso.municipal.agreements.rules import AgreementKind
from kyoso.tenancy.queries import get_tenant
from support.agreements import make_agreement
from support.members import PASSWORD
from support.people import Town, actor_of, make_town


def admin_of(town: Town) -> Actor:
    """Return an administrator of a town, without an account behind them."""
    return actor_of(town, Role.ADMIN, name=f"{town.name}の管理者（見本）")


def make_network(
    founder: Town,
    *members: Town,
    name: str = "見本の共創ネットワーク",
    slug: str = "",
    notice_months: int = 0,
) -> uuid.UUID:
    """Found a network from an agreement of a town, let others join, and return its id."""
    agreement_id = make_agreement(
        founder, AgreementKind.NETWORK, title=f"{name}協定", signed_on=dt.date(2026, 4, 1)
    )
    network_id, actor = new_id(), admin_of(founder)
    with member_scope(founder.id):
        operations.found_network(
            NetworkDraft(name, "人と知恵を分け合う。", notice_months),
            slug or f"n-{network_id.hex}",
            get_agreement(actor, agreement_id),
            network_id=network_id,
            actor=actor,
            now=now(),
        )
        db.session.commit()
    for town in members:
        join(network_id, founder, town)
    return network_id


def invite(network_id: uuid.UUID, inviter: Town, town: Town) -> None:
    """Let a member invite a town."""
    actor = admin_of(inviter)
    with member_scope(inviter.id):
        operations.invite_town(
            queries.get_joined(actor, network_id),
            get_tenant(town.id),
            "ご一緒しませんか。",
            inviter.name,
            actor=actor,
            now=now(),
        )
        db.session.commit()


def join(network_id: uuid.UUID, inviter: Town, town: Town) -> None:
    """Let a member invite a town, which accepts."""
    invite(network_id, inviter, town)
    actor = admin_of(town)
    with member_scope(town.id):
        membership = queries.get_membership(actor, network_id, lock=True)
        operations.accept_invitation(membership, None, actor=actor, now=now())
        db.session.commit()


def announce(network_id: uuid.UUID, town: Town, leaving_on: dt.date | None = None) -> None:
    """Let a town give notice for a day (today)."""
    actor = admin_of(town)
    with member_scope(town.id):
        membership = queries.get_membership(actor, network_id, lock=True)
        seal = seal_of(effects_of_leaving(actor, network_id))
        notice = Notice(leaving_on or today(), "町の都合により", seal)
        operations.announce_leaving(membership, notice, actor=actor, now=now())
        db.session.commit()


def leave(network_id: uuid.UUID, town: Town) -> None:
    """Let a town leave today, with all that follows."""
    announce(network_id, town)
    system = Actor.system(town.id, "tests")
    with member_scope(town.id):
        membership = queries.get_membership(system, network_id, lock=True)
        operations.end_membership(membership, actor=system, now=now())
        db.session.commit()


def suspend(network_id: uuid.UUID, town: Town) -> None:
    """Let a town take no part for a time."""
    actor = admin_of(town)
    with member_scope(town.id):
        membership = queries.get_membership(actor, network_id, lock=True)
        seal = seal_of(effects_of_leaving(actor, network_id))
        operations.suspend_membership(membership, "体制を見直すため", seal, actor=actor, now=now())
        db.session.commit()


@dataclass(frozen=True)
class CoordinatorPerson:
    """Somebody with an account who is no member of any town."""

    person_id: uuid.UUID
    name: str
    email: str
    network_id: uuid.UUID

    @property
    def actor(self) -> NetworkActor:
        """The person acting for the network."""
        return NetworkActor(self.network_id, self.person_id, self.name)

    @property
    def scope(self) -> Scope:
        """What the edge says for them."""
        return Scope(person_id=self.person_id, coordinated_network_id=self.network_id)


def make_coordinator(
    network_id: uuid.UUID, town: Town, name: str = "広域 つむぎ（見本）"
) -> CoordinatorPerson:
    """Let a member town name somebody new a coordinator."""
    person_id, email = new_id(), f"{uuid.uuid4().hex[:12]}@example.jp"
    myself = PersonActor(person_id, name)
    with scope(Scope(person_id=person_id)):
        new = NewAccount(person_id, email, name, PASSWORD)
        create_account(new, actor=myself, now=now())
        db.session.commit()
    actor = admin_of(town)
    with member_scope(town.id):
        network = queries.get_joined(actor, network_id)
        name_coordinator(network, Nominee(person_id, name, email), actor=actor, now=now())
        db.session.commit()
    return CoordinatorPerson(person_id, name, email, network_id)


@dataclass(frozen=True)
class World:
    """A network with a town in every standing to it, and another network beside it."""

    network_id: uuid.UUID
    other_network_id: uuid.UUID
    #: Has everything that is looked for; make it here.
    member: Town
    second: Town
    former: Town
    suspended: Town
    invited: Town
    #: Member of the other network only.
    never: Town
    coordinator: CoordinatorPerson
    other_coordinator: CoordinatorPerson

    def scopes(self) -> dict[str, Scope]:
        """Return how each of them asks the database, by a word for it, as of today."""
        towns = ("member", "second", "former", "suspended", "invited", "never")
        found = {name: in_networks(Scope(getattr(self, name).id)) for name in towns}
        return found | {
            "coordinator": self.coordinator.scope,
            "other coordinator": self.other_coordinator.scope,
            "operator": Scope(),
        }


def make_world() -> World:
    """Make it: towns, two networks, coordinators."""
    names = ("ひがし町", "にし町", "去った町", "休む町", "招かれた町", "よその町", "となり町")
    member, second, former, suspended, invited, never, beside = map(make_town, names)
    network_id = make_network(member, second, former, suspended)
    leave(network_id, former)
    suspend(network_id, suspended)
    invite(network_id, member, invited)
    other_id = make_network(never, beside)
    return World(
        network_id,
        other_id,
        member,
        second,
        former,
        suspended,
        invited,
        never,
        make_coordinator(network_id, member),
        make_coordinator(other_id, never),
    )


@dataclass(frozen=True)
class SampleNetwork:
    """A network in which something happened, for tests that go through all pages."""

    id: uuid.UUID
    slug: str
    coordinator: CoordinatorPerson
    #: The row of another town in it, which is invited.
    member_id: uuid.UUID
    coordinator_id: uuid.UUID
    #: Another member.
    neighbour: Town


def make_sample_network(town: Town) -> SampleNetwork:
    """Make a network of a town with a neighbour, rules, a coordinator and open invitations."""
    neighbour, asked = make_town("見本のとなり町"), make_town("見本の招かれた町")
    network_id = make_network(town, neighbour, slug=f"s-{town.slug}", notice_months=1)
    coordinator = make_coordinator(network_id, town)
    with scope(coordinator.scope):
        network = queries.get_network(coordinator.actor)
        for version, text in enumerate(
            ("# 決まり\n\n三日で答える。", "# 決まり\n\n五日で答える。")
        ):
            operations.write_rules(
                network, text, "見直し", version, actor=coordinator.actor, now=now()
            )
            db.session.flush()
        db.session.commit()
    invite(network_id, town, asked)
    invite(make_network(neighbour), neighbour, town)
    with member_scope(town.id):
        member = queries.find_town(network_id, asked.id)
        (named,) = list_coordinators(network_id)
        assert member is not None
        return SampleNetwork(
            network_id, f"s-{town.slug}", coordinator, member.id, named.id, neighbour
        )


def outside(town: Town) -> Scope:
    """Return the scope of a town on its own pages, where no network is in reach."""
    return Scope(town.id)
