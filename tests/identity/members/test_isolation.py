import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.errors import NotFound
from kyoso.core.scope import Scope, scope, tenant_scope
from kyoso.identity.members import operations, queries
from kyoso.identity.members.models import Invitation, Membership, MembershipDepartment
from support.people import actor_of

TABLES = (Membership, MembershipDepartment, Invitation)


@pytest.fixture
def theirs(minato, member_of, department_of):
    """A member of the other town, with a department."""
    return member_of(minato, Role.STAFF, departments=(department_of(minato, "産業課"),))


@pytest.fixture
def their_invitation(minato):
    with tenant_scope(minato.id):
        invitation, _url = operations.invite_member(
            operations.Invite("a@example.jp", "見本", (Role.STAFF,)),
            town=minato,
            actor=actor_of(minato, Role.ADMIN),
            now=now(),
            by_mail=False,
        )
        db.session.commit()
        return invitation.id


def test_theirs_looks_missing_to_us(theirs, their_invitation, hinode, member_of, browser):
    us = member_of(hinode, Role.ADMIN)
    with tenant_scope(hinode.id):
        assert [m.id for m in queries.list_members(us.actor)] == [us.membership_id]
        assert queries.list_open_invitations(us.actor) == []
        assert queries.find_member(us.actor, email=theirs.email) is None
        assert queries.find_member(us.actor, person_id=theirs.person_id) is None
        with pytest.raises(NotFound) as known:
            queries.get_member(us.actor, theirs.membership_id)
        with pytest.raises(NotFound) as unknown:
            queries.get_member(us.actor, new_id())
        assert known.value.message == unknown.value.message
        with pytest.raises(NotFound):
            queries.get_invitation(us.actor, their_invitation)
    ours, people = browser(us), f"/{hinode.slug}/desk/people"
    unheard = str(new_id())
    for method, path, wanted in (
        ("GET", "{}", theirs.membership_id),
        ("POST", "{}/update", theirs.membership_id),
        ("GET", "{}/deactivate", theirs.membership_id),
        ("POST", "{}/deactivate", theirs.membership_id),
        ("POST", "{}/reactivate", theirs.membership_id),
        ("POST", "invitations/{}/resend", their_invitation),
        ("POST", "invitations/{}/revoke", their_invitation),
    ):
        foreign = ours.open(method, f"{people}/{path.format(wanted)}", 404).text
        missing = ours.open(method, f"{people}/{path.format(unheard)}", 404).text
        assert foreign.replace(str(wanted), "") == missing.replace(unheard, "")


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.__tablename__)
def test_the_database_hides_theirs_even_from_a_query_that_forgot(
    theirs, their_invitation, hinode, minato, table
):
    with tenant_scope(hinode.id):
        assert minato.id not in set(db.session.scalars(sa.select(table.tenant_id)))


def test_nothing_of_theirs_can_be_changed(theirs, their_invitation, hinode):
    with tenant_scope(hinode.id):
        for change in (
            sa.update(Membership).values(roles=["admin"]),
            sa.update(Invitation).values(roles=["admin"]),
            sa.delete(MembershipDepartment),
        ):
            assert db.session.execute(change).rowcount == 0


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.__tablename__)
def test_no_scope_sees_nothing(theirs, their_invitation, table):
    with scope(Scope()):
        assert db.session.scalars(sa.select(table.tenant_id)).all() == []


def test_nothing_of_ours_can_point_at_theirs(theirs, minato, hinode, member_of, department_of):
    us = member_of(hinode, Role.ADMIN)
    their_unit = department_of(minato, "観光課")
    for membership_id, person_id, department_id in (
        (us.membership_id, us.person_id, their_unit),
        (theirs.membership_id, theirs.person_id, department_of(hinode, "産業課")),
    ):
        with tenant_scope(hinode.id):
            db.session.add(
                MembershipDepartment(
                    tenant_id=hinode.id,
                    membership_id=membership_id,
                    department_id=department_id,
                    person_id=person_id,
                )
            )
            with pytest.raises(sa.exc.IntegrityError, match="foreign key"):
                db.session.flush()


def test_nothing_can_be_written_in_their_name(theirs, minato, hinode):
    with tenant_scope(hinode.id):
        db.session.add(
            Membership(
                id=new_id(),
                tenant_id=minato.id,
                person_id=theirs.person_id,
                name="x",
                email="x",
                roles=["admin"],
            )
        )
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
            db.session.flush()


def test_a_person_sees_what_they_are_everywhere_and_changes_it_nowhere(
    hinode, minato, member_of, theirs
):
    member_of(hinode, Role.AUDITOR, email=theirs.email)
    with scope(Scope(person_id=theirs.person_id)):
        towns = set(db.session.scalars(sa.select(Membership.tenant_id)))
        assert towns == {hinode.id, minato.id}
        assert db.session.scalars(sa.select(MembershipDepartment.tenant_id)).all() == [minato.id]
        assert db.session.scalars(sa.select(Invitation)).all() == []
        assert db.session.execute(sa.update(Membership).values(roles=["admin"])).rowcount == 0
        assert db.session.execute(sa.delete(MembershipDepartment)).rowcount == 0


def test_a_link_of_their_town_opens_nothing_in_ours(minato, hinode, visitor):
    with tenant_scope(minato.id):
        _invitation, url = operations.invite_member(
            operations.Invite("b@example.jp", "見本", (Role.STAFF,)),
            town=minato,
            actor=actor_of(minato, Role.ADMIN),
            now=now(),
            by_mail=False,
        )
        db.session.commit()
    token = url.rpartition("/")[2]
    visitor.get(f"/{minato.slug}/invitations/{token}")
    visitor.get(f"/{hinode.slug}/invitations/{token}", status=404)
