"""Listed people and needs, really committed; each step in the scope of who takes it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from kyoso.core import clock
from kyoso.core.access import Actor, Role
from kyoso.core.db import db, new_id
from kyoso.core.scope import Scope, member_scope, scope, tenant_scope
from kyoso.exchange.listed_needs.operations import show_need
from kyoso.exchange.networks.queries import get_joined, network_names
from kyoso.exchange.saved_searches.operations import SearchDraft, save_search
from kyoso.exchange.talent_pool import operations, queries
from kyoso.exchange.talent_pool.operations import OfferDraft
from kyoso.exchange.talent_pool.rules import OPEN, ListingStatus
from kyoso.identity.consents import rules as consents
from kyoso.identity.consents.operations import Agreed, withdraw_consent
from kyoso.identity.consents.queries import get_consent
from kyoso.identity.consents.rules import Purpose
from kyoso.identity.profiles.queries import profile_with_photo
from kyoso.identity.profiles.rules import WorkMode
from kyoso.municipal.needs.operations import NeedDraft, create_need, publish_need
from kyoso.municipal.needs.queries import get_need
from kyoso.municipal.talents.queries import get_talent, talent_of_person
from support.departments import make_department
from support.members import Person
from support.people import Town, actor_of
from support.profiles import make_full_profile
from support.talents import Somebody, make_somebody, make_talent

#: What people agree to show unless a test says otherwise.
PARTS = ("name", "skills", "fields", "can_do", "languages", "hours_offered", "mode", "photo")


def office(town: Town) -> Actor:
    """Return the secretariat of a town."""
    return actor_of(town, Role.SECRETARIAT, name=f"{town.name}の事務局（見本）")


def make_listable(town: Town, name: str = "見本 緑（見本）") -> Somebody:
    """Make somebody with a full profile, in a town's register."""
    person = make_somebody(name)
    make_full_profile(person.oneself)
    make_talent(town, person)
    return person


def offer(
    town: Town, person: Somebody, networks: Sequence[uuid.UUID], introduction: str = ""
) -> uuid.UUID:
    """Let a town ask somebody of its register, and return the listing's id."""
    actor = office(town)
    with member_scope(town.id):
        talent = talent_of_person(actor, person.person_id)
        assert talent is not None
        rows = operations.offer_talent(
            get_talent(actor, talent.id, lock=True),
            [get_joined(actor, network_id) for network_id in networks],
            OfferDraft("", introduction),
            actor=actor,
            now=clock.now(),
        )
        db.session.commit()
        return rows[0].id


def agree(
    person: Somebody,
    listing_id: uuid.UUID,
    networks: Sequence[uuid.UUID] = (),
    *,
    parts: Sequence[str] = PARTS,
    until: dt.date | None = None,
) -> None:
    """Let a person agree to be listed, everywhere they are asked or in some networks."""
    version = consents.wording_for(Purpose.LISTING, clock.today()).version
    with scope(Scope(person_id=person.person_id)):
        rows = [
            row
            for row in queries.list_own_listings(
                person.oneself, listing_id, statuses=OPEN, lock=True
            )
            if not networks or row.network_id in networks
        ]
        operations.agree_to_listings(
            rows,
            network_names([row.network_id for row in rows]),
            (tuple(parts), until or clock.today() + dt.timedelta(days=90)),
            Agreed(version, "ja"),
            profile_with_photo(person.oneself),
            actor=person.oneself,
            now=clock.now(),
        )
        db.session.commit()


def publish(
    town: Town,
    networks: Sequence[uuid.UUID],
    person: Somebody | None = None,
    *,
    parts: Sequence[str] = PARTS,
) -> tuple[Somebody, uuid.UUID]:
    """Let a town offer somebody, who agrees; return who, and the listing's id."""
    person = person or make_listable(town)
    listing_id = offer(town, person, networks)
    agree(person, listing_id, parts=parts)
    return person, listing_id


def take_back(person: Somebody, network_id: uuid.UUID) -> None:
    """Let a person take back the consent on which they are listed in a network."""
    with scope(Scope(person_id=person.person_id)):
        for row in queries.list_own_listings(person.oneself, statuses=(ListingStatus.PUBLISHED,)):
            if row.network_id == network_id and row.consent_id is not None:
                consent = get_consent(person.oneself, row.consent_id, lock=True)
                withdraw_consent(consent, actor=person.oneself, now=clock.now())
                break
        db.session.commit()


def withdraw(town: Town, listing_id: uuid.UUID, network_id: uuid.UUID) -> None:
    """Let a town take a listing down."""
    actor = office(town)
    with member_scope(town.id):
        listing = queries.listing_of(actor, listing_id, network_id, lock=True)
        operations.withdraw_listing(listing, actor=actor, now=clock.now())
        db.session.commit()


def list_a_need(
    town: Town, network_id: uuid.UUID, title: str = "広報紙の編集", **said: object
) -> uuid.UUID:
    """Let a town make a need, publish it and show it to a network; return the listed need's id."""
    actor, unit = office(town), make_department(town)
    with tenant_scope(town.id):
        draft = NeedDraft(
            unit,
            title,
            "読まれる広報にしたい",
            "回覧で話題になる",
            skills=("デザイナー",),
            **said,  # type: ignore[arg-type]
        )
        need = create_need(draft, need_id=new_id(), actor=actor, now=clock.now())
        publish_need(need, actor=actor, now=clock.now())
        db.session.commit()
        need_id = need.id
    with member_scope(town.id):
        listed = show_need(
            get_need(actor, need_id),
            get_joined(actor, network_id),
            "総務課",
            WorkMode.ONLINE,
            listed_need_id=new_id(),
            actor=actor,
            now=clock.now(),
        )
        db.session.commit()
        return listed.id


def keep_search(staff: Person, query: str = "q=広報", *, digest: bool = True) -> uuid.UUID:
    """Let somebody of a town keep a search."""
    with member_scope(staff.actor.tenant_id):
        search = save_search(
            SearchDraft("広報の方", query, digest),
            saved_search_id=new_id(),
            actor=staff.actor,
            now=clock.now(),
        )
        db.session.commit()
        return search.id


def make_pool(town: Town, network_id: uuid.UUID, oneself: Somebody, staff: Person) -> None:
    """Let a town list somebody who has an account there, ask somebody else, and show a need."""
    listed = offer(town, oneself, [network_id], "広報が得意な方です。")
    agree(oneself, listed)
    offer(town, make_listable(town), [network_id])
    list_a_need(town, network_id)
    keep_search(staff)
