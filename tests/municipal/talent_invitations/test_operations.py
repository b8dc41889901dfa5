"""Inviting, all or none; and coming in with the account that the mail was for."""

import dataclasses
import datetime as dt

import pytest
import sqlalchemy as sa

from kyoso.core.access import Actor, Role
from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, InvalidInput, RuleViolation
from kyoso.core.mail import Mail
from kyoso.core.scope import Scope, scope, tenant_scope
from kyoso.identity.accounts.queries import get_person
from kyoso.identity.hours_budget import book_hours
from kyoso.identity.profiles.queries import own_profile
from kyoso.municipal.talent_invitations import queries
from kyoso.municipal.talent_invitations.models import TalentInvitation
from kyoso.municipal.talent_invitations.operations import (
    Offer,
    TalentInvite,
    accept_invitation,
    invite_talents,
    resend_invitation,
    withdraw_invitation,
)
from kyoso.municipal.talents.queries import get_talent, talent_of_person
from kyoso.municipal.talents.rules import TalentSource
from support.people import Town, actor_of
from support.profiles import make_person, say
from support.talents import Somebody, make_somebody, make_talent

NOON = dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC)


def invite(town: Town, *emails: str, source: TalentSource = TalentSource.INVITED) -> list:
    """Invite people and return their invitations' ids."""
    with tenant_scope(town.id):
        invited = invite_talents(
            [TalentInvite(email, "見本 招（見本）") for email in emails],
            "ぜひ",
            source,
            batch_id=new_id(),
            actor=actor_of(town, Role.SECRETARIAT),
            now=now(),
        )
        db.session.commit()
        return [one.id for one in invited]


def take_up(town: Town, invitation_id, somebody: Somebody, hours: int = 20, *, at=None) -> None:
    """Take an invitation up with somebody's account."""
    with scope(Scope(tenant_id=town.id, person_id=somebody.person_id)):
        invitation = queries.get_invitation(Actor.guest(town.id), invitation_id)
        holder = Actor.link_holder(town.id, invitation_id, somebody.name)
        accept_invitation(
            invitation,
            get_person(somebody.oneself),
            Offer("みほん あや", hours),
            actor=dataclasses.replace(holder, person_id=somebody.person_id),
            now=at or now(),
        )
        db.session.commit()


def test_all_are_invited_or_none(hinode):
    person = make_somebody()
    make_talent(hinode, person)
    invite(hinode, "waits@example.jp")
    with pytest.raises(InvalidInput) as refused:
        invite(hinode, "new@example.jp", "waits@example.jp", person.email)
    assert sorted("登録されて" in words for words in refused.value.errors["email"]) == [False, True]
    with tenant_scope(hinode.id):
        assert db.session.scalars(sa.select(TalentInvitation.email)).all() == ["waits@example.jp"]
        assert db.session.scalars(sa.select(Mail.to)).all() == ["waits@example.jp"]


def test_only_some_roles_invite(hinode):
    with tenant_scope(hinode.id):
        for role in (Role.AUDITOR, Role.GUEST, Role.LINK_HOLDER):
            with pytest.raises(Forbidden):
                invite_talents([], batch_id=new_id(), actor=actor_of(hinode, role), now=NOON)


def test_the_invited_come_in_with_what_they_offer_and_show(hinode):
    person = make_somebody("見本 彩（見本）")
    say(person.oneself, can_do="写真", bio="見せない", hidden_from_towns=["bio"])
    (invitation_id,) = invite(hinode, person.email, source=TalentSource.APPLIED)
    take_up(hinode, invitation_id, person, 24)
    with tenant_scope(hinode.id):
        staff = actor_of(hinode, Role.STAFF)
        talent = talent_of_person(staff, person.person_id)
        assert (talent.hours_offered, talent.kana) == (24, "みほん あや")
        assert (talent.can_do, talent.bio, talent.email) == ("写真", "", person.email)
        assert talent.source is TalentSource.APPLIED
        invitation = queries.get_invitation(staff, invitation_id)
        assert invitation.talent_id == talent.id
    with scope(Scope(person_id=person.person_id)):
        assert own_profile(person.oneself).hours_offered == 24


def test_only_the_account_of_that_address_comes_in(hinode):
    (invitation_id,) = invite(hinode, "somebody@example.jp")
    with pytest.raises(RuleViolation, match="somebody@example.jp宛て"):
        take_up(hinode, invitation_id, make_somebody())


def test_a_link_to_another_invitation_lets_nobody_in(hinode):
    person = make_somebody()
    first, second = invite(hinode, person.email, "other@example.jp")
    with scope(Scope(tenant_id=hinode.id, person_id=person.person_id)):
        invitation = queries.get_invitation(Actor.guest(hinode.id), first)
        holder = Actor.link_holder(hinode.id, second, "x")
        with pytest.raises(Forbidden):
            accept_invitation(
                invitation, get_person(person.oneself), Offer("x", 1), actor=holder, now=NOON
            )


def test_nobody_comes_in_twice_late_or_after_it_was_taken_back(hinode):
    person, late, unwanted = make_somebody(), make_somebody(), make_somebody()
    used, old, back = invite(hinode, person.email, late.email, unwanted.email)
    take_up(hinode, used, person)
    desk = actor_of(hinode, Role.SECRETARIAT)
    with tenant_scope(hinode.id):
        withdraw_invitation(queries.get_invitation(desk, back), actor=desk, now=NOON)
        db.session.commit()
    for invitation_id, somebody, at in (
        (used, person, None),
        (old, late, now() + dt.timedelta(days=15)),
        (back, unwanted, None),
    ):
        with pytest.raises(RuleViolation, match="使えなくなりました"):
            take_up(hinode, invitation_id, somebody, at=at)
    with tenant_scope(hinode.id):
        for invitation_id in (used, back):
            invitation = queries.get_invitation(desk, invitation_id)
            with pytest.raises(RuleViolation, match="すでに使われたか取り消されて"):
                resend_invitation(invitation, actor=desk, now=NOON)
            with pytest.raises(RuleViolation, match="すでに使われたか取り消されて"):
                withdraw_invitation(invitation, actor=desk, now=NOON)


def test_nobody_offers_less_than_other_towns_have_booked(hinode, minato):
    person = make_person(hours=40)
    with tenant_scope(minato.id):
        book_hours(person.person_id, new_id(), 30, now().date(), None)
        db.session.commit()
    (invitation_id,) = invite(hinode, person.email)
    with pytest.raises(RuleViolation, match="30時間より少なく"):
        take_up(hinode, invitation_id, person, 20)
    with tenant_scope(hinode.id):
        assert talent_of_person(actor_of(hinode, Role.STAFF), person.person_id) is None
    take_up(hinode, invitation_id, person, 30)


def test_whoever_came_in_another_way_meanwhile_keeps_their_row(hinode):
    person = make_somebody()
    (invitation_id,) = invite(hinode, person.email)
    talent_id = make_talent(hinode, person, can_do="写真")
    take_up(hinode, invitation_id, person, 12)
    with tenant_scope(hinode.id):
        staff = actor_of(hinode, Role.STAFF)
        assert queries.get_invitation(staff, invitation_id).talent_id == talent_id
        # What the profile shows is written anew.
        assert get_talent(staff, talent_id).hours_offered == 12


def test_an_invitation_that_was_sent_again_has_a_new_link(hinode):
    (invitation_id,) = invite(hinode, "again@example.jp")
    desk = actor_of(hinode, Role.SECRETARIAT)
    with tenant_scope(hinode.id):
        invitation = queries.get_invitation(desk, invitation_id)
        before = invitation.token_hash
        resend_invitation(invitation, actor=desk, now=now())
        db.session.flush()
        assert invitation.token_hash != before
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Mail)) == 2
