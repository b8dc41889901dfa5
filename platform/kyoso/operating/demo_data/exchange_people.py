"""Whom the towns of the demo show to their network and lend to each other, and what they need."""

from __future__ import annotations

import dataclasses
import tomllib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kyoso.core.access import Actor, PersonActor
from kyoso.core.clock import today
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.scope import Scope
from kyoso.exchange.listed_needs.operations import show_need
from kyoso.exchange.listed_needs.queries import list_own as list_own_needs
from kyoso.exchange.networks.queries import get_joined, network_names
from kyoso.exchange.share_requests import operations as requests
from kyoso.exchange.share_requests import queries as shared
from kyoso.exchange.share_requests.rules import Payer, PayUnit, ShareStatus
from kyoso.exchange.shares import operations as shares
from kyoso.exchange.shares.queries import list_months
from kyoso.exchange.talent_pool import operations as talent_pool
from kyoso.exchange.talent_pool.queries import get_listing, list_listings, list_own_listings
from kyoso.exchange.talent_pool.rules import ListingStatus
from kyoso.identity.accounts.queries import person_of_email
from kyoso.identity.consents.operations import Agreed
from kyoso.identity.consents.rules import Purpose, wording_for
from kyoso.identity.profiles.queries import profile_with_photo
from kyoso.identity.profiles.rules import WorkMode
from kyoso.municipal.needs import operations as needs
from kyoso.municipal.needs.queries import find_sent, get_need
from kyoso.municipal.needs.rules import NeedStatus
from kyoso.municipal.talents.queries import get_talent, talent_of_person
from kyoso.municipal.work_hours.operations import save_hours
from kyoso.municipal.work_hours.queries import hold_own_log
from kyoso.municipal.work_hours.rules import NOTHING, Cell, Change, Said
from kyoso.operating.demo_data.days import then
from kyoso.operating.demo_data.exchange import Happening, Moment, Row, Stage
from kyoso.operating.demo_data.people import FOLDER, RULE
from kyoso.tenancy.queries import department_ids, list_departments


@dataclass(frozen=True, slots=True)
class Somebody:
    """One person of talents.toml, who acts for themselves."""

    me: PersonActor
    email: str

    @contextmanager
    def acting(self, at: Moment) -> Iterator[PersonActor]:
        """Let the person do something: one transaction."""
        with then(Scope(person_id=self.me.person_id), at):
            yield self.me


def share_people(stage: Stage, told: Row) -> Iterator[Happening]:
    """Return what happens to listings, listed needs and shares, not yet in order."""
    people = _people()
    for row in told["listings"]:
        yield from _Listed(stage, row, people[row["person"]]).happenings()
    for row in told["needs"]:
        yield from _Need(stage, row).happenings()
    for row in told["shares"]:
        yield from _Share(stage, row, people[row["person"]]).happenings()


def _people() -> dict[str, Somebody]:
    rows = tomllib.loads((FOLDER / "talents.toml").read_text("utf-8"))["people"]
    found = {}
    for row in rows:
        person_id = person_of_email(row["email"])
        if person_id is None:
            raise NotFound
        found[row["key"]] = Somebody(PersonActor(person_id, row["name"]), row["email"])
    db.session.rollback()
    return found


@dataclass(frozen=True, slots=True)
class _Listed:
    """Somebody whom a town asks whether they may be shown, and what they say."""

    stage: Stage
    row: Row
    somebody: Somebody

    def happenings(self) -> Iterator[Happening]:
        yield self.stage.days.moment(self.row["asked"]), self._ask
        if "agreed" in self.row:
            yield self.stage.days.moment(self.row["agreed"]), self._agree

    def _ask(self, at: Moment) -> None:
        row, network_id = self.row, self.stage.network_id
        with self.stage.acting(row["town"], row["by"], at) as actor:
            known = talent_of_person(actor, self.somebody.me.person_id)
            if known is None:
                raise NotFound
            if list_listings(actor, talent_id=known.id, network_id=network_id):
                return
            draft = talent_pool.OfferDraft(row.get("programme", ""), row["introduction"])
            talent, network = get_talent(actor, known.id), get_joined(actor, network_id)
            talent_pool.offer_talent(talent, [network], draft, actor=actor, now=at)

    def _agree(self, at: Moment) -> None:
        network_id, town = self.stage.network_id, self.stage.towns[self.row["town"]]
        with self.somebody.acting(at) as me:
            listings = [
                one
                for one in list_own_listings(me, statuses=(ListingStatus.ASKED,), lock=True)
                if (one.tenant_id, one.network_id) == (town.id, network_id)
                # Who was shown before and is asked again answers for themselves.
                and one.published_at is None
            ]
            if not listings:
                return
            wording = wording_for(Purpose.LISTING, today())
            talent_pool.agree_to_listings(
                listings,
                network_names([network_id]),
                (tuple(self.row["parts"]), self.stage.days.day(self.row["until_in"])),
                Agreed(wording.version, "ja"),
                profile_with_photo(me),
                actor=me,
                now=at,
            )


@dataclass(frozen=True, slots=True)
class _Need:
    """What a town looks for, first on its own pages and then in the network."""

    stage: Stage
    row: Row

    def happenings(self) -> Iterator[Happening]:
        for when, step in (
            ("written", self._write),
            ("published", self._publish),
            ("listed", self._list),
        ):
            yield self.stage.days.moment(self.row[when]), step

    @property
    def _id(self) -> uuid.UUID:
        return self.stage.id_of("need", self.row["key"])

    def _write(self, at: Moment) -> None:
        row = self.row
        with self.stage.acting(row["town"], row["by"], at) as actor:
            if find_sent(actor, self._id) is not None:
                return
            draft = needs.NeedDraft(
                department_ids(actor)[row["department"]],
                row["title"],
                row["purpose"].strip(),
                row["outcome"],
                skills=tuple(row["skills"]),
                hours_a_month=row["hours"],
                budget_yen=row["budget"],
                field_offered=row["field"],
                closes_on=self.stage.days.day(row["closes_in"]),
            )
            needs.create_need(draft, need_id=self._id, actor=actor, now=at)

    def _publish(self, at: Moment) -> None:
        with self.stage.acting(self.row["town"], self.row["by"], at) as actor:
            need = get_need(actor, self._id, lock=True)
            if need.status is NeedStatus.DRAFT:
                needs.publish_need(need, actor=actor, now=at)

    def _list(self, at: Moment) -> None:
        network_id = self.stage.network_id
        with self.stage.acting(self.row["town"], self.row["by"], at) as actor:
            if list_own_needs(actor, need_id=self._id, network_id=network_id):
                return
            need, network = get_need(actor, self._id), get_joined(actor, network_id)
            names = {unit.id: unit.name for unit in list_departments(actor)}
            show_need(
                need,
                network,
                names[need.department_id],
                WorkMode(self.row["mode"]),
                listed_need_id=self.stage.id_of("listed-need", self.row["key"]),
                actor=actor,
                now=at,
            )


@dataclass(frozen=True, slots=True)
class _Share:
    """Some hours of a listed person, asked for by another town; each step if it is its turn."""

    stage: Stage
    row: Row
    somebody: Somebody

    def happenings(self) -> Iterator[Happening]:
        for when, step in (
            ("written", self._draft),
            ("sent", self._send),
            ("approved", self._approve),
            ("accepted", self._accept),
            ("begun", self._begin),
            ("logged", self._log),
        ):
            if when in self.row:
                yield self.stage.days.moment(self.row[when]), step

    @property
    def _id(self) -> uuid.UUID:
        return self.stage.id_of("share", self.row["key"])

    def _draft(self, at: Moment) -> None:
        row, day = self.row, self.stage.days.day
        home = self.stage.towns[row["home"]]
        with self.somebody.acting(at) as me:
            listing_ids = [
                one.id
                for one in list_own_listings(me, statuses=(ListingStatus.PUBLISHED,))
                if (one.tenant_id, one.network_id) == (home.id, self.stage.network_id)
            ]
        with self.stage.acting(row["town"], row["by"], at) as actor:
            if not listing_ids or shared.find_sent(actor, self._id) is not None:
                return
            unit, yen = row["pay"]
            draft = requests.RequestDraft(
                row["purpose"].strip(),
                day(row["starts_in"]),
                day(row["ends_in"]),
                WorkMode(row["mode"]),
                Payer.ASKER,
                PayUnit(unit),
                yen,
                department_id=department_ids(actor)[row["department"]],
                responsible_membership_id=actor.membership_id,
                hours_a_month=row["hours_a_month"],
                **{name: row[name] for name in ("place", *requests.TERMS)},
            )
            listing = get_listing(listing_ids[0], self.stage.network_id)
            requests.draft_request(draft, listing, request_id=self._id, actor=actor, now=at)

    def _send(self, at: Moment) -> None:
        with self.stage.acting(self.row["town"], self.row["by"], at) as actor:
            request = shared.find_sent(actor, self._id)
            if request is not None and request.status is ShareStatus.DRAFT:
                requests.send_request(request, actor=actor, now=at)

    def _approve(self, at: Moment) -> None:
        with self.stage.acting(self.row["home"], self.row["home_by"], at) as actor:
            request = shared.find_sent(actor, self._id)
            if request is not None and request.status is ShareStatus.SENT:
                read = request.paper_version
                requests.approve_request(request, read, requests.Names(), actor=actor, now=at)

    def _accept(self, at: Moment) -> None:
        with self.somebody.acting(at) as me:
            for request in shared.list_own_requests(me, status=(ShareStatus.APPROVED,)):
                if request.id == self._id:
                    read, email = request.paper_version, self.somebody.email
                    shares.accept_request(request, read, email, actor=me, now=at)

    def _begin(self, at: Moment) -> None:
        """Do what the job does that was put into the queue, unless it was quicker."""
        town = self.stage.towns[self.row["town"]]
        with then(Scope(town.id), at):
            system = Actor.system(town.id, RULE)
            request = shared.find_sent(system, self._id)
            if request is not None and request.status is ShareStatus.ACCEPTED:
                actor = dataclasses.replace(system, name=request.created_by)
                shares.begin_share(request, actor=actor, now=at)

    def _log(self, at: Moment) -> None:
        day = self.stage.days.day
        with self.somebody.acting(at) as me:
            running = shared.list_own_requests(me, status=(ShareStatus.ACTIVE,))
            if not any(one.id == self._id and not list_months(one) for one in running):
                return
            changes = [
                Change(Cell(self._id, day(ahead)), Said(minutes, False, note), NOTHING.token)
                for ahead, minutes, note in self.row["hours"]
            ]
            log = hold_own_log(me, [change.cell.day for change in changes])
            save_hours(log, changes, actor=me, now=at)
