"""The six questions: can one town's invitations be reached from another?"""

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, NotFound
from kyoso.core.scope import Scope, scope, tenant_scope
from kyoso.municipal.talent_invitations import queries
from kyoso.municipal.talent_invitations.models import TalentInvitation
from kyoso.municipal.talent_invitations.operations import (
    TalentInvite,
    invite_talents,
    withdraw_invitation,
)
from kyoso.municipal.talents.rules import TalentSource
from support.people import actor_of
from support.talents import make_somebody, make_talent

NOON = dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC)


@pytest.fixture
def theirs(minato) -> uuid.UUID:
    with tenant_scope(minato.id):
        (invitation,) = invite_talents(
            [TalentInvite("theirs@example.jp", "見本 港（見本）")],
            batch_id=new_id(),
            actor=actor_of(minato, Role.SECRETARIAT),
            now=now(),
        )
        db.session.commit()
        return invitation.id


def row(tenant_id: uuid.UUID, **values: object) -> TalentInvitation:
    """Return an invitation to write past the operations."""
    said = {
        "id": new_id(),
        "batch_id": new_id(),
        "source": TalentSource.INVITED,
        "email": "x@example.jp",
        "name": "x",
        "locale": "ja",
        "token_hash": b"x",
        "invited_by": "x",
        "sent_at": NOON,
        "expires_at": NOON,
    }
    return TalentInvitation(tenant_id=tenant_id, **(said | values))


def test_theirs_looks_missing_to_us(theirs, hinode, member_of, browser):
    us, ghost = actor_of(hinode, Role.ADMIN), uuid.uuid4()
    with tenant_scope(hinode.id):
        assert queries.list_invitations(us, None, NOON) == []
        assert sum(queries.count_invitations(us, NOON).values()) == 0
        assert queries.standing_of(us, ["theirs@example.jp"]) == {}
        with pytest.raises(NotFound) as known:
            queries.get_invitation(us, theirs)
        with pytest.raises(NotFound) as unknown:
            queries.get_invitation(us, ghost)
        assert known.value.message == unknown.value.message
    page = browser(member_of(hinode, Role.ADMIN))
    here = f"/{hinode.slug}/desk/talents/invitations"
    for step in ("resend", "withdraw"):
        answers = [page.post(f"{here}/{one}/{step}", status=404).text for one in (theirs, ghost)]
        assert answers[0] == answers[1]


def test_the_database_hides_theirs_even_from_a_query_that_forgot(theirs, hinode):
    with tenant_scope(hinode.id):
        assert db.session.scalars(sa.select(TalentInvitation)).all() == []
        assert db.session.execute(sa.update(TalentInvitation).values(name="x")).rowcount == 0


def test_neither_nobody_nor_the_person_sees_an_invitation_without_its_town(theirs, hinode):
    assert db.session.scalars(sa.select(TalentInvitation)).all() == []
    db.session.remove()
    somebody = make_somebody(email=f"{uuid.uuid4().hex}@example.jp")
    with scope(Scope(person_id=somebody.person_id)):
        assert db.session.scalars(sa.select(TalentInvitation)).all() == []


def test_nothing_of_ours_can_point_at_theirs(hinode, minato):
    talent = make_talent(minato)
    with tenant_scope(hinode.id):
        db.session.add(row(hinode.id, talent_id=talent, accepted_at=NOON))
        with pytest.raises(sa.exc.IntegrityError, match="foreign key"):
            db.session.flush()


def test_nothing_of_ours_can_act_on_theirs(theirs, hinode, minato):
    with tenant_scope(minato.id):
        invitation = queries.get_invitation(actor_of(minato, Role.ADMIN), theirs)
    with tenant_scope(hinode.id), pytest.raises(Forbidden):
        withdraw_invitation(invitation, actor=actor_of(hinode, Role.ADMIN), now=NOON)


def test_nothing_can_be_written_in_their_name(hinode, minato):
    with tenant_scope(hinode.id):
        db.session.add(row(minato.id))
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
            db.session.flush()


def test_two_towns_may_invite_the_same_address(theirs, hinode):
    with tenant_scope(hinode.id):
        invite_talents(
            [TalentInvite("theirs@example.jp", "見本 港（見本）")],
            batch_id=new_id(),
            actor=actor_of(hinode, Role.SECRETARIAT),
            now=now(),
        )
        db.session.commit()


def test_nobody_deletes(theirs, minato):
    with (
        tenant_scope(minato.id),
        pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
    ):
        db.session.execute(sa.delete(TalentInvitation))
