"""Who is acting, and whether they may. Deny by default."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from kyoso.core.errors import Forbidden
from kyoso.core.i18n import lazy_gettext as _l


class Role(enum.StrEnum):
    """What a person may be in one municipality, or how somebody without an account came in."""

    ADMIN = "admin"
    SECRETARIAT = "secretariat"
    STAFF = "staff"
    AUDITOR = "auditor"
    #: Prepared: given by engagements, networks and the platform, never by an invitation.
    TALENT = "talent"
    COORDINATOR = "coordinator"
    OPERATOR = "operator"
    #: Given by the way in, never stored.
    GUEST = "guest"
    LINK_HOLDER = "link_holder"
    SYSTEM = "system"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_LABELS[self])


_LABELS = {
    Role.ADMIN: _l("管理者"),
    Role.SECRETARIAT: _l("事務局"),
    Role.STAFF: _l("職員"),
    Role.AUDITOR: _l("閲覧者"),
    Role.TALENT: _l("複業人材"),
    Role.COORDINATOR: _l("広域事務局"),
    Role.OPERATOR: _l("運用者"),
    Role.GUEST: _l("一般の方"),
    Role.LINK_HOLDER: _l("専用リンクを持つ方"),
    Role.SYSTEM: _l("自動処理"),
}

#: The roles that a membership can carry today.
MEMBER_ROLES = (Role.ADMIN, Role.SECRETARIAT, Role.STAFF, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, in the municipality they act for."""

    tenant_id: uuid.UUID
    roles: frozenset[Role]
    #: None for somebody without an account and for automatic changes.
    person_id: uuid.UUID | None = None
    name: str = ""
    membership_id: uuid.UUID | None = None
    department_ids: frozenset[uuid.UUID] = frozenset()
    #: The one thing that the holder of a private link may touch.
    subject_id: uuid.UUID | None = None
    #: The rule in whose name an automatic change is made.
    rule: str = ""

    @classmethod
    def guest(cls, tenant_id: uuid.UUID) -> Actor:
        """Return a visitor of the town's public pages."""
        return cls(tenant_id, frozenset({Role.GUEST}))

    @classmethod
    def link_holder(cls, tenant_id: uuid.UUID, subject_id: uuid.UUID, name: str) -> Actor:
        """Return the holder of a private link to one thing."""
        return cls(tenant_id, frozenset({Role.LINK_HOLDER}), name=name, subject_id=subject_id)

    @classmethod
    def system(cls, tenant_id: uuid.UUID, rule: str) -> Actor:
        """Return the platform itself, acting by a named rule."""
        return cls(tenant_id, frozenset({Role.SYSTEM}), name=rule, rule=rule)


@dataclass(frozen=True, slots=True)
class PersonActor:
    """A person acting for themselves, in no municipality."""

    person_id: uuid.UUID
    name: str


@dataclass(frozen=True, slots=True)
class NetworkActor:
    """A coordinator acting for one network, in no municipality."""

    network_id: uuid.UUID
    #: None for automatic changes.
    person_id: uuid.UUID | None
    name: str
    roles: frozenset[Role] = frozenset({Role.COORDINATOR})

    @classmethod
    def system(cls, network_id: uuid.UUID, rule: str) -> NetworkActor:
        """Return the platform itself, acting for a network by a named rule."""
        return cls(network_id, None, rule, frozenset({Role.SYSTEM}))


class Owned(Protocol):
    """Anything that a municipality owns."""

    @property
    def tenant_id(self) -> uuid.UUID:
        """The owner."""

    @property
    def id(self) -> uuid.UUID:
        """Which one."""


class Permission(enum.StrEnum):
    """Base of each feature's permissions: ``nouns:verb``, with a label for the table."""

    _label: str

    def __new__(cls, value: str, label: str) -> Permission:
        """Keep the label beside the value."""
        member = str.__new__(cls, value)
        member._value_ = value
        member._label = label
        return member

    @property
    def label(self) -> str:
        """What the permission allows, in the user's words."""
        return str(self._label)


#: Filled by each feature's permissions.py; printed as docs/permissions.md.
GRANTS: dict[Permission, frozenset[Role]] = {}


def grant(grants: Mapping[Permission, Iterable[Role]]) -> None:
    """Say which roles hold which permissions."""
    GRANTS.update({permission: frozenset(roles) for permission, roles in grants.items()})


def may(actor: Actor | NetworkActor, permission: Permission, subject: Owned | None = None) -> bool:
    """Tell whether `actor` holds `permission`, on `subject` if one is given.

    A coordinator holds it on what has the `network_id` of their network.
    """
    if not actor.roles & GRANTS[permission]:
        return False
    if subject is None:
        return True
    if isinstance(actor, NetworkActor):
        return getattr(subject, "network_id", None) == actor.network_id
    if subject.tenant_id != actor.tenant_id:
        return False
    if actor.roles == {Role.LINK_HOLDER}:
        return actor.subject_id in {subject.id, getattr(subject, "parent_id", None)}
    return True


def authorise(
    actor: Actor | NetworkActor, permission: Permission, subject: Owned | None = None
) -> None:
    """Refuse unless `actor` holds `permission`."""
    if not may(actor, permission, subject):
        raise Forbidden


def authorise_self(actor: PersonActor, person_id: uuid.UUID) -> None:
    """Refuse unless the thing belongs to the person who acts."""
    if actor.person_id != person_id:
        raise Forbidden
