"""The closed index: exactly what a plain comparison finds, and only where the scope may look."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from flask import Flask

from kyoso.core.db import db, new_id
from kyoso.core.scope import Scope, in_networks, member_scope, scope
from kyoso.core.search import search_key, wanted
from kyoso.exchange.finding import (
    Entry,
    Found,
    Kind,
    place,
    put_in_search,
    search,
    take_out_of_search,
)
from support.database import Database, as_superuser
from support.networks import World, announce, join, make_network, make_world
from support.people import Town, make_town

WORDS = [
    "観光",
    "防災",
    "デザイン",
    "ﾃﾞｻﾞｲﾝ",
    "広報・PR",
    "動画",
    "移住",
    "空き家",
    "マイナンバー",
    "生成ＡＩ",
    "町",
    "村",
    "Web１００",
    "100%",
]
RARE = [chr(code) for code in range(0x4E00, 0x4E00 + 1500)]


def profile(luck: random.Random) -> str:
    """Return a made-up text of about 287 characters, with line ends and spaces in it."""
    text = ""
    while len(text) < 280:
        word = luck.choice(WORDS) if luck.random() < 0.5 else "".join(luck.choices(RARE, k=3))
        text += word + luck.choice(["", "", "の", "、", "。\n", "　"])
    return text


def fill(
    town: Town, network_id: uuid.UUID, texts: list[str], kind: Kind = Kind.TALENT
) -> list[uuid.UUID]:
    """Publish the texts as things of a town."""
    ids = []
    with member_scope(town.id):
        for text in texts:
            ids.append(new_id())
            put_in_search(
                Entry(kind, ids[-1], text[:10], text, ("skill:design", f"town:{town.slug}")),
                network_ids=[network_id],
            )
        db.session.commit()
    return ids


def asked(wanted_scope: Scope, typed: str = "", **options: object) -> Found:
    with scope(wanted_scope):
        return search(Kind.TALENT, wanted(typed), **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def world(app: Flask) -> Iterator[World]:
    with app.app_context():
        yield make_world()


@pytest.fixture
def pair(app: Flask) -> tuple[Town, Town, uuid.UUID]:
    ours, theirs = make_town("ひがし町"), make_town("にし町")
    return ours, theirs, make_network(ours, theirs)


@dataclass(frozen=True)
class Library:
    town: Town
    keys: dict[uuid.UUID, str]


@pytest.fixture(scope="module")
def library(app: Flask) -> Iterator[Library]:
    """10,000 profiles, with a busy neighbour network beside them."""
    luck = random.Random(20261122)  # noqa: S311
    with app.app_context():
        town, beside = make_town("ひがし町"), make_town("となり町")
        texts = [profile(luck) for _ in range(10_000)]
        ids = fill(town, make_network(town), texts)
        fill(beside, make_network(beside), texts[:200])
        yield Library(town, dict(zip(ids, map(search_key, texts), strict=True)))


@pytest.mark.slow
@pytest.mark.parametrize("length", range(1, 11))
def test_finds_exactly_what_a_plain_comparison_finds(library, length):
    luck = random.Random(length)  # noqa: S311
    keys = list(library.keys.values())
    for _ in range(12):
        key = luck.choice(keys)
        start = luck.randrange(len(key) - length)
        part = key[start : start + length]
        words = part.split()
        plain = {i for i, other in library.keys.items() if all(w in other for w in words)}
        found = asked(in_networks(Scope(library.town.id)), part, per_page=20_000)
        assert set(found.ids) == plain, repr(part)
        assert found.total == len(plain)


@pytest.mark.slow
def test_a_rare_word_is_read_from_the_index_as_the_role_of_the_application(
    library, database: Database
):
    def scans() -> int:
        with as_superuser(database) as connection:
            row = connection.execute(
                "SELECT idx_scan FROM pg_stat_user_indexes"
                " WHERE indexrelname = 'ix_search_entries_tokens'"
            ).fetchone()
        return int(str(row[0])) if row else 0

    with as_superuser(database) as connection:
        connection.execute("ANALYZE exchange.search_entries")
    before = scans()
    rare = next(iter(library.keys.values()))[20:26].split()[0]
    with scope(in_networks(Scope(library.town.id))):
        assert search(Kind.TALENT, wanted(rare)).ids
        # Of this very connection: a pool has several.
        db.session.execute(sa.text("SELECT pg_stat_force_next_flush()"))
        db.session.commit()
    assert scans() > before


def test_pages_follow_each_other_without_gap_or_repetition(pair):
    ours, theirs, network_id = pair
    ids = fill(ours, network_id, [f"見本{n:03}" for n in range(45)])
    seen, after = [], None
    for _ in range(3):
        found = asked(in_networks(Scope(theirs.id)), "見本", after=after)
        seen += found.ids
        after = place(str(found.after)) if found.after else None
    assert seen == sorted(ids, reverse=True)
    assert after is None


def test_a_place_that_nobody_gave_out_is_the_first_page():
    assert [place(text) for text in ("", "x", "1.zz", f"9999.{uuid.uuid4().hex}")] == [None] * 4


def test_words_in_the_title_come_first(pair):
    ours, theirs, network_id = pair
    with member_scope(ours.id):
        first, second = new_id(), new_id()
        put_in_search(Entry(Kind.TALENT, first, "防災の人", "防災の人"), network_ids=[network_id])
        put_in_search(Entry(Kind.TALENT, second, "誰か", "防災もできる"), network_ids=[network_id])
        db.session.commit()
    assert asked(in_networks(Scope(theirs.id)), "防災").ids == [first, second]


def test_facets_are_counted_and_narrow(pair):
    ours, theirs, network_id = pair
    fill(ours, network_id, ["甲", "乙"])
    mine = fill(theirs, network_id, ["丙"])
    found = asked(in_networks(Scope(ours.id)))
    assert found.total == 3
    assert found.facets == {"skill:design": 3, f"town:{ours.slug}": 2, f"town:{theirs.slug}": 1}
    narrowed = asked(in_networks(Scope(ours.id)), facets=["skill:design", f"town:{theirs.slug}"])
    assert narrowed.ids == mine


def test_what_is_in_two_networks_is_found_once(app):
    ours, theirs = make_town("ひがし町"), make_town("にし町")
    networks = [make_network(ours, theirs), make_network(ours, theirs)]
    with member_scope(ours.id):
        item = new_id()
        put_in_search(Entry(Kind.TALENT, item, "甲", "甲"), network_ids=networks)
        db.session.commit()
    found = asked(in_networks(Scope(theirs.id)), "甲")
    assert (found.ids, found.total) == ([item], 1)


def test_only_those_who_are_members_today_find(world):
    (item,) = fill(world.member, world.network_id, ["町の人"])
    finders = {name for name, wanted in world.scopes().items() if item in asked(wanted, "人").ids}
    assert finders == {"member", "second"}


def test_what_a_town_that_left_had_published_is_not_found_on_the_very_day(pair):
    ours, theirs, network_id = pair
    fill(ours, network_id, ["去る町の人"])
    assert asked(in_networks(Scope(theirs.id)), "去る").ids
    announce(network_id, ours)
    assert asked(in_networks(Scope(theirs.id)), "去る").ids == []


def test_the_public_finds_only_what_is_public(pair):
    ours, _theirs, network_id = pair
    with member_scope(ours.id):
        shown, kept = new_id(), new_id()
        put_in_search(Entry(Kind.TALENT, shown, "公開", "公開"), network_ids=[], public=True)
        put_in_search(Entry(Kind.TALENT, kept, "公開せず", "公開せず"), network_ids=[network_id])
        db.session.commit()
    found = asked(Scope(), "公開", public=True).ids
    assert shown in found
    assert kept not in found
    assert asked(Scope(), "公開").ids == []


def test_a_town_publishes_only_in_its_own_networks(pair, app):
    ours, _theirs, _network_id = pair
    stranger = make_town("よそ町")
    elsewhere = make_network(stranger)
    fill(ours, elsewhere, ["しのびこむ"])
    assert asked(in_networks(Scope(stranger.id)), "しのび").ids == []


def test_no_town_changes_what_another_published(pair):
    ours, theirs, network_id = pair
    (item,) = fill(ours, network_id, ["ひがし"])
    with member_scope(theirs.id):
        with pytest.raises(sa.exc.ProgrammingError, match="not an item of the town"):
            put_in_search(Entry(Kind.TALENT, item, "にし", "にし"), network_ids=[network_id])
        db.session.rollback()
        take_out_of_search(Kind.TALENT, item)
        db.session.commit()
    assert asked(in_networks(Scope(theirs.id)), "ひがし").ids == [item]


@pytest.mark.parametrize("who", ["town", "person", "coordinator", "stranger"])
def test_taking_out_is_for_the_town_the_person_and_the_coordinator(world, who):
    person_id, item = new_id(), new_id()
    with member_scope(world.member.id):
        entry = Entry(Kind.TALENT, item, "本人", "本人", subject_id=person_id)
        put_in_search(entry, network_ids=[world.network_id])
        db.session.commit()
    scopes = {
        "town": Scope(world.member.id),
        "person": Scope(person_id=person_id),
        "coordinator": world.coordinator.scope,
        "stranger": Scope(world.never.id, person_id=uuid.uuid4()),
    }
    with scope(scopes[who]):
        take_out_of_search(Kind.TALENT, item)
        db.session.commit()
    still = item in asked(world.scopes()["second"], "本人").ids
    assert still == (who == "stranger")


def test_an_entry_written_and_rolled_back_was_never_there(pair):
    ours, theirs, network_id = pair
    with member_scope(ours.id):
        put_in_search(Entry(Kind.TALENT, new_id(), "幻", "幻"), network_ids=[network_id])
        db.session.rollback()
    assert asked(in_networks(Scope(theirs.id)), "幻").ids == []


def test_a_town_that_joins_finds_what_is_there(pair):
    ours, _theirs, network_id = pair
    (item,) = fill(ours, network_id, ["先にあったもの"])
    newcomer = make_town("あとから町")
    assert asked(in_networks(Scope(newcomer.id)), "先に").ids == []
    join(network_id, ours, newcomer)
    assert asked(in_networks(Scope(newcomer.id)), "先に").ids == [item]


@pytest.mark.parametrize("typed", ["観" * 10_000, "%", "_", "\\", "・・・", "!!", "'; DROP--"])
def test_whatever_is_typed_is_only_looked_for(pair, typed):
    ours, _theirs, network_id = pair
    (item,) = fill(ours, network_id, [f"記号 {typed[:300]} 終わり"])
    fill(ours, network_id, ["ほかのもの"])
    assert asked(in_networks(Scope(ours.id)), typed).ids == [item]
