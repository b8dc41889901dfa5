"""What is gone when an erasure was carried out, and what stays."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from kyoso.core.access import Actor, Role
from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.errors import NotFound, RuleViolation
from kyoso.core.jobs import run_worker
from kyoso.core.mail import Mail
from kyoso.core.scope import Scope, scope, tenant_scope
from kyoso.identity.accounts.models import Person, Session
from kyoso.identity.accounts.queries import get_person, person_of_email
from kyoso.identity.consents.queries import list_consents
from kyoso.identity.erasures.models import ErasureRequest
from kyoso.identity.erasures.operations import request_erasure, withdraw_erasure
from kyoso.identity.erasures.queries import find_open_request
from kyoso.identity.profiles.queries import list_files, own_profile
from kyoso.municipal.engagements.queries import get_engagement
from kyoso.municipal.engagements.rules import EngagementStatus
from kyoso.municipal.talent_invitations.models import TalentInvitation
from kyoso.municipal.talent_invitations.operations import (
    Offer,
    TalentInvite,
    accept_invitation,
    invite_talents,
)
from kyoso.municipal.talents.queries import get_talent
from kyoso.operating.erasing import erase, list_waiting
from support.consents import agree
from support.engagements import make_engagement
from support.members import PASSWORD, make_member, sign_in
from support.people import actor_of
from support.profiles import make_full_profile
from support.talents import make_somebody, make_talent


def own(person) -> Scope:
    return Scope(person_id=person.person_id)


def ask(person):
    with scope(own(person)):
        me = get_person(person.oneself, lock=True)
        request_erasure(me, request_id=new_id(), actor=person.oneself, now=now())
        db.session.commit()


@pytest.fixture
def designer(app):
    somebody = make_somebody()
    make_full_profile(somebody.oneself)
    return somebody


def waiting_emails() -> list[str]:
    return [one.email for one in list_waiting()]


def test_the_operator_sees_who_waits_where_they_are_and_what_is_in_the_way(designer, hinode):
    talent_id = make_talent(hinode, designer)
    ask(designer)
    (found,) = [one for one in list_waiting() if one.email == designer.email]
    assert (found.name, found.towns, found.obstacles) == (designer.name, ["ひので町"], [])
    make_engagement(hinode, talent_id, role="デザイナー")
    (found,) = [one for one in list_waiting() if one.email == designer.email]
    assert found.obstacles == ["ひので町 デザイナー"]


def test_what_is_the_persons_is_gone_and_what_is_the_towns_stays(
    app, designer, hinode, minato, visitor
):
    boss = make_member(hinode, Role.ADMIN)
    browser = sign_in(app, designer)
    talent_id = make_talent(hinode, designer, can_do="広報紙の編集")
    over = make_engagement(hinode, talent_id, status=EngagementStatus.ENDED)
    agree(designer, minato)
    ask(designer)
    assert erase(designer.email) == designer.name

    # Nobody enters with it, and the address is free again.
    browser.open("GET", "/me/", 303)
    visitor.post("/sign-in", {"email": designer.email, "password": PASSWORD}, status=422)
    assert person_of_email(designer.email) is None
    with scope(own(designer)):
        person = db.session.get_one(Person, designer.person_id)
        assert (person.name, person.name_kana, person.password_hash) == ("消去済み", "", None)
        profile = own_profile(designer.oneself)
        assert (profile.bio, profile.skills, profile.links) == ("", [], [])
        assert profile.photo is None
        assert list_files(designer.oneself) == []
        assert all(c.withdrawn_at for c in list_consents(designer.oneself))
        sessions = db.session.scalars(sa.select(Session)).all()
        assert {(s.user_agent, s.address) for s in sessions} == {("", "")}
        assert all(s.ended_at for s in sessions)
    with tenant_scope(hinode.id):
        actor = actor_of(hinode, Role.ADMIN)
        talent = get_talent(actor, talent_id)
        assert (talent.name, talent.can_do, talent.email) == (designer.name, "", "")
        assert talent.left_at is not None
        assert get_engagement(actor, over).person_name == designer.name
    assert designer.email not in waiting_emails()
    with ThreadPoolExecutor(1) as thread:
        thread.submit(run_worker, app, wait=False).result()
    with tenant_scope(hinode.id):
        told = db.session.scalars(sa.select(Mail.subject).where(Mail.to == boss.email)).all()
    assert f"{designer.name}さんのアカウントを消去しました" in told


def test_no_town_knows_any_more_where_it_wrote_to(app, hinode):
    somebody, office = make_somebody(), actor_of(hinode, Role.SECRETARIAT)
    with tenant_scope(hinode.id):
        invite_talents(
            [TalentInvite(somebody.email, somebody.name)],
            batch_id=new_id(),
            actor=office,
            now=now(),
        )
        db.session.commit()
    with scope(Scope(tenant_id=hinode.id, person_id=somebody.person_id)):
        (invitation,) = db.session.scalars(sa.select(TalentInvitation))
        accept_invitation(
            invitation,
            get_person(somebody.oneself),
            Offer("みほん あや", 10),
            actor=Actor.link_holder(hinode.id, invitation.id, somebody.name),
            now=now(),
        )
        db.session.commit()
    ask(somebody)
    erase(somebody.email)
    with ThreadPoolExecutor(1) as thread:
        thread.submit(run_worker, app, wait=False).result()
    with tenant_scope(hinode.id):
        (invitation,) = db.session.scalars(sa.select(TalentInvitation))
        assert (invitation.email, invitation.name) == ("", "")
        assert invitation.accepted_at is not None
        assert somebody.email not in db.session.scalars(sa.select(Mail.to)).all()


def test_nobody_is_erased_who_did_not_ask(designer):
    with pytest.raises(NotFound, match="申出がなければ"):
        erase(designer.email)
    with pytest.raises(NotFound, match="アカウントはありません"):
        erase("nobody@example.jp")


def test_a_wish_that_was_taken_back_is_none(designer):
    ask(designer)
    with scope(own(designer)):
        request = find_open_request(designer.oneself, lock=True)
        withdraw_erasure(request, actor=designer.oneself, now=now())
        db.session.commit()
    assert designer.email not in waiting_emails()
    with pytest.raises(NotFound):
        erase(designer.email)
    ask(designer)


def test_something_that_began_meanwhile_holds_it_up_and_nothing_is_lost(designer, hinode):
    talent_id = make_talent(hinode, designer, can_do="広報紙の編集")
    ask(designer)
    make_engagement(hinode, talent_id, role="デザイナー")
    with pytest.raises(RuleViolation, match="ひので町 デザイナー"):
        erase(designer.email)
    with scope(own(designer)):
        assert own_profile(designer.oneself).bio
        assert db.session.get_one(Person, designer.person_id).name == designer.name


def test_only_the_person_sees_the_wish(designer, hinode):
    ask(designer)
    for other in (own(make_somebody()), Scope(tenant_id=hinode.id), Scope()):
        with scope(other):
            assert db.session.scalars(sa.select(ErasureRequest)).all() == []
