"""Who works in the towns of the demo. All invented: nobody is called like this."""

from __future__ import annotations

import datetime as dt
import tomllib
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kyoso.core.access import Actor, Role
from kyoso.core.scope import tenant_scope
from kyoso.identity.enrolling import Newcomer, enrol
from kyoso.identity.members.models import Membership
from kyoso.identity.members.queries import find_member
from kyoso.identity.sample_people import SamplePerson
from kyoso.operating.demo_data.days import Days
from kyoso.tenancy.queries import TenantInfo, department_ids

#: Printed by `make demo`: there is nothing behind it to protect.
PASSWORD = "mihon-de-tamesu"  # noqa: S105
#: Named in the journal as the one who made them members.
RULE = "見本の準備"
#: When they began, in working days before today.
BEGAN = "200 08:45"

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Colleague:
    """One person's place in one town, as people.toml says it."""

    #: By which the towns' files call the person.
    key: str
    name: str
    name_kana: str
    email: str
    roles: tuple[Role, ...]
    departments: tuple[str, ...]


def colleagues(slug: str) -> list[Colleague]:
    """Return who works in a town."""
    rows = tomllib.loads((FOLDER / "people.toml").read_text("utf-8"))[slug]
    return [_colleague(row) for row in rows]


def _colleague(row: Mapping[str, Any]) -> Colleague:
    return Colleague(
        row["key"],
        row["name"],
        row["name_kana"],
        row["email"],
        tuple(Role(role) for role in row["roles"]),
        tuple(row.get("departments", ())),
    )


def bring_in_people(towns: Iterable[TenantInfo], *, now: dt.datetime) -> list[SamplePerson]:
    """Make everybody a member who is not yet, and return them all."""
    return [_bring_in(who, town, now) for town in towns for who in colleagues(town.slug)]


def _bring_in(who: Colleague, town: TenantInfo, now: dt.datetime) -> SamplePerson:
    system = Actor.system(town.id, RULE)
    with tenant_scope(town.id):
        member = find_member(system, email=who.email)
        known = department_ids(system)
    if member is None:
        newcomer = Newcomer(
            who.email,
            who.name,
            who.roles,
            tuple(known[slug] for slug in who.departments),
            name_kana=who.name_kana,
            password=PASSWORD,
        )
        person_id = enrol(newcomer, town=town, rule=RULE, now=Days(now).moment(BEGAN)).person_id
    else:
        person_id = member.person_id
    return _shown(who, town, person_id)


def _shown(who: Colleague, town: TenantInfo, person_id: uuid.UUID) -> SamplePerson:
    roles = [role.value for role in who.roles]
    return SamplePerson(str(person_id), who.name, who.email, town.name, town.slug, roles)


def actors_of(town: TenantInfo) -> dict[str, Actor]:
    """Return everybody as they act in a town, by the key of people.toml; in the town's scope."""
    system = Actor.system(town.id, RULE)
    actors = {}
    for who in colleagues(town.slug):
        member = find_member(system, email=who.email)
        if member is not None:
            actors[who.key] = _acting(member)
    return actors


def _acting(member: Membership) -> Actor:
    return Actor(
        member.tenant_id,
        frozenset(Role(role) for role in member.roles),
        person_id=member.person_id,
        name=member.name,
        membership_id=member.id,
        department_ids=frozenset(member.department_ids),
    )
