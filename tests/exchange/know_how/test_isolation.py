"""Know-how is seen by whom its town chose, today; and nobody can ask whose a nameless piece is."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.errors import NotFound
from kyoso.core.scope import Scope, in_networks, member_scope, scope, tenant_scope
from kyoso.core.search import wanted
from kyoso.exchange.finding import Kind, search
from kyoso.exchange.know_how import queries
from kyoso.exchange.know_how.models import (
    KnowHow,
    KnowHowFile,
    KnowHowListing,
    KnowHowVersion,
)
from kyoso.exchange.moderation import operations as moderation
from kyoso.exchange.moderation import queries as moderated
from kyoso.exchange.moderation.models import Hiding, ItemReport
from kyoso.exchange.networks.subscribers import end_memberships
from kyoso.exchange.reuses.models import ReceivedReuse, Reuse
from support.know_how import (
    FORM,
    borrow,
    item_of,
    publish,
    report,
    report_back,
    rewrite,
    withdraw,
    write,
)
from support.networks import World, admin_of, announce, leave, make_network, make_world, suspend
from support.people import make_town

EVERYBODY = {
    *("member", "second", "former", "suspended", "invited", "never"),
    *("coordinator", "other coordinator", "operator"),
}
WORDS = {"shared": "合言葉いちご", "public": "合言葉みかん", "nameless": "合言葉ぶどう"}


@pytest.fixture(scope="module")
def world(app: Flask) -> Iterator[World]:
    with app.app_context():
        yield make_world()


@pytest.fixture(scope="module")
def pieces(world: World) -> dict[str, uuid.UUID]:
    """What the member has: a draft, and pieces shown to the network, to all, without its name."""
    town, network = world.member, world.network_id
    found = {"draft": write(town, "下書き", files=[FORM])}
    found["shared"] = publish(town, write(town, WORDS["shared"], files=[FORM]), network)
    found["public"] = publish(town, write(town, WORDS["public"], files=[FORM]), is_public=True)
    found["nameless"] = publish(
        town, write(town, WORDS["nameless"], files=[FORM]), network, nameless=True
    )
    found["withdrawn"] = publish(town, write(town, "取り下げたもの"), network)
    withdraw(town, found["withdrawn"])
    reuse = borrow(world.second, found["shared"])
    report_back(world.second, reuse)
    report_back(world.second, borrow(world.second, found["nameless"]))
    report(world.second, found["nameless"], network)
    return found


def seen_by(world: World, query: sa.Select[tuple[uuid.UUID]]) -> dict[str, set[uuid.UUID]]:
    found = {}
    for name, asked in world.scopes().items():
        with scope(asked):
            found[name] = set(db.session.scalars(query))
    return found


@pytest.mark.parametrize("table", [KnowHow, KnowHowVersion, KnowHowFile])
def test_what_a_town_writes_is_seen_by_itself_only(world, pieces, table):
    key = table.id if table is KnowHow else table.know_how_id
    seen = seen_by(world, sa.select(table.id).where(key.in_(pieces.values())))
    assert {name for name, rows in seen.items() if rows} == {"member"}


def test_what_is_published_is_seen_by_whom_it_was_published_to(world, pieces):
    seen = seen_by(
        world, sa.select(KnowHowListing.id).where(KnowHowListing.id.in_(pieces.values()))
    )

    def who(key: str) -> set[str]:
        return {name for name, rows in seen.items() if pieces[key] in rows}

    assert who("shared") == {"member", "second"}
    assert who("nameless") == {"member", "second"}
    assert who("public") == EVERYBODY
    assert who("withdrawn") == {"member"}
    assert who("draft") == set()


def test_the_search_finds_it_for_the_same(world, pieces):
    def who(key: str, *, public: bool = False) -> set[str]:
        found = set()
        for name, asked in world.scopes().items():
            with scope(asked):
                if pieces[key] in search(Kind.KNOW_HOW, wanted(WORDS[key]), public=public).ids:
                    found.add(name)
        return found

    assert who("shared") == who("nameless") == {"member", "second"}
    assert who("public", public=True) == EVERYBODY
    assert who("public") == set()


def test_on_its_own_pages_a_town_sees_no_listing_of_others(world, pieces):
    with tenant_scope(world.second.id):
        assert (
            db.session.scalars(
                sa.select(KnowHowListing.id).where(KnowHowListing.id == pieces["shared"])
            ).all()
            == []
        )


# Without a name


def test_nobody_can_ask_whose_a_piece_is_not_even_its_town(world, pieces):
    statements = [
        "SELECT owner_id FROM exchange.know_how_listings",
        "SELECT * FROM exchange.know_how_listings",
        "SELECT l FROM exchange.know_how_listings l",
        "SELECT ctid FROM exchange.know_how_listings WHERE owner_id IS NOT NULL",
        "SELECT id FROM exchange.know_how_listings ORDER BY owner_id",
        "SELECT xmin FROM exchange.know_how_listings",
        "UPDATE exchange.know_how_listings SET owner_id = owner_id",
        "UPDATE exchange.know_how_listings SET title = owner_id::text",
        "UPDATE exchange.know_how_listings SET hidden_in = '{}'",
        "UPDATE exchange.know_how_listings SET uses = 99",
        "SELECT owner_id FROM exchange.hidings",
        "SELECT * FROM exchange.hidings",
        "SELECT owner_id FROM exchange.search_entries",
    ]
    for name, asked in world.scopes().items():
        for statement in statements:
            with scope(asked), pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
                db.session.execute(sa.text(statement))
            assert name


def test_a_nameless_piece_says_nothing_of_its_town(world, pieces):
    with scope(world.scopes()["second"]):
        shown = queries.get_shown(pieces["nameless"])
        said = {
            column.key: str(getattr(shown.listing, column.key))
            for column in sa.inspect(KnowHowListing).column_attrs
            if column.key != "owner_id"
        }
        assert shown.town_name == shown.town_slug == ""
        assert shown.listing.files == []
        found = search(Kind.KNOW_HOW, wanted(WORDS["nameless"]))
    for names in (str(world.member.id), world.member.name, world.member.slug):
        assert not [key for key, value in said.items() if names in value]
    assert not [facet for facet in found.facets if facet.startswith("town:")]


def test_a_nameless_piece_is_not_found_by_its_towns_name(world, pieces):
    with scope(world.scopes()["second"]):
        assert pieces["nameless"] not in search(Kind.KNOW_HOW, wanted(world.member.name)).ids
        assert pieces["shared"] in search(Kind.KNOW_HOW, wanted(world.member.name)).ids


def test_no_word_of_a_nameless_piece_is_in_a_networks_journal(world, pieces):
    with scope(world.scopes()["second"]):
        rows = db.session.execute(
            sa.text("SELECT kind, subject_id::text, facts::text FROM core.network_journal")
        ).all()
    assert not [row for row in rows if "KnowHow" in row[0] or str(pieces["nameless"]) in str(row)]


def test_the_town_that_uses_a_nameless_piece_does_not_learn_whose_it_is(world, pieces):
    with scope(world.scopes()["second"]):
        for table in sorted(db.metadata.tables.values(), key=lambda each: each.fullname):
            if table.schema != "exchange" or "tenant_id" not in table.c:
                continue
            if table.name == "network_members":
                continue
            for row in db.session.execute(sa.select(table)):
                if str(pieces["nameless"]) in str(row):
                    assert str(world.member.id) not in str(row), table.fullname
                    assert world.member.name not in str(row), table.fullname


def test_a_nameless_piece_has_no_file_to_fetch(world, pieces):
    with scope(world.scopes()["member"]):
        (file_id,) = db.session.scalars(
            sa.select(KnowHowFile.id).where(KnowHowFile.know_how_id == pieces["nameless"])
        )
    with scope(world.scopes()["second"]):
        listing = queries.get_shown(pieces["nameless"]).listing
        with pytest.raises(NotFound):
            queries.published_file(listing, file_id)


def test_the_database_refuses_a_nameless_piece_that_says_more(world, pieces):
    row = sa.update(KnowHowListing).where(KnowHowListing.id == pieces["nameless"])
    for values in (
        {"files": [{"id": "x"}]},
        {"tactic": "15-11 空き家"},
        {"terms": "磐梯町の定め"},
        {"origin_words": "どこかの町"},
        {"is_public": True},
        {"author_id": world.second.id},
    ):
        with scope(world.scopes()["member"]):
            with pytest.raises(sa.exc.IntegrityError):
                db.session.execute(row.values(**values))
            db.session.rollback()


# Writing


def changes_nothing(asked: Scope, statement: sa.Executable) -> bool:
    with scope(asked):
        try:
            return db.session.execute(statement).rowcount == 0
        except sa.exc.DBAPIError:
            return True
        finally:
            db.session.rollback()


def test_nobody_changes_what_another_town_published(world, pieces):
    for name, asked in world.scopes().items():
        for key in ("shared", "public", "nameless"):
            change = sa.update(KnowHowListing).where(KnowHowListing.id == pieces[key])
            assert changes_nothing(asked, change.values(title="x")) == (name != "member"), name


def test_a_town_publishes_only_in_its_own_name_and_networks(world, pieces):
    def row(**values: object) -> sa.Insert:
        return sa.insert(KnowHowListing).values(
            **{
                "id": new_id(),
                "owner_id": world.second.id,
                "author_id": world.second.id,
                "network_ids": [world.network_id],
                "is_public": False,
                "version": 1,
                "genre": "form",
                "title": "x",
                "field": "other",
                "licence": "cc0",
                "published_at": now(),
                **values,
            }
        )

    second = world.scopes()["second"]
    assert not changes_nothing(second, row())
    assert changes_nothing(second, row(owner_id=world.member.id, author_id=world.member.id))
    assert changes_nothing(second, row(author_id=world.member.id))
    assert changes_nothing(second, row(network_ids=[world.other_network_id]))
    assert changes_nothing(second, row(id=pieces["shared"]))
    for name in ("former", "suspended", "invited", "never"):
        mine = getattr(world, name).id
        assert changes_nothing(world.scopes()[name], row(owner_id=mine, author_id=mine)), name


# Reuses


def test_a_reuse_is_seen_by_the_town_that_uses_and_its_thanks_by_the_author(world, pieces):
    both = [pieces["shared"], pieces["nameless"]]
    seen = seen_by(world, sa.select(Reuse.id).where(Reuse.origin_id.in_(both)))
    assert {name: len(rows) for name, rows in seen.items() if rows} == {"second": 2}
    seen = seen_by(world, sa.select(ReceivedReuse.id).where(ReceivedReuse.know_how_id.in_(both)))
    assert {name: len(rows) for name, rows in seen.items() if rows} == {"member": 2}


def test_nobody_writes_thanks_by_hand(world, pieces):
    row = sa.insert(ReceivedReuse).values(
        tenant_id=world.member.id,
        id=new_id(),
        know_how_id=pieces["shared"],
        by_tenant_id=world.second.id,
        town_name="x",
        version=1,
        borrowed_at=now(),
    )
    for name, asked in world.scopes().items():
        assert changes_nothing(asked, row), name
        assert changes_nothing(asked, sa.update(ReceivedReuse).values(thanks="x")), name


def test_only_what_a_town_can_see_can_be_used(world, pieces):
    for name in ("former", "suspended", "invited", "never"):
        with member_scope(getattr(world, name).id), pytest.raises(NotFound):
            queries.get_shown(pieces["shared"])
        town = getattr(world, name)
        copy = write(town, "写し")
        with member_scope(town.id):
            reuse = Reuse(
                tenant_id=town.id,
                id=new_id(),
                know_how_id=copy,
                origin_id=pieces["shared"],
                origin_title="x",
                origin_version=1,
                told_version=1,
                network_id=world.network_id,
                borrowed_by="x",
                borrowed_at=now(),
                ask_on=now().date(),
            )
            db.session.add(reuse)
            db.session.flush()
            with pytest.raises(sa.exc.ProgrammingError, match="not shown to the town"):
                db.session.execute(sa.text("SELECT exchange.tell_author(:id)"), {"id": reuse.id})
            db.session.rollback()


# Moderation


def test_a_report_is_seen_by_its_town_and_the_coordinator(world, pieces):
    seen = seen_by(world, sa.select(ItemReport.id).where(ItemReport.item_id == pieces["nameless"]))
    assert {name for name, rows in seen.items() if rows} == {"second", "coordinator"}


def test_only_the_coordinator_of_the_network_and_the_owner_hide(world):
    item = publish(world.member, write(world.member, "隠すもの"), world.network_id)
    hide = sa.text("SELECT exchange.hide_item(2::smallint, :item, :net, :id, 't', 'r', 'b', now())")

    def hidden(asked: Scope) -> bool:
        values = {"item": item, "net": world.network_id, "id": new_id()}
        with scope(asked):
            try:
                return bool(db.session.scalar(hide, values))
            except sa.exc.ProgrammingError:
                return False
            finally:
                db.session.rollback()

    may = {name for name, asked in world.scopes().items() if hidden(asked)}
    assert may == {"member", "coordinator"}


@pytest.mark.parametrize("nameless", [False, True])
def test_what_is_hidden_vanishes_at_once_and_its_town_learns_why(world, nameless):
    item = publish(
        world.member,
        write(world.member, f"消える様式{nameless}"),
        world.network_id,
        nameless=nameless,
    )
    ident = report(world.second, item, world.network_id)
    coordinator = world.coordinator.actor
    with scope(world.coordinator.scope):
        found = moderated.get_report(coordinator, ident, lock=True)
        hiding = moderation.hide_reported(found, "番号があります。", actor=coordinator, now=now())
        db.session.commit()
    seen = seen_by(world, sa.select(KnowHowListing.id).where(KnowHowListing.id == item))
    assert {name for name, rows in seen.items() if rows} == {"member"}
    with scope(world.scopes()["second"]):
        assert search(Kind.KNOW_HOW, wanted(f"消える様式{nameless}")).ids == []
    seen = seen_by(world, sa.select(Hiding.id).where(Hiding.id == hiding))
    assert {name for name, rows in seen.items() if rows} == {"member", "coordinator"}


def test_what_a_town_hides_itself_no_coordinator_sees(world):
    item = publish(world.member, write(world.member, "自分で隠す"), world.network_id)
    with scope(world.scopes()["member"]):
        actor = admin_of(world.member)
        hiding = moderation.hide_own_item(
            item_of(world.member, item), world.network_id, "直すため", actor=actor, now=now()
        )
        db.session.commit()
    seen = seen_by(world, sa.select(Hiding.id).where(Hiding.id == hiding))
    assert {name for name, rows in seen.items() if rows} == {"member"}


def test_a_public_piece_hidden_in_a_network_is_hidden_from_its_members_only(world):
    item = publish(world.member, write(world.member, "両方"), world.network_id, is_public=True)
    with scope(world.coordinator.scope):
        assert db.session.scalar(
            sa.text("SELECT exchange.hide_item(2::smallint, :i, :n, :h, 't', 'r', 'b', now())"),
            {"i": item, "n": world.network_id, "h": new_id()},
        )
        db.session.commit()
    seen = seen_by(world, sa.select(KnowHowListing.id).where(KnowHowListing.id == item))
    assert {name for name, rows in seen.items() if not rows} == {"second"}


# Leaving


@pytest.mark.parametrize("go", [leave, suspend])
def test_on_leaving_pieces_come_down_and_only_names_stay(app, go):
    ours, theirs = make_town("ひがし町"), make_town("にし町")
    network, other = make_network(ours, theirs), make_network(ours, theirs)
    both = publish(ours, write(ours, "両方にあるもの"), network, other)
    mine = publish(ours, write(ours, "こちらだけ"), network)
    lent = publish(theirs, write(theirs, "借りるもの"), network)
    report_back(theirs, borrow(theirs, mine), "ありがとう")
    report_back(ours, borrow(ours, lent), "感謝")
    go(network, ours)

    with scope(in_networks(Scope(theirs.id))):
        assert set(db.session.scalars(sa.select(KnowHowListing.id))) >= {both}
        assert mine not in set(db.session.scalars(sa.select(KnowHowListing.id)))
        assert search(Kind.KNOW_HOW, wanted("こちらだけ")).ids == []
        assert search(Kind.KNOW_HOW, wanted("両方")).ids == [both]
    for town, name in ((ours, "にし町"), (theirs, "ひがし町")):
        with scope(in_networks(Scope(town.id))):
            (row,) = db.session.scalars(sa.select(ReceivedReuse))
            assert (row.town_name, row.by_tenant_id) == (name, None)
            assert (row.changes, row.result, row.thanks) == ("", "", "")
            assert row.outcome is not None
    with scope(in_networks(Scope(ours.id))):
        statuses = {row.id: row.status for row in db.session.scalars(sa.select(KnowHow))}
        assert (statuses[mine], statuses[both]) == ("withdrawn", "published")


def test_after_leaving_a_town_may_still_change_what_it_shows_elsewhere(app):
    ours, theirs = make_town("ひがし町"), make_town("にし町")
    network, other = make_network(ours, theirs), make_network(ours, theirs)
    piece = publish(ours, write(ours, "両方にあるもの"), network, other)
    leave(network, ours)
    rewrite(ours, piece, title="新しい題")
    publish(ours, piece, other)
    with scope(in_networks(Scope(theirs.id))):
        assert queries.get_shown(piece).listing.title == "新しい題"


def test_leaving_two_networks_on_one_day(app):
    ours, theirs = make_town("ひがし町"), make_town("にし町")
    networks = make_network(ours, theirs), make_network(ours, theirs)
    piece = publish(ours, write(ours, "両方にあるもの"), *networks)
    for network in networks:
        announce(network, ours)
    db.session.rollback()
    end_memberships()
    with member_scope(ours.id):
        assert queries.find_listing(piece).network_ids == []
