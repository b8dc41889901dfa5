"""The signed-in person of a request: one statement, asked at every click."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from flask import Flask
from flask_login import LoginManager

from kyoso.core.access import Actor, Role
from kyoso.core.clock import now
from kyoso.core.config import settings
from kyoso.core.db import db
from kyoso.core.scope import current_scope
from kyoso.core.tokens import token_hash
from kyoso.identity.accounts import rules
from kyoso.identity.accounts.models import Person, Session
from kyoso.identity.entering import read_cookie
from kyoso.identity.members.models import Membership, MembershipDepartment
from kyoso.tenancy.models import Tenant, TenantStatus


@dataclass(frozen=True, slots=True)
class Member:
    """What the signed-in person is in one town."""

    tenant_id: uuid.UUID
    slug: str
    #: The town's name.
    name: str
    membership_id: uuid.UUID
    #: The person's name as the town knows it.
    person_name: str
    roles: frozenset[Role]
    department_ids: frozenset[uuid.UUID]

    @property
    def role_labels(self) -> list[str]:
        """The words for what the person is."""
        return [role.label for role in Role if role in self.roles]


@dataclass(frozen=True, slots=True)
class Account:
    """The signed-in person, as Flask-Login and the edge want them."""

    person_id: uuid.UUID
    session_id: uuid.UUID
    name: str
    email: str
    locale: str
    #: What the person is in each town that has not shut them out, by the town's code.
    memberships: tuple[Member, ...]
    cookie: str
    is_active: bool = True
    is_authenticated: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        """Return the cookie's value."""
        return self.cookie

    def actor_in(self, tenant_id: uuid.UUID) -> Actor | None:
        """Return the person as a member of one town, or None."""
        for member in self.memberships:
            if member.tenant_id == tenant_id:
                return Actor(
                    tenant_id,
                    member.roles,
                    person_id=self.person_id,
                    name=member.person_name,
                    membership_id=member.membership_id,
                    department_ids=member.department_ids,
                )
        return None


#: Session, person, memberships with town and departments. The policies let a person read their
#: own in every town, so the town in the address makes no difference.
_WHO = (
    sa.select(
        Session.id,
        Session.last_seen_at,
        Person.name,
        Person.email,
        Person.locale,
        Membership.tenant_id,
        Tenant.slug,
        Tenant.name.label("town"),
        Membership.id.label("membership_id"),
        Membership.name.label("person_name"),
        Membership.roles,
        MembershipDepartment.department_id,
    )
    .join(Person, Person.id == Session.person_id)
    .outerjoin(
        Membership,
        (Membership.person_id == Person.id) & Membership.deactivated_at.is_(None),
    )
    # A town that was closed leaves the person nothing to open there.
    .outerjoin(
        Tenant,
        (Tenant.id == Membership.tenant_id) & (Tenant.status != TenantStatus.CLOSED),
    )
    .outerjoin(
        MembershipDepartment,
        (MembershipDepartment.tenant_id == Membership.tenant_id)
        & (MembershipDepartment.membership_id == Membership.id),
    )
    .where(
        Session.person_id == sa.bindparam("person_id"),
        Session.secret_hash == sa.bindparam("secret_hash"),
        Session.ended_at.is_(None),
        Session.last_seen_at > sa.bindparam("since"),
        Person.deactivated_at.is_(None),
    )
    .order_by(Tenant.code)
)


def load_account(cookie: str) -> Account | None:
    """Return the person of a cookie if the session still holds, in the scope of that person."""
    claim = read_cookie(cookie)
    # Public pages run for nobody: they ask nothing and greet nobody by name.
    if claim is None or current_scope().person_id != claim[0]:
        return None
    person_id, secret = claim
    moment = now()
    rows = db.session.execute(
        _WHO,
        {
            "person_id": person_id,
            "secret_hash": token_hash(secret),
            "since": moment - dt.timedelta(days=settings().session_days),
        },
    ).all()
    if not rows:
        return None
    members: dict[uuid.UUID, Member] = {}
    for row in rows:
        if row.slug is None:
            continue
        known = members.get(row.tenant_id)
        departments = set(known.department_ids) if known else set()
        if row.department_id is not None:
            departments.add(row.department_id)
        members[row.tenant_id] = Member(
            row.tenant_id,
            row.slug,
            row.town,
            row.membership_id,
            row.person_name,
            frozenset(map(Role, row.roles)),
            frozenset(departments),
        )
    first = rows[0]
    if moment - first.last_seen_at > rules.SEEN_EVERY:
        db.session.execute(
            sa.update(Session).where(Session.id == first.id).values(last_seen_at=moment)
        )
    return Account(
        person_id,
        first.id,
        first.name,
        first.email,
        first.locale,
        tuple(members.values()),
        cookie,
    )


def init_login(app: Flask) -> None:
    """Give the application its sign-in; refuses a demo anywhere but in the demo."""
    current = app.config["KYOSO"]
    if current.demo and current.environment != "demo":
        raise ValueError(
            f"demo = true は KYOSO_ENV=demo でだけ使えます（いまは {current.environment}）。"
        )
    manager = LoginManager()
    # Would end a session whose browser or address changes, as a phone's does all day.
    manager.session_protection = None
    manager.user_loader(load_account)
    manager.init_app(app)
