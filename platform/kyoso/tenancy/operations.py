"""Every change to municipalities: what their folders declare is taken over, never deleted."""

from __future__ import annotations

import datetime as dt
from typing import Any

from kyoso.core.access import Actor, authorise
from kyoso.core.db import db, new_id
from kyoso.core.journal import record
from kyoso.tenancy import queries
from kyoso.tenancy.changes import Change, Changes, pair
from kyoso.tenancy.declarations import FILES, Declaration, first_day, period_of
from kyoso.tenancy.events import DepartmentsSynced, ProgrammeSynced, TenantSynced
from kyoso.tenancy.models import (
    Department,
    DepartmentPeriod,
    Programme,
    ProgrammeOwner,
    Tenant,
)
from kyoso.tenancy.permissions import TenancyPermission

_TENANT_WORDS = {
    "slug": "アドレス",
    "name": "名前",
    "name_kana": "よみがな",
    "name_en": "英語名",
    "prefecture": "都道府県",
    "hosts": "ホスト名",
}
_PERIOD_WORDS = {
    "name": "名前",
    "starts_on": "始まり",
    "ends_on": "終わり",
    "time_limited": "時限組織",
    "note": "覚え書き",
}
_PROGRAMME_WORDS = {"name": "名前", "theme": "テーマ", "since": "始まり"}
_OWNER_WORDS = {"starts_on": "始まり", "ends_on": "終わり"}


def sync_tenant(town: Declaration, *, actor: Actor, now: dt.datetime) -> list[Change]:
    """Take over the town's names, figures, texts and theme; the first time, take in the town."""
    authorise(actor, TenancyPermission.SYNC)

    changes = Changes(town.name, FILES["profile"])
    profile = town.profile
    values = {
        "slug": town.slug,
        "name": town.name,
        "name_kana": profile["name_kana"],
        "name_en": profile.get("name_en"),
        "prefecture": profile["prefecture"],
        "hosts": profile.get("hosts", []),
    }
    shown = _shown(town)
    tenant = queries.load_tenant(town.tenant_id)
    if tenant is None:
        tenant = Tenant(id=town.tenant_id, code=town.code, declaration=shown, **values)
        db.session.add(tenant)
        changes.added(town.name)
    else:
        changes.put(town.name, tenant, values, _TENANT_WORDS)
        for key in sorted(shown.keys() | tenant.declaration.keys()):
            if shown.get(key) != tenant.declaration.get(key):
                file = FILES.get(key, FILES["profile"])
                changes.found.append(Change(town.name, file, f"{key} を変更"))
        if shown != tenant.declaration:
            tenant.declaration = shown
    # Everything else of the town points at this row.
    db.session.flush()

    if sentences := changes.sentences():
        tenant.synced_at = now
        record(TenantSynced(town.tenant_id, sentences), actor=actor, now=now)
    return changes.found


def _shown(town: Declaration) -> dict[str, Any]:
    """Return what is only shown, never joined."""
    profile = town.profile
    kept = (
        *("contact", "programme", "population", "general_staff", "area_km2", "roles", "lessons"),
        *("budget", "documents", "recruitment", "strategy_public"),
    )
    return {
        **{key: profile[key] for key in kept if key in profile},
        "mail": {**profile.get("mail", {}), "sender_name": town.sender_name},
        "theme": {**town.theme, "logo": town.logo},
        "faq": town.faq["questions"],
        "agreements": town.agreements["agreements"],
        "talent_programmes": town.talent_programmes,
    }


def sync_departments(town: Declaration, *, actor: Actor, now: dt.datetime) -> list[Change]:
    """Take over the organisation chart: units and their periods."""
    authorise(actor, TenancyPermission.SYNC)

    changes = Changes(town.name, FILES["org_chart"])
    entries = town.org_chart["departments"]
    units = queries.load_departments(actor)
    slugs = list(dict.fromkeys(entry["slug"] for entry in entries))
    for position, slug in enumerate(slugs, 1):
        if slug in units:
            changes.put(slug, units[slug], {"position": position}, {"position": "並び順"})
        else:
            units[slug] = Department(
                id=new_id(), tenant_id=actor.tenant_id, slug=slug, position=position
            )
            db.session.add(units[slug])
    db.session.flush()
    rows = queries.load_department_periods(actor)
    for slug, unit in units.items():
        pairs, left = pair(
            [row for row in rows if row.department_id == unit.id],
            [(first_day(e.get("from")), e) for e in entries if e["slug"] == slug],
            lambda row, entry: row.name == entry["name"],
        )
        for row, entry in pairs:
            _put_department_period(changes, unit, units, row, entry)
        for row in left:
            changes.kept(row.name, row)

    if sentences := changes.sentences():
        record(DepartmentsSynced(town.tenant_id, sentences), actor=actor, now=now)
    return changes.found


def _put_department_period(
    changes: Changes,
    unit: Department,
    units: dict[str, Department],
    row: DepartmentPeriod | None,
    entry: dict[str, Any],
) -> None:
    starts_on, ends_on = period_of(entry)
    values = {
        "name": entry["name"],
        "parent_id": units[entry["parent"]].id if "parent" in entry else None,
        "starts_on": starts_on,
        "ends_on": ends_on,
        "time_limited": entry.get("time_limited", False),
        "note": entry.get("note"),
    }
    if row is None:
        db.session.add(
            DepartmentPeriod(id=new_id(), tenant_id=unit.tenant_id, department_id=unit.id, **values)
        )
        changes.added(entry["name"])
    else:
        changes.put(row.name, row, values, _PERIOD_WORDS)


def sync_programme(town: Declaration, *, actor: Actor, now: dt.datetime) -> list[Change]:
    """Take over the programme and which unit was in charge of it, when."""
    authorise(actor, TenancyPermission.SYNC)

    changes = Changes(town.name, FILES["profile"])
    declared = town.profile["programme"]
    values = {
        "name": declared["name"],
        "theme": declared.get("theme"),
        "since": first_day(declared.get("since")),
    }
    programme = queries.load_programme(actor)
    if programme is None:
        programme = Programme(id=new_id(), tenant_id=actor.tenant_id, **values)
        db.session.add(programme)
        db.session.flush()
        changes.added(declared["name"])
    else:
        changes.put(programme.name, programme, values, _PROGRAMME_WORDS)
    _put_owners(changes, programme, declared.get("owners", []), actor)

    if sentences := changes.sentences():
        record(ProgrammeSynced(town.tenant_id, sentences), actor=actor, now=now)
    return changes.found


def _put_owners(
    changes: Changes, programme: Programme, entries: list[dict[str, Any]], actor: Actor
) -> None:
    ids = queries.department_ids(actor)
    names = queries.department_names(actor)
    pairs, left = pair(
        queries.load_programme_owners(actor),
        [(first_day(entry.get("from")), entry) for entry in entries],
        lambda row, entry: row.department_id == ids[entry["department"]],
    )
    for row, entry in pairs:
        department_id = ids[entry["department"]]
        starts_on, ends_on = period_of(entry)
        thing = f"所管 {names[department_id]}"
        values = {"department_id": department_id, "starts_on": starts_on, "ends_on": ends_on}
        if row is None:
            db.session.add(
                ProgrammeOwner(
                    id=new_id(),
                    tenant_id=programme.tenant_id,
                    programme_id=programme.id,
                    **values,
                )
            )
            changes.added(thing)
        else:
            changes.put(thing, row, values, _OWNER_WORDS)
    for row in left:
        changes.kept(f"所管 {names[row.department_id]}", row)
