"""Share requests between two towns, really committed; each step in the scope of who takes it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kyoso.core.access import Actor, Role
from kyoso.core.clock import now, today
from kyoso.core.db import db, new_id
from kyoso.core.scope import Scope, member_scope, scope, tenant_scope
from kyoso.exchange.share_requests import operations as requests
from kyoso.exchange.share_requests import queries
from kyoso.exchange.share_requests.operations import Names, RequestDraft
from kyoso.exchange.share_requests.queries import ShareRequest
from kyoso.exchange.share_requests.rules import (
    Audience,
    Payer,
    PayUnit,
    ShareStatus,
    Side,
    WorkMode,
)
from kyoso.exchange.share_talks import operations as talks
from kyoso.exchange.shares import operations as shares
from kyoso.exchange.talent_pool.queries import get_listing, list_own_listings
from kyoso.identity.profiles.queries import own_profile
from support.departments import make_department
from support.listings import publish
from support.members import Person, make_member
from support.networks import join, make_network
from support.people import Town, make_town
from support.profiles import make_full_profile
from support.talents import Somebody


@dataclass(frozen=True)
class Deal:
    """Two towns of a network, the person that one of them lists, and who acts for each."""

    network_id: uuid.UUID
    asker: Town
    home: Town
    person: Somebody
    listing_id: uuid.UUID
    clerk: Person
    boss: Person
    department_id: uuid.UUID

    @contextmanager
    def as_asker(self):
        with member_scope(self.asker.id):
            yield self.clerk.actor
            db.session.commit()

    @contextmanager
    def as_home(self):
        with member_scope(self.home.id):
            yield self.boss.actor
            db.session.commit()

    @contextmanager
    def as_person(self):
        with scope(Scope(person_id=self.person.person_id)):
            yield self.person.oneself
            db.session.commit()

    def draft(self, **said: Any) -> RequestDraft:
        first = today() + dt.timedelta(days=10)
        given: dict[str, Any] = {
            "purpose": "広報紙の編集を手伝ってほしい",
            "starts_on": first,
            "ends_on": first + dt.timedelta(days=100),
            "mode": WorkMode.BOTH,
            "payer": Payer.ASKER,
            "pay_unit": PayUnit.HOUR,
            "pay_yen": 3000,
            "travel": "お願いする町が払う。",
            "insurance": "お願いする町が入る。",
            "rights": "お願いする町に属する。",
            "confidentiality": "漏らさない。",
            "hours_a_month": 10,
            "department_id": self.department_id,
            "responsible_membership_id": self.clerk.membership_id,
        }
        return RequestDraft(**(given | said))

    def drafted(self, **said: Any) -> uuid.UUID:
        """Let the asking town begin a request and return its id."""
        with self.as_asker() as actor:
            listing = get_listing(self.listing_id, self.network_id)
            made = requests.draft_request(
                self.draft(**said), listing, request_id=new_id(), actor=actor, now=now()
            )
            return made.id

    def asks(self, request_id: uuid.UUID, step: Callable[..., Any], *given: Any) -> None:
        """Let the asking town take a step."""
        with self.as_asker() as actor:
            one = queries.get_request(actor, request_id, lock=True)
            step(one, *given, actor=actor, now=now())

    def answers(self, request_id: uuid.UUID, step: Callable[..., Any], *given: Any) -> None:
        """Let the home town take a step."""
        with self.as_home() as actor:
            one = queries.get_request(actor, request_id, lock=True)
            step(one, *given, actor=actor, now=now())

    def says(self, request_id: uuid.UUID, step: Callable[..., Any], *given: Any) -> None:
        """Let the person take a step."""
        with self.as_person() as me:
            one = queries.get_own_request(me, request_id, lock=True)
            step(one, *given, actor=me, now=now())

    def sent(self, **said: Any) -> uuid.UUID:
        request_id = self.drafted(**said)
        self.asks(request_id, requests.send_request)
        return request_id

    def approved(self, **said: Any) -> uuid.UUID:
        request_id = self.sent(**said)
        self.answers(request_id, requests.approve_request, 1, Names())
        return request_id

    def accepted(self, **said: Any) -> uuid.UUID:
        request_id = self.approved(**said)
        self.says(request_id, shares.accept_request, 1, self.person.email)
        return request_id

    def begin(self, request_id: uuid.UUID) -> None:
        """Do what the job in the asking town's scope does."""
        system = Actor.system(self.asker.id, "shares.begin")
        with tenant_scope(self.asker.id):
            one = queries.get_request(system, request_id, lock=True)
            shares.begin_share(one, actor=system, now=now())
            db.session.commit()

    def running(self, **said: Any) -> uuid.UUID:
        request_id = self.accepted(**said)
        self.begin(request_id)
        return request_id

    def ended(self, **said: Any) -> uuid.UUID:
        request_id = self.running(**said)
        self.answers(request_id, shares.close_share, "早く片づきました。")
        return request_id

    def status(self, request_id: uuid.UUID) -> ShareStatus:
        return self.row(request_id).status

    def row(self, request_id: uuid.UUID) -> ShareRequest:
        with self.as_asker() as actor:
            return queries.get_request(actor, request_id)


def make_deal(
    asker: Town | None = None,
    home: Town | None = None,
    network_id: uuid.UUID | None = None,
    *,
    listed: tuple[Somebody, uuid.UUID] | None = None,
) -> Deal:
    """Make two towns in a network, and a person whom the second one lists."""
    asker = asker or make_town("横の町")
    home = home or make_town("磐の町")
    network_id = network_id or make_network(home, asker)
    person, listing_id = listed or publish(home, [network_id])
    return Deal(
        network_id,
        asker,
        home,
        person,
        listing_id,
        make_member(asker, Role.SECRETARIAT, name="横野 担（見本）"),
        make_member(home, Role.ADMIN, name="磐野 長（見本）"),
        make_department(asker, "企画課"),
    )


def stay_draft(**said: Any) -> RequestDraft:
    """Return what a form of 旅する公務員 may send."""
    first = today() + dt.timedelta(days=10)
    given: dict[str, Any] = {
        "purpose": "共創の現場で一緒に働きたい",
        "starts_on": first,
        "ends_on": first + dt.timedelta(days=20),
        "mode": WorkMode.ON_SITE,
        "payer": Payer.NOBODY,
        "days": 5,
        **dict.fromkeys(("travel", "insurance", "rights", "confidentiality"), "話し合う。"),
    }
    return RequestDraft(**(given | said))


def ask_for_stay(deal: Deal) -> uuid.UUID:
    """Let the asking town ask openly for somebody of the other's staff, and return the id."""
    with deal.as_asker() as actor:
        own = {
            "department_id": deal.department_id,
            "responsible_membership_id": deal.clerk.membership_id,
        }
        made = requests.draft_stay(
            stay_draft(**own),
            deal.network_id,
            deal.home.id,
            Side.ASKER,
            request_id=new_id(),
            actor=actor,
            now=now(),
        )
        return made.id


def make_shares(town: Town, network_id: uuid.UUID, person: Somebody) -> tuple[Deal, Deal]:
    """Let a town ask a neighbour, and be asked for somebody it lists, in every state."""
    with scope(Scope(person_id=person.person_id)):
        listed = person, list_own_listings(person.oneself)[0].id
        silent = not own_profile(person.oneself).hours_offered
    if silent:
        make_full_profile(person.oneself)
    neighbour = make_town("シェアの隣町")
    join(network_id, town, neighbour)
    ours = make_deal(town, neighbour, network_id)
    theirs = make_deal(neighbour, town, network_id, listed=listed)
    few = {"hours_a_month": 1}
    for deal in (theirs, ours):
        deal.drafted(**few)
        deal.sent(**few)
        ended = deal.ended(**few)
        deal.asks(ended, shares.review_share, "助かりました。", True)
        asked = ask_for_stay(deal)
        deal.asks(asked, requests.send_request)
        invited = deal.approved(**few)
        deal.asks(invited, talks.invite_person)
        deal.says(invited, talks.reply_as_person, "楽しみにしています。")
        deal.asks(invited, talks.post_message, "お願いします。", Audience.ALL)
        first = today() + dt.timedelta(days=200)
        deal.running(**few, starts_on=first, ends_on=first + dt.timedelta(days=30))
    return ours, theirs
