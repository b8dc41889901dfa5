"""Towns and people for tests: invented, new for each test, really committed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from kyoso.core.access import Actor, Role
from kyoso.core.db import db, new_id
from kyoso.core.scope import tenant_scope
from kyoso.tenancy.models import Tenant, TenantStatus


@dataclass(frozen=True)
class Town:
    id: uuid.UUID
    slug: str
    name: str


_count = iter(range(100_000, 999_999))


def make_town(name: str) -> Town:
    """Make a municipality that no other test knows."""
    code = str(next(_count))
    town = Town(uuid.uuid4(), f"t-{uuid.uuid4().hex[:12]}", name)
    with tenant_scope(town.id):
        db.session.add(
            Tenant(
                id=town.id,
                code=code,
                slug=town.slug,
                name=name,
                name_kana="みほんちょう",
                name_en="Mihon",
                prefecture="見本県",
                status=TenantStatus.ACTIVE,
                declaration={},
            )
        )
        db.session.commit()
    return town


def actor_of(town: Town, *roles: Role, name: str = "見本 太郎（見本）") -> Actor:
    """Return somebody acting in a town, without an account behind it."""
    return Actor(town.id, frozenset(roles), person_id=new_id(), name=name, membership_id=new_id())
