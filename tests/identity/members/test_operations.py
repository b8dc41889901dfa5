import dataclasses
import datetime as dt
import threading
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from kyoso.core.access import MEMBER_ROLES, Actor, Role
from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, InvalidInput, RuleViolation
from kyoso.core.journal import JournalEntry
from kyoso.core.mail import Mail
from kyoso.core.scope import Scope, scope, tenant_scope
from kyoso.identity.accounts.queries import get_person
from kyoso.identity.members import operations, queries, rules
from kyoso.identity.members.operations import Invite, MemberUpdate
from support.people import actor_of

ADDRESS = "new@example.jp"


def town_of(town):
    return SimpleNamespace(id=town.id, slug=town.slug, name=town.name, sender_name=town.name)


def invite(town, *, actor=None, email=ADDRESS, roles=(Role.STAFF,), departments=()):
    wanted = Invite(email, "見本 新（見本）", tuple(roles), tuple(departments))
    actor = actor or actor_of(town, Role.ADMIN)
    return operations.invite_member(wanted, town=town_of(town), actor=actor, now=now())


def kinds() -> list[str]:
    return list(db.session.scalars(sa.select(JournalEntry.kind).order_by(JournalEntry.id)))


def test_only_an_administrator_invites_and_the_command_line(hinode):
    with tenant_scope(hinode.id):
        for role in (Role.SECRETARIAT, Role.STAFF, Role.AUDITOR, Role.GUEST, Role.LINK_HOLDER):
            with pytest.raises(Forbidden):
                invite(hinode, actor=actor_of(hinode, role))
        invitation, url = invite(hinode)
        assert url.startswith(f"http://localhost/{hinode.slug}/invitations/")
        invite(hinode, actor=Actor.system(hinode.id, "users invite"), email="first@example.jp")
        db.session.flush()
        assert kinds() == ["MemberInvited", "MemberInvited"]
        mail = db.session.scalars(sa.select(Mail).where(Mail.subject_id == invitation.id)).one()
        assert url in mail.body
        assert mail.subject == f"{hinode.name}の担当者への招待"
        assert mail.sender_name == hinode.name
        assert "職員" in mail.body


def test_the_link_is_nowhere_but_in_the_mail(hinode):
    with tenant_scope(hinode.id):
        invitation, url = invite(hinode)
        db.session.flush()
        token = url.rpartition("/")[2]
        assert token.encode() not in invitation.token_hash
        entry = db.session.scalars(sa.select(JournalEntry)).one()
        assert token not in str(entry.facts)


def test_nobody_is_invited_twice_or_when_already_there(hinode, member_of):
    member = member_of(hinode, Role.STAFF)
    with tenant_scope(hinode.id):
        invite(hinode)
        with pytest.raises(InvalidInput) as again:
            invite(hinode, email=ADDRESS.upper())
        assert "すでに招待しています" in again.value.errors["email"][0]
        with pytest.raises(InvalidInput) as there:
            invite(hinode, email=member.email)
        assert "すでに担当者です" in there.value.errors["email"][0]


def test_departments_of_another_town_are_refused(hinode, minato, department_of):
    theirs, ours = department_of(minato, "産業課"), department_of(hinode, "産業課")
    with tenant_scope(hinode.id):
        with pytest.raises(InvalidInput) as refused:
            invite(hinode, departments=[ours, theirs])
        assert list(refused.value.errors) == ["department_ids"]
        invite(hinode, departments=[ours])


def test_resending_makes_the_old_link_useless_and_revoking_both(hinode):
    admin = actor_of(hinode, Role.ADMIN)
    with tenant_scope(hinode.id):
        invitation, first = invite(hinode)
        with pytest.raises(Forbidden):
            operations.resend_invitation(
                invitation, town=town_of(hinode), actor=actor_of(hinode, Role.STAFF), now=now()
            )
        second = operations.resend_invitation(
            invitation, town=town_of(hinode), actor=admin, now=now()
        )
        db.session.flush()
        find = queries.find_invitation_by_token
        assert find(admin, first.rpartition("/")[2]) is None
        assert find(admin, second.rpartition("/")[2]) is invitation
        with pytest.raises(Forbidden):
            operations.revoke_invitation(
                invitation, actor=actor_of(hinode, Role.AUDITOR), now=now()
            )
        operations.revoke_invitation(invitation, actor=admin, now=now())
        db.session.flush()
        assert queries.list_open_invitations(admin) == []
        assert kinds() == ["MemberInvited", "InvitationResent", "InvitationRevoked"]
        invite(hinode)


@pytest.fixture
def invited(hinode, minato, member_of, department_of):
    """Somebody of another town whom ours invited, in a transaction that acts for both."""
    person = member_of(minato, Role.STAFF)
    unit = department_of(hinode, "産業課")
    with scope(Scope(tenant_id=hinode.id, person_id=person.person_id)):
        invitation, _url = invite(hinode, email=person.email, departments=[unit])
        db.session.flush()
        yield invitation, get_person(person.oneself), unit


def test_only_the_holder_of_the_link_accepts(hinode, invited):
    invitation, person, unit = invited
    for actor in (
        actor_of(hinode, *MEMBER_ROLES),
        Actor.guest(hinode.id),
        Actor.link_holder(hinode.id, new_id(), "別のリンク"),
    ):
        with pytest.raises(Forbidden):
            operations.accept_invitation(invitation, person, actor=actor, now=now())
    holder = Actor.link_holder(hinode.id, invitation.id, person.name)
    member = operations.accept_invitation(invitation, person, actor=holder, now=now())
    db.session.flush()
    assert (member.roles, member.department_ids) == (["staff"], [unit])
    assert kinds()[-1] == "InvitationAccepted"
    with pytest.raises(RuleViolation):
        operations.accept_invitation(invitation, person, actor=holder, now=now())


def test_an_invitation_runs_out_and_is_for_one_address(hinode, invited):
    invitation, person, _unit = invited
    holder = Actor.link_holder(hinode.id, invitation.id, person.name)
    late = now() + rules.INVITATION_LASTS + dt.timedelta(seconds=1)
    with pytest.raises(RuleViolation, match="使えなくなりました"):
        operations.accept_invitation(invitation, person, actor=holder, now=late)
    invitation.email = "other@example.jp"
    with pytest.raises(RuleViolation, match="other@example.jp"):
        operations.accept_invitation(invitation, person, actor=holder, now=now())


def test_a_member_is_changed_by_an_administrator(hinode, member_of, department_of):
    member_of(hinode, Role.ADMIN)
    person = member_of(hinode, Role.STAFF)
    old, new = department_of(hinode, "産業課"), department_of(hinode, "観光課")
    with tenant_scope(hinode.id):
        admin = actor_of(hinode, Role.ADMIN)
        member = queries.get_member(admin, person.membership_id)
        first = MemberUpdate("見本 改（見本）", (Role.SECRETARIAT, Role.STAFF), (old, new))
        for role in (Role.SECRETARIAT, Role.STAFF, Role.AUDITOR, Role.SYSTEM):
            with pytest.raises(Forbidden):
                operations.update_member(member, first, actor=actor_of(hinode, role), now=now())
        operations.update_member(member, first, actor=admin, now=now())
        db.session.flush()
        second = dataclasses.replace(first, department_ids=(new,))
        operations.update_member(member, second, actor=admin, now=now())
        db.session.commit()
    with tenant_scope(hinode.id):
        member = queries.get_member(admin, person.membership_id)
        assert member.roles == ["secretariat", "staff"]
        assert member.department_ids == [new]
        mixed = dataclasses.replace(first, roles=(Role.AUDITOR, Role.STAFF))
        with pytest.raises(RuleViolation):
            operations.update_member(member, mixed, actor=admin, now=now())


def test_the_last_administrator_is_neither_demoted_nor_shut_out(hinode, member_of):
    boss = member_of(hinode, Role.ADMIN)
    with tenant_scope(hinode.id):
        member = queries.get_member(boss.actor, boss.membership_id)
        demotion = MemberUpdate("見本", (Role.STAFF,))
        with pytest.raises(RuleViolation, match="ただ一人の管理者"):
            operations.update_member(member, demotion, actor=boss.actor, now=now())
        with pytest.raises(RuleViolation, match="ただ一人の管理者"):
            operations.deactivate_member(member, actor=boss.actor, now=now())
        renamed = MemberUpdate("新しい名前（見本）", (Role.ADMIN, Role.STAFF))
        operations.update_member(member, renamed, actor=boss.actor, now=now())
        db.session.commit()
    other = member_of(hinode, Role.ADMIN)
    with tenant_scope(hinode.id):
        member = queries.get_member(boss.actor, boss.membership_id)
        operations.deactivate_member(member, actor=boss.actor, now=now())
        db.session.flush()
        # The one shut out no longer counts.
        left = queries.get_member(other.actor, other.membership_id)
        with pytest.raises(RuleViolation):
            operations.deactivate_member(left, actor=other.actor, now=now())


def test_shutting_out_is_undone(hinode, member_of):
    person = member_of(hinode, Role.STAFF)
    admin = actor_of(hinode, Role.ADMIN)
    with tenant_scope(hinode.id):
        member = queries.get_member(admin, person.membership_id)
        for step in (operations.deactivate_member, operations.reactivate_member):
            with pytest.raises(Forbidden):
                step(member, actor=actor_of(hinode, Role.SECRETARIAT), now=now())
        with pytest.raises(RuleViolation):
            operations.reactivate_member(member, actor=admin, now=now())
        operations.deactivate_member(member, actor=admin, now=now())
        with pytest.raises(RuleViolation):
            operations.deactivate_member(member, actor=admin, now=now())
        with pytest.raises(InvalidInput, match="入力内容"):
            invite(hinode, email=person.email)
        operations.reactivate_member(member, actor=admin, now=now())
        db.session.flush()
        assert member.deactivated_at is None
        assert kinds()[-2:] == ["MemberDeactivated", "MemberReactivated"]


def test_the_database_refuses_roles_that_make_no_sense(hinode, member_of):
    person = member_of(hinode, Role.STAFF)
    for wrong in ([], ["auditor", "staff"], ["operator"], ["king"]):
        with tenant_scope(hinode.id):
            member = queries.get_member(person.actor, person.membership_id)
            member.roles = wrong
            with pytest.raises(sa.exc.IntegrityError, match="ck_memberships"):
                db.session.flush()


def test_two_administrators_cannot_shut_each_other_out_at_once(app, hinode, member_of):
    one, two = member_of(hinode, Role.ADMIN), member_of(hinode, Role.ADMIN)
    told: list[str] = []

    def the_other_way() -> None:
        with app.app_context(), tenant_scope(hinode.id):
            member = queries.get_member(two.actor, one.membership_id)
            try:
                operations.deactivate_member(member, actor=two.actor, now=now())
                db.session.commit()
            except RuleViolation as refusal:
                told.append(refusal.message)

    with tenant_scope(hinode.id):
        member = queries.get_member(one.actor, two.membership_id)
        operations.deactivate_member(member, actor=one.actor, now=now())
        db.session.flush()
        meanwhile = threading.Thread(target=the_other_way)
        meanwhile.start()
        db.session.commit()
    meanwhile.join()
    assert "ただ一人の管理者" in told[0]
