import dataclasses
import datetime as dt
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from kyoso.core.access import Actor, Role
from kyoso.core.config import ROOT, Settings
from kyoso.core.db import db
from kyoso.core.errors import Forbidden
from kyoso.core.journal import JournalEntry, list_history
from kyoso.core.scope import tenant_scope
from kyoso.tenancy.declarations import DeclarationError
from kyoso.tenancy.models import DepartmentPeriod, Tenant
from kyoso.tenancy.operations import sync_departments
from kyoso.tenancy.queries import (
    department_names,
    get_tenant,
    list_department_periods,
    list_departments,
    list_programme_owners,
    programme_owner,
    tenant_by_slug,
)
from kyoso.tenancy.sync import loads, tenants_sync
from support.folders import NOON, TownFolder, copy_of_tenants

TODAY = dt.date(2026, 11, 21)


@pytest.fixture
def town(app: Flask, tmp_path: Path) -> TownFolder:
    folder = TownFolder(copy_of_tenants(tmp_path))
    folder.write(
        "org_chart.toml",
        '[[departments]]\nslug = "dx"\nname = "変革室"\nfrom = "2020-07"\ntime_limited = true\n'
        '[[departments]]\nslug = "somu"\nname = "総務課"\n'
        '[[departments]]\nslug = "kakari"\nname = "庶務係"\nparent = "somu"\n',
    )
    return folder


def guest(town: TownFolder) -> Actor:
    return Actor.guest(town.read().tenant_id)


def names(town: TownFolder, on: dt.date = TODAY) -> list[str]:
    with tenant_scope(town.read().tenant_id):
        return [unit.name for unit in list_departments(guest(town), on)]


def test_the_first_sync_takes_the_town_in_and_says_so(town: TownFolder) -> None:
    name = town.read().name
    changes = [str(change) for change in town.sync()]
    assert f"{name} profile.toml: {name} を追加" in changes
    assert f"{name} org_chart.toml: 総務課 を追加" in changes
    assert names(town) == ["変革室", "総務課", "庶務係"]
    info = tenant_by_slug(town.read().slug)
    assert (info.id, info.name, info.status) == (town.read().tenant_id, name, "active")
    assert info.sender_name == f"{name} 官民共創プログラム"


def test_where_news_for_the_desk_goes_and_how_papers_are_numbered_is_taken_over(
    town: TownFolder,
) -> None:
    told = (town.path / "profile.toml").read_text("utf-8")
    more = "\n[mail]\ndesk_address = 'desk@example.jp'\n[documents]\nnumber_prefix = '磐政'\n"
    (town.path / "profile.toml").write_text(told + more, "utf-8")
    town.sync()
    declared = tenant_by_slug(town.read().slug).declaration
    assert declared["mail"]["desk_address"] == "desk@example.jp"
    assert declared["documents"]["number_prefix"] == "磐政"


def test_a_second_sync_changes_nothing(town: TownFolder) -> None:
    town.sync()
    with tenant_scope(town.read().tenant_id):
        before = db.session.scalar(sa.select(sa.func.count()).select_from(JournalEntry))
    assert town.sync() == []
    with tenant_scope(town.read().tenant_id):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(JournalEntry)) == before


def test_a_dry_run_says_the_same_and_leaves_nothing(town: TownFolder) -> None:
    would = town.sync(dry_run=True)
    with tenant_scope(town.read().tenant_id):
        assert db.session.get(Tenant, town.read().tenant_id) is None
        assert db.session.scalars(sa.select(DepartmentPeriod)).all() == []
    assert town.sync() == would


def test_nothing_is_deleted_when_an_entry_vanishes(town: TownFolder) -> None:
    town.sync()
    town.write("org_chart.toml", '[[departments]]\nslug = "somu"\nname = "総務課"\n')
    changes = town.sync()
    assert [change.kept for change in changes if "変革室" in change.what] == [True]
    assert "until を書いてください" in " ".join(change.what for change in changes)
    assert "変革室" in names(town)


def test_a_unit_that_ends_keeps_its_history(town: TownFolder) -> None:
    town.sync()
    town.edit("org_chart.toml", 'from = "2020-07"', 'from = "2020-07"\nuntil = "2026-03"')
    town.write(
        "org_chart.toml",
        (town.path / "org_chart.toml").read_text("utf-8")
        + '[[departments]]\nslug = "dx"\nname = "デジタル課"\nfrom = "2026-04"\n',
    )
    assert {change.what for change in town.sync()} == {
        "変革室 の終わりを変更（なし → 2026-03-31）",
        "デジタル課 を追加",
    }
    assert "変革室" in names(town, dt.date(2026, 3, 31))
    assert "変革室" not in names(town, dt.date(2026, 4, 1))
    assert "デジタル課" in names(town, dt.date(2026, 4, 1))
    assert names(town, dt.date(2020, 6, 30)) == ["総務課", "庶務係"]
    with tenant_scope(town.read().tenant_id):
        [unit] = [u for u in list_departments(guest(town), TODAY) if u.slug == "dx"]
        periods = list_department_periods(guest(town), unit.id)
        assert [period.name for period in periods] == ["デジタル課", "変革室"]
        assert department_names(guest(town), TODAY)[unit.id] == "デジタル課"
        assert department_names(guest(town), dt.date(2021, 1, 1))[unit.id] == "変革室"


def test_a_unit_of_which_nothing_holds_today_is_named_as_last(town: TownFolder) -> None:
    town.edit("org_chart.toml", 'from = "2020-07"', 'from = "2020-07"\nuntil = "2023-06"')
    town.sync()
    assert "変革室" not in names(town)
    with tenant_scope(town.read().tenant_id):
        assert "変革室" in department_names(guest(town), TODAY).values()


def test_a_corrected_first_day_corrects_the_row(town: TownFolder) -> None:
    town.sync()
    town.edit("org_chart.toml", 'from = "2020-07"', 'from = "2020-08"')
    assert [change.what for change in town.sync()] == [
        "変革室 の始まりを変更（2020-07-01 → 2020-08-01）"
    ]


def test_an_entry_written_over_does_not_take_the_place_of_its_history(town: TownFolder) -> None:
    town.sync()
    town.edit(
        "org_chart.toml", 'name = "変革室"\nfrom = "2020-07"', 'name = "新課"\nfrom = "2026-04"'
    )
    changes = town.sync()
    assert {(change.what.split(" ")[0], change.kept) for change in changes} == {
        ("新課", False),
        ("変革室", True),
    }
    assert "変革室" in names(town, dt.date(2022, 1, 1))
    # Both hold today, until the old one is given its end: the newer is shown, once.
    assert names(town).count("新課") == 1
    assert "変革室" not in names(town)


def test_a_corrected_name_stays_in_the_journal(town: TownFolder) -> None:
    town.sync()
    town.edit("org_chart.toml", "総務課", "総務部")
    town.sync()
    with tenant_scope(town.read().tenant_id):
        entry = list_history(guest(town), [town.read().tenant_id])[0]
        assert entry.kind == "DepartmentsSynced"
        assert entry.facts["changes"] == ["総務課 の名前を変更（総務課 → 総務部）"]
        assert entry.actor_name == "tenants sync"
        assert entry.person_id is None
        assert entry.at == NOON


def test_the_programme_has_an_owner_for_each_time(town: TownFolder) -> None:
    profile = (town.path / "profile.toml").read_text("utf-8")
    owners = "[{department = 'dx', until = '2022-03'}, {department = 'somu', from = '2022-04'}]"
    town.write("profile.toml", f"{profile}\n[programme]\nname = '見本ラボ'\nowners = {owners}\n")
    town.sync()
    with tenant_scope(town.read().tenant_id):
        then = programme_owner(guest(town), dt.date(2022, 3, 31))
        now = programme_owner(guest(town), dt.date(2022, 4, 1))
        assert then is not None
        assert now is not None
        assert (then.name, now.name) == ("変革室", "総務課")
        assert [owner.ends_on for owner in list_programme_owners(guest(town))] == [
            dt.date(2022, 3, 31),
            None,
        ]
    assert town.sync() == []


def test_a_town_without_an_owner_has_none(town: TownFolder) -> None:
    town.sync()
    with tenant_scope(town.read().tenant_id):
        assert programme_owner(guest(town)) is None


def test_what_is_only_shown_is_taken_over(town: TownFolder) -> None:
    town.sync()
    town.write("theme/theme.toml", "key_color = 'green-900'\n")
    town.set_profile("area_km2", "area_km2 = 59.77")
    assert {(change.file, change.what) for change in town.sync()} == {
        ("theme/theme.toml", "theme を変更"),
        ("profile.toml", "area_km2 を変更"),
    }
    with tenant_scope(town.read().tenant_id):
        info = get_tenant(town.read().tenant_id)
        assert (info.key_color, info.declaration["area_km2"]) == ("green-900", 59.77)


def test_nothing_is_changed_anywhere_while_one_folder_holds_a_mistake(
    town: TownFolder, settings: Settings
) -> None:
    other = TownFolder(town.root)
    other.write("org_chart.toml", "departments = 3\n")
    with pytest.raises(DeclarationError, match="org_chart.toml: departments"):
        tenants_sync(dataclasses.replace(settings, tenants_dir=town.root))
    with tenant_scope(town.read().tenant_id):
        assert db.session.get(Tenant, town.read().tenant_id) is None


def test_a_folder_that_vanished_is_reported_and_its_town_kept(
    town: TownFolder, settings: Settings
) -> None:
    here = dataclasses.replace(settings, tenants_dir=town.root)
    tenants_sync(here)
    name, tenant_id, code = town.read().name, town.read().tenant_id, town.read().code
    town.path.rename(town.root.parent / "elsewhere")
    kept = [change for change in tenants_sync(here) if change.file == code]
    assert [(change.town, change.kept) for change in kept] == [(name, True)]
    with tenant_scope(tenant_id):
        assert db.session.get(Tenant, tenant_id) is not None


def test_the_three_towns_of_the_demonstration_are_taken_over(
    app: Flask, settings: Settings
) -> None:
    three = dataclasses.replace(settings, tenants_dir=ROOT / "tenants")
    tenants_sync(three)
    assert [change for change in tenants_sync(three) if not change.kept] == []
    bandai = tenant_by_slug("bandai")
    with tenant_scope(bandai.id):
        actor = Actor.guest(bandai.id)
        assert len(list_departments(actor, TODAY)) == 13
        owner = programme_owner(actor, TODAY)
        before = programme_owner(actor, dt.date(2021, 4, 1))
        assert owner is not None
        assert before is not None
        assert (owner.name, before.name) == ("政策課", "デジタル変革戦略室")
    assert bandai.programme_name == "ばんだい宝ラボ"


def test_only_the_system_syncs(town: TownFolder) -> None:
    declaration = town.read()
    town.sync()
    with tenant_scope(declaration.tenant_id):
        for role in Role:
            actor = Actor(declaration.tenant_id, frozenset({role}))
            if role is Role.SYSTEM:
                sync_departments(declaration, actor=actor, now=NOON)
            else:
                with pytest.raises(Forbidden):
                    sync_departments(declaration, actor=actor, now=NOON)


def test_a_loader_runs_after_those_it_needs(
    town: TownFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kyoso.tenancy.sync._loaders", {})
    ran: list[str] = []

    def load(name: str, *after: str) -> None:
        def loader(_town: object, *, actor: Actor, now: dt.datetime) -> list[object]:
            ran.append(name)
            return []

        loads(name, after=after)(loader)  # type: ignore[arg-type]

    load("a", "c", "nobody")
    load("b")
    load("c", "b")
    town.sync()
    assert ran == ["b", "c", "a"]
