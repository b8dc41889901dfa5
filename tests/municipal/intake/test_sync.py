"""The folders are taken over: idempotent, by version, nothing deleted."""

import datetime as dt
from pathlib import Path

import pytest
from flask import Flask

from kyoso.core.access import Actor, Role
from kyoso.core.errors import Forbidden
from kyoso.core.scope import tenant_scope
from kyoso.municipal.intake import queries
from kyoso.municipal.intake.models import IntakePolicy
from kyoso.municipal.intake.operations import sync_intake
from kyoso.municipal.intake.rules import SCORE_MAX, IntakeState, Stance
from kyoso.tenancy.sync import sync_town
from support.folders import NOON, TownFolder, copy_of_tenants
from support.people import Town

TODAY = NOON.date()


@pytest.fixture
def town(app: Flask, tmp_path: Path) -> TownFolder:
    return TownFolder(copy_of_tenants(tmp_path))


def policies(town: TownFolder) -> list[IntakePolicy]:
    tenant_id = town.read().tenant_id
    with tenant_scope(tenant_id):
        return list(queries.list_policies(Actor.guest(tenant_id)))


def state(town: TownFolder, day: dt.date = TODAY) -> IntakeState:
    tenant_id = town.read().tenant_id
    with tenant_scope(tenant_id):
        return queries.get_intake(Actor.guest(tenant_id), day)


def ours(changes: list, *, kept: bool = False) -> list[str]:
    return [
        change.what
        for change in changes
        if change.file in {"intake_policy.toml", "guidelines/"} and change.kept is kept
    ]


def test_a_first_sync_takes_everything_over_and_a_second_changes_nothing(town):
    assert ours(town.sync()) == [
        "受付方針（2026-11-21から） を追加",
        "ガイドライン（2026-04-01から） を追加",
    ]
    policy = policies(town)[0]
    assert policy.stance is Stance.MIXED
    assert policy.answer_within_days == 30
    assert {item["max"] for item in policy.criteria} == {SCORE_MAX}
    assert policy.criteria[0]["label_en"] == "Fits the town's vision and strategy"
    assert state(town).accepting
    assert ours(town.sync()) == []
    tenant_id = town.read().tenant_id
    with tenant_scope(tenant_id):
        us = Actor.guest(tenant_id)
        guideline = queries.guideline_on(us, TODAY)
        assert guideline is not None
        assert guideline.body_en
        assert queries.guideline_on(us, dt.date(2000, 1, 1)) is None


def test_a_dry_run_says_what_would_change_and_changes_nothing(town):
    assert ours(town.sync(dry_run=True))
    assert policies(town) == []


def test_a_change_without_a_day_begins_a_new_version_and_keeps_the_old(town):
    town.sync()
    town.write("intake_policy.toml", 'stance = "focused"\n')
    later = NOON + dt.timedelta(days=40)
    sync_town(town.read(), now=later)
    assert [(p.effective_on, p.stance) for p in policies(town)] == [
        (later.date(), Stance.FOCUSED),
        (TODAY, Stance.MIXED),
    ]
    assert ours(sync_town(town.read(), now=later + dt.timedelta(days=1))) == []


def test_a_change_on_the_same_day_corrects(town):
    town.sync()
    town.write("intake_policy.toml", 'stance = "focused"\n')
    assert "受付の考え方を変更" in ours(town.sync())[0]
    assert [p.stance for p in policies(town)] == [Stance.FOCUSED]


def test_a_declared_day_is_a_version_of_its_own(town):
    town.write("intake_policy.toml", 'effective_on = 2025-04-01\nstance = "open"\n')
    town.sync()
    town.write("intake_policy.toml", 'effective_on = 2026-04-01\nstance = "focused"\n')
    town.sync()
    town.write("intake_policy.toml", 'effective_on = 2026-04-01\nstance = "mixed"\n')
    town.sync()
    assert [(p.effective_on, p.stance) for p in policies(town)] == [
        (dt.date(2026, 4, 1), Stance.MIXED),
        (dt.date(2025, 4, 1), Stance.OPEN),
    ]


def test_dated_windows_are_taken_over_and_stay(town):
    dated = (
        '[windows]\nkind = "dated"\n[[windows.periods]]\n'
        "opens_on = {0}-11-01\ncloses_on = {0}-12-24\nlabel = '冬の募集'\n"
    )
    town.write("intake_policy.toml", dated.format(2026))
    town.sync()
    assert ours(town.sync()) == []
    assert state(town).closes_on == dt.date(2026, 12, 24)
    assert not state(town, dt.date(2026, 12, 25)).accepting
    town.edit("intake_policy.toml", "12-24", "12-25")
    assert "締切を変更" in ours(town.sync())[0]
    town.write("intake_policy.toml", dated.format(2027))
    assert "残しています" in ours(town.sync(), kept=True)[0]
    assert state(town).closes_on == dt.date(2026, 12, 25)


def test_monthly_windows_are_taken_over(town):
    town.write(
        "intake_policy.toml",
        '[windows]\nkind = "monthly"\n[windows.monthly]\nopens_on_day = 5\ncloses_on_day = 10\n',
    )
    town.sync()
    assert state(town).next_opens_on == dt.date(2026, 12, 5)


def test_a_guideline_of_a_new_day_follows_the_old(town):
    town.write("guidelines/2026-04-01.md", "# はじめの指針\n\n本文\n")
    town.sync()
    town.write("guidelines/2027-04-01.md", "# つぎの指針\n\n本文\n")
    town.edit("guidelines/2026-04-01.md", "本文", "直した本文")
    assert ours(town.sync()) == [
        "ガイドライン（2026-04-01から） の内容を変更",
        "ガイドライン（2027-04-01から） を追加",
    ]
    tenant_id = town.read().tenant_id
    with tenant_scope(tenant_id):
        us = Actor.guest(tenant_id)
        for day, title in ((TODAY, "はじめの指針"), (dt.date(2027, 4, 1), "つぎの指針")):
            guideline = queries.guideline_on(us, day)
            assert guideline is not None
            assert guideline.title == title


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.SYSTEM}))
def test_nobody_but_the_platform_takes_folders_over(role, town, hinode: Town):
    declaration = town.read()
    actor = Actor(declaration.tenant_id, frozenset({role}))
    with tenant_scope(declaration.tenant_id), pytest.raises(Forbidden):
        sync_intake(declaration, actor=actor, now=NOON)
