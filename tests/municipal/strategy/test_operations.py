import datetime as dt
import uuid

import pytest
import sqlalchemy as sa

from kyoso.core.access import Actor, Role
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, NotFound
from kyoso.core.journal import list_recent
from kyoso.core.scope import tenant_scope
from kyoso.municipal.strategy.models import Strategy, Tactic
from kyoso.municipal.strategy.operations import sync_strategy
from kyoso.municipal.strategy.queries import (
    get_tactic,
    list_tactics,
    strategy_tree,
    tactic_labels,
)
from kyoso.municipal.strategy.rules import TacticKind
from support.folders import NOON, TownFolder

TODAY = dt.date(2026, 11, 21)


def guest(town: TownFolder) -> Actor:
    return Actor.guest(town.read().tenant_id)


def codes(town: TownFolder, on: dt.date = TODAY) -> list[str]:
    with tenant_scope(town.read().tenant_id):
        return [tactic.code for tactic in list_tactics(guest(town), on)]


def test_the_tree_is_taken_over_whole(town: TownFolder) -> None:
    town.sync()
    with tenant_scope(town.read().tenant_id):
        [vision] = strategy_tree(guest(town), TODAY)
        assert (vision.number, vision.reasons) == (5, ["不確実性", "多様化"])
        assert [strategy.number for strategy in vision.strategies] == [13, 14]
        assert vision.strategies[0].target_talent == ["デジタルノマド"]
        # In the order of the plan, not of the letters: 13-2 before 13-10.
        first, second = vision.strategies[0].tactics
        assert (first.code, first.kind, first.departments) == ("13-2", None, ("変革室",))
        assert (second.kind, second.departments) == (TacticKind.PILOT, ("変革室", "政策課"))
        [third] = vision.strategies[1].tactics
        assert (third.target_value, third.target_unit) == (100, "%")


def test_the_tree_takes_two_statements(town: TownFolder, count_statements) -> None:
    town.sync()
    with tenant_scope(town.read().tenant_id):
        db.session.execute(sa.text("SELECT 1"))
        with count_statements() as seen:
            strategy_tree(guest(town), TODAY)
    assert len(seen) == 2


def test_a_second_sync_changes_nothing(town: TownFolder) -> None:
    town.sync()
    assert town.sync() == []


def test_a_dry_run_leaves_nothing(town: TownFolder) -> None:
    assert "戦略13 複業人材との共創 を追加" in [change.what for change in town.sync(dry_run=True)]
    with tenant_scope(town.read().tenant_id):
        assert strategy_tree(guest(town)) == []


def test_a_tactic_that_ends_keeps_its_history(town: TownFolder) -> None:
    town.sync()
    town.edit("strategy.toml", 'title = "実証する" }', 'title = "実証する", until = "2025-03" }')
    town.edit(
        "strategy.toml",
        '    { id = "14-1"',
        '    { id = "13-10", departments = [], title = "実装する", from = "2025-04" },\n'
        '    { id = "14-1"',
    )
    changes = [change.what for change in town.sync()]
    assert "戦術13-10 実証する の終わりを変更（なし → 2025-03-31）" in changes
    assert "戦術13-10 実装する を追加" in changes
    with tenant_scope(town.read().tenant_id):
        before = {t.code: t.title for t in list_tactics(guest(town), dt.date(2025, 3, 31))}
        after = {t.code: t for t in list_tactics(guest(town), dt.date(2025, 4, 1))}
        assert before["13-10"] == "実証する"
        assert (after["13-10"].title, after["13-10"].strategy_number) == ("実装する", 14)
        assert {"13-10 実証する", "13-10 実装する"} <= set(tactic_labels(guest(town)).values())


def test_a_tactic_that_changes_hands_names_both_in_their_time(town: TownFolder) -> None:
    town.edit(
        "strategy.toml",
        '"13-2", departments = ["dx"]',
        '"13-2", departments = [{department = "dx", until = "2022-03"},'
        ' {department = "seisaku", from = "2022-04"}]',
    )
    town.sync()
    with tenant_scope(town.read().tenant_id):
        for day, name in ((dt.date(2022, 3, 31), "変革室"), (dt.date(2022, 4, 1), "政策課")):
            [vision] = strategy_tree(guest(town), day)
            assert vision.strategies[0].tactics[0].departments == (name,)


def test_nothing_is_deleted_when_an_entry_vanishes(town: TownFolder) -> None:
    town.sync()
    town.write("strategy.toml", "visions = []\n")
    changes = town.sync()
    assert all(change.kept for change in changes)
    assert any(change.what.startswith("戦術14-1 取得率100%") for change in changes)
    assert codes(town) == ["13-2", "13-10", "14-1"]


def test_a_vision_without_strategies_and_a_strategy_without_tactics_are_shown(
    town: TownFolder,
) -> None:
    town.write(
        "strategy.toml",
        '[[visions]]\nnumber = 1\ntitle = "一"\n[[visions]]\nnumber = 2\ntitle = "二"\n'
        '[[visions.strategies]]\nnumber = 1\ntitle = "略"\n',
    )
    town.sync()
    with tenant_scope(town.read().tenant_id):
        one, two = strategy_tree(guest(town))
        assert one.strategies == []
        assert [strategy.tactics for strategy in two.strategies] == [[]]
        assert list_tactics(guest(town)) == []


def test_a_tactic_is_found_by_its_id(town: TownFolder) -> None:
    town.sync()
    with tenant_scope(town.read().tenant_id):
        tactic = list_tactics(guest(town), TODAY)[2]
        assert get_tactic(guest(town), tactic.id) == tactic
        assert tactic.label == "14-1 取得率100%"
        with pytest.raises(NotFound):
            get_tactic(guest(town), uuid.uuid4())


def test_the_journal_says_what_was_taken_over(town: TownFolder) -> None:
    town.sync()
    with tenant_scope(town.read().tenant_id):
        [entry] = list_recent(guest(town), kinds=["StrategySynced"])
        assert entry.actor_name == "tenants sync"
        assert "将来像5 共創のデザイン を追加" in entry.facts["changes"]
        assert entry.label == "将来像・戦略・戦術を反映しました"


def test_only_the_system_takes_over(town: TownFolder) -> None:
    town.sync()
    declaration = town.read()
    with tenant_scope(declaration.tenant_id):
        for role in Role:
            actor = Actor(declaration.tenant_id, frozenset({role}))
            if role is Role.SYSTEM:
                assert sync_strategy(declaration, actor=actor, now=NOON) == []
            else:
                with pytest.raises(Forbidden):
                    sync_strategy(declaration, actor=actor, now=NOON)


def test_the_database_refuses_what_may_never_be(town: TownFolder) -> None:
    town.sync()
    tenant_id = town.read().tenant_id
    for values, why in (
        ({"target_value": 1}, "target_has_value_and_unit"),
        (
            {"starts_on": dt.date(2026, 4, 1), "ends_on": dt.date(2026, 3, 31)},
            "ends_after_it_starts",
        ),
        ({"code": "13-2"}, "uq_tactics"),
    ):
        with tenant_scope(tenant_id):
            strategy_id = db.session.scalars(sa.select(Strategy.id)).first()
            base = {"code": "9-9", "title": "術", "position": 1, "strategy_id": strategy_id}
            db.session.add(Tactic(id=new_id(), tenant_id=tenant_id, **(base | values)))
            with pytest.raises(sa.exc.IntegrityError, match=why):
                db.session.flush()
