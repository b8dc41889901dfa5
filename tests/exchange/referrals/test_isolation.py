"""Who sees referrals: the two towns, each its part. The database is asked as each standing."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from kyoso.core.access import Role
from kyoso.core.clock import now, today
from kyoso.core.db import db, new_id
from kyoso.core.files import StoredFile
from kyoso.core.journal import JournalEntry
from kyoso.core.mail import Mail
from kyoso.core.scope import Scope, in_networks, scope
from kyoso.exchange.referrals.models import (
    Referral,
    ReferralContent,
    ReferralFile,
    ReferralIntake,
    ReferralOffer,
)
from kyoso.municipal.proposals.models import Proposal
from kyoso.municipal.reviews.models import ReviewAssignment
from support.intake import make_policy
from support.members import make_member, sign_in
from support.networks import World, make_world
from support.pages import Browser
from support.referrals import Pair, accept, decline, refer, settle


class Made:
    """A world in which `member` referred a proposal to `second`."""

    def __init__(self) -> None:
        self.world: World = make_world()
        for town in (self.world.member, self.world.second):
            make_policy(town)
        self.pair = Pair(
            self.world.member,
            self.world.second,
            self.world.network_id,
            decline(self.world.member),
        )
        self.referral_id = refer(self.pair)


@pytest.fixture(scope="module")
def made(app: Flask) -> Iterator[Made]:
    with app.app_context():
        yield Made()


def seen_by(world: World, query: sa.Select[tuple[uuid.UUID]]) -> set[str]:
    found = set()
    for name, asking in world.scopes().items():
        with scope(asking):
            if db.session.scalars(query).all():
                found.add(name)
    return found


def refused(asking: Scope, statement: sa.Executable) -> bool:
    with scope(asking):
        try:
            return db.session.execute(statement).rowcount == 0
        except sa.exc.DBAPIError:
            return True
        finally:
            db.session.rollback()


@pytest.mark.parametrize(
    ("table", "readers"),
    [
        (ReferralOffer, {"member"}),
        (Referral, {"member", "second"}),
        (ReferralContent, {"member", "second"}),
        (ReferralFile, {"member", "second"}),
        (ReferralIntake, {"second"}),
    ],
)
def test_each_table_is_read_by_whom_it_concerns(made, table, readers):
    assert seen_by(made.world, sa.select(table.id)) == readers


def test_nothing_else_of_the_first_towns_proposal_is_reachable(made):
    with scope(made.world.scopes()["second"]):
        for table in (Proposal, ReviewAssignment, StoredFile):
            rows = db.session.scalars(
                sa.select(table.id).where(table.tenant_id == made.world.member.id)
            )
            assert rows.all() == []
        for table in (JournalEntry, Mail):
            rows = db.session.scalars(
                sa.select(table.id).where(table.tenant_id == made.world.member.id)
            )
            assert rows.all() == []
        for table in (Referral, ReferralContent, ReferralFile, ReferralIntake):
            columns = [c for c in table.__table__.c if c.name != "bytes"]
            for row in db.session.execute(sa.select(*columns)):
                assert str(made.pair.proposal.id) not in str(tuple(row))


def test_on_its_own_pages_the_other_town_reads_no_content(made):
    """Content is lent within the network: the desk's pages, which see none, do not have it."""
    with scope(Scope(made.world.second.id)):
        assert db.session.scalars(sa.select(ReferralContent.id)).all() == []
        assert db.session.scalars(sa.select(Referral.id)).all() == [made.referral_id]


def test_nobody_refers_in_anothers_name_and_only_the_two_answer(made):
    world = made.world
    row = sa.insert(Referral).values(
        id=made.referral_id,
        network_id=world.network_id,
        other_tenant_id=world.second.id,
        status="offered",
        parts=[],
        offered_at=now(),
        lapses_on=today(),
    )
    for name, asking in world.scopes().items():
        assert refused(asking, row.values(tenant_id=world.member.id)), name
    change = sa.update(Referral).where(Referral.id == made.referral_id)
    for name, asking in world.scopes().items():
        answered = change.values(status="declined", answered_at=now())
        assert refused(asking, answered) == (name not in {"member", "second"}), name
        for column in ("tenant_id", "other_tenant_id", "network_id"):
            assert refused(asking, change.values({column: new_id()})), (name, column)
    content = sa.update(ReferralContent).values(erased_at=now())
    for name, asking in world.scopes().items():
        assert refused(asking, content) == (name != "member"), name


def test_the_pages_show_it_to_the_two_towns_only(app, made):
    world = made.world

    def at(town, what=""):
        return f"/{town.slug}/exchange/referrals/{what}"

    for name in ("member", "former", "suspended", "invited", "never"):
        town = getattr(world, name)
        browser: Browser = sign_in(app, make_member(town, Role.ADMIN))
        browser.get(at(town, str(made.referral_id)), status=404)
        browser.post(at(town, f"{made.referral_id}/accept"), status=404)
        browser.post(at(town, f"{made.referral_id}/decline"), {"words": "x"}, status=404)
        assert "空き家で月に一度の食堂" not in browser.get(at(town)) or name == "member"
    theirs = sign_in(app, make_member(world.second, Role.ADMIN))
    page = theirs.get(at(world.second, str(made.referral_id)))
    assert "空き家で月に一度の食堂" in page
    coordinator = sign_in(app, world.coordinator)
    coordinator.get(at(world.second, str(made.referral_id)), status=403)


def test_what_the_other_town_does_with_it_stays_there(app):
    made = Made()
    their_id = accept(made.world.second, made.referral_id)
    settle(made.world.member, made.referral_id)
    with scope(in_networks(Scope(made.world.member.id))):
        assert db.session.scalars(sa.select(ReferralIntake.id)).all() == []
        rows = db.session.scalars(sa.select(Proposal.id).where(Proposal.id == their_id))
        assert rows.all() == []
        referral = db.session.scalars(sa.select(Referral)).one()
        assert str(their_id) not in str(vars(referral))
        for entry in db.session.scalars(sa.select(JournalEntry)):
            assert str(their_id) not in str(entry.facts)
