import uuid
from dataclasses import dataclass

import pytest

from kyoso.core.access import GRANTS, Actor, Permission, Role, authorise, grant, may
from kyoso.core.errors import Forbidden
from kyoso.core.i18n import lazy_gettext as _l


class ThingPermission(Permission):
    READ = ("things:read", _l("見る"))


@dataclass
class Thing:
    tenant_id: uuid.UUID
    id: uuid.UUID
    parent_id: uuid.UUID | None = None


@pytest.fixture(autouse=True)
def _granted():
    grant({ThingPermission.READ: {Role.STAFF, Role.LINK_HOLDER}})
    yield
    del GRANTS[ThingPermission.READ]


TOWN, OTHER = uuid.uuid4(), uuid.uuid4()


@pytest.mark.parametrize("role", Role)
def test_only_the_granted_roles_may(role):
    actor = Actor(TOWN, frozenset({role}))
    assert may(actor, ThingPermission.READ) == (role in {Role.STAFF, Role.LINK_HOLDER})


def test_a_things_town_must_be_the_actors():
    staff = Actor(TOWN, frozenset({Role.STAFF}))
    authorise(staff, ThingPermission.READ, Thing(TOWN, uuid.uuid4()))
    with pytest.raises(Forbidden):
        authorise(staff, ThingPermission.READ, Thing(OTHER, uuid.uuid4()))


def test_a_link_opens_one_thing_and_what_belongs_to_it():
    thing = Thing(TOWN, uuid.uuid4())
    holder = Actor.link_holder(TOWN, thing.id, "見本（見本）")
    authorise(holder, ThingPermission.READ, thing)
    authorise(holder, ThingPermission.READ, Thing(TOWN, uuid.uuid4(), parent_id=thing.id))
    with pytest.raises(Forbidden):
        authorise(holder, ThingPermission.READ, Thing(TOWN, uuid.uuid4()))


def test_every_permission_is_granted_and_has_words(app):
    for permission, roles in GRANTS.items():
        if isinstance(permission, ThingPermission):
            continue
        assert permission.label, permission
        assert roles, f"nobody holds {permission}"
        noun, _colon, verb = permission.partition(":")
        assert noun
        assert verb
