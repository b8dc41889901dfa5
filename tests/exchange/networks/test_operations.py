"""What happens to a network and to a town in it."""

import datetime as dt

import pytest
import sqlalchemy as sa

from kyoso.core.access import Actor, Role
from kyoso.core.clock import frozen, now, today
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, InvalidInput, NotFound, RuleViolation
from kyoso.core.journal import NetworkJournalEntry, list_recent
from kyoso.core.scope import Scope, in_networks, member_scope, scope, tenant_scope
from kyoso.exchange import leaving
from kyoso.exchange.leaving import Effect, Fate, effects_of_leaving, seal_of
from kyoso.exchange.networks import operations, queries, subscribers
from kyoso.exchange.networks.operations import NetworkDraft, Notice
from kyoso.exchange.networks.rules import MemberStatus
from kyoso.municipal.agreements.queries import get_agreement
from kyoso.municipal.agreements.rules import AgreementKind
from kyoso.tenancy.models import Tenant, TenantStatus
from kyoso.tenancy.queries import get_tenant
from support.agreements import make_agreement
from support.consultations import ask
from support.networks import (
    admin_of,
    announce,
    invite,
    join,
    leave,
    make_coordinator,
    make_network,
    suspend,
)
from support.people import actor_of

SIGNED = dt.date(2026, 4, 1)


def status_of(network_id, town):
    with tenant_scope(town.id):
        return queries.get_membership(admin_of(town), network_id).member.status


def networks_of(town):
    return in_networks(Scope(town.id)).network_ids


def test_a_network_is_made_from_a_signed_network_agreement_only(hinode):
    pilot = make_agreement(hinode, AgreementKind.PILOT, signed_on=SIGNED)
    draft = make_agreement(hinode, AgreementKind.NETWORK, complete=False)
    actor = admin_of(hinode)
    for agreement_id in (pilot, draft):
        with member_scope(hinode.id), pytest.raises(InvalidInput) as refused:
            operations.found_network(
                NetworkDraft("共創", "", 3),
                "kyoso",
                get_agreement(actor, agreement_id),
                network_id=new_id(),
                actor=actor,
                now=now(),
            )
        assert "agreement_id" in refused.value.errors


def test_only_an_administrator_makes_one(hinode):
    agreement_id = make_agreement(hinode, AgreementKind.NETWORK, signed_on=SIGNED)
    for role in (Role.SECRETARIAT, Role.STAFF, Role.AUDITOR):
        actor = actor_of(hinode, role)
        with member_scope(hinode.id), pytest.raises(Forbidden):
            operations.found_network(
                NetworkDraft("共創", "", 3),
                "kyoso",
                get_agreement(actor, agreement_id),
                network_id=new_id(),
                actor=actor,
                now=now(),
            )


def test_a_network_with_one_member_works(hinode):
    network_id = make_network(hinode)
    assert networks_of(hinode) == (network_id,)
    with member_scope(hinode.id):
        actor = admin_of(hinode)
        assert [town.name for town in queries.list_towns(network_id)] == ["ひので町"]
        assert queries.list_member_towns(actor) == {}
    leave(network_id, hinode)
    assert networks_of(hinode) == ()


def test_an_invited_town_is_in_only_once_it_accepted(hinode, minato):
    network_id = make_network(hinode)
    invite(network_id, hinode, minato)
    assert networks_of(minato) == ()
    actor = admin_of(minato)
    with member_scope(minato.id):
        membership = queries.get_membership(actor, network_id)
        with pytest.raises(Forbidden):
            operations.accept_invitation(
                membership, None, actor=actor_of(minato, Role.STAFF), now=now()
            )
        operations.accept_invitation(membership, None, actor=actor, now=now())
        db.session.commit()
    assert networks_of(minato) == (network_id,)
    with member_scope(hinode.id):
        assert [t.name for t in queries.list_member_towns(admin_of(hinode)).values()] == [
            "みなと町"
        ]


def test_a_town_that_declined_can_be_invited_again(hinode, minato):
    network_id = make_network(hinode)
    invite(network_id, hinode, minato)
    with member_scope(minato.id):
        actor = admin_of(minato)
        membership = queries.get_membership(actor, network_id)
        operations.decline_invitation(membership, actor=actor, now=now())
        db.session.commit()
    assert status_of(network_id, minato) is MemberStatus.DECLINED
    join(network_id, hinode, minato)
    assert status_of(network_id, minato) is MemberStatus.ACTIVE


def test_a_member_is_not_invited_again(hinode, minato):
    network_id = make_network(hinode, minato)
    with pytest.raises(RuleViolation):
        invite(network_id, hinode, minato)


def test_an_invitation_can_be_taken_back(hinode, minato):
    network_id = make_network(hinode)
    invite(network_id, hinode, minato)
    actor = admin_of(hinode)
    with member_scope(hinode.id):
        network = queries.get_joined(actor, network_id)
        member = queries.find_town(network_id, minato.id)
        town = get_tenant(minato.id)
        operations.revoke_invitation(network, member, town, actor=actor, now=now())
        db.session.commit()
    theirs = admin_of(minato)
    with member_scope(minato.id):
        membership = queries.get_membership(theirs, network_id)
        with pytest.raises(RuleViolation):
            operations.accept_invitation(membership, None, actor=theirs, now=now())


def test_somebody_outside_invites_nobody(hinode, minato):
    network_id = make_network(hinode)
    actor = admin_of(minato)
    with member_scope(minato.id):
        network, town = queries.find_network(network_id), get_tenant(minato.id)
        with pytest.raises(NotFound):
            operations.invite_town(network, town, "", "", actor=actor, now=now())


def test_notice_must_be_as_long_as_agreed(hinode):
    network_id = make_network(hinode, notice_months=3)
    with pytest.raises(InvalidInput) as refused:
        announce(network_id, hinode, today() + dt.timedelta(days=30))
    assert "3か月" in refused.value.errors["leaving_on"][0]
    announce(network_id, hinode, today() + dt.timedelta(days=100))
    with pytest.raises(RuleViolation):
        announce(network_id, hinode, today() + dt.timedelta(days=100))


def test_a_town_is_out_on_the_day_whether_or_not_anything_ran(hinode, minato):
    network_id = make_network(hinode, minato)
    announce(network_id, minato, today() + dt.timedelta(days=2))
    assert networks_of(minato) == (network_id,)
    with frozen(now() + dt.timedelta(days=2)):
        assert networks_of(minato) == ()
        assert in_networks(Scope(hinode.id)).absent_members == ((network_id, minato.id),)
        with member_scope(hinode.id):
            assert queries.list_member_towns(admin_of(hinode)) == {}


def test_the_night_makes_leavings_effective_once(hinode, minato):
    network_id = make_network(hinode, minato)
    announce(network_id, minato, today() + dt.timedelta(days=2))
    subscribers.end_memberships()
    assert status_of(network_id, minato) is MemberStatus.ACTIVE
    with frozen(now() + dt.timedelta(days=2)):
        subscribers.end_memberships()
        subscribers.end_memberships()
    assert status_of(network_id, minato) is MemberStatus.LEFT
    with member_scope(hinode.id):
        kinds = [entry.kind for entry in queries.list_network_journal(network_id)]
    assert kinds.count("TownLeftNetwork") == 1


def test_a_notice_can_be_withdrawn_until_its_day(hinode, minato):
    network_id = make_network(hinode, minato)
    announce(network_id, minato, today() + dt.timedelta(days=2))
    actor = admin_of(minato)
    with frozen(now() + dt.timedelta(days=2)), member_scope(minato.id):
        membership = queries.get_membership(actor, network_id)
        with pytest.raises(RuleViolation):
            operations.withdraw_leaving(membership, actor=actor, now=now() + dt.timedelta(days=2))
    with member_scope(minato.id):
        membership = queries.get_membership(actor, network_id)
        operations.withdraw_leaving(membership, actor=actor, now=now())
        db.session.commit()
    with frozen(now() + dt.timedelta(days=3)):
        assert networks_of(minato) == (network_id,)


def test_a_suspended_town_is_out_at_once_and_can_come_back(hinode, minato):
    network_id = make_network(hinode, minato)
    suspend(network_id, minato)
    assert networks_of(minato) == ()
    actor = admin_of(minato)
    with member_scope(minato.id):
        membership = queries.get_membership(actor, network_id)
        operations.resume_membership(membership, actor=actor, now=now())
        db.session.commit()
    assert networks_of(minato) == (network_id,)


def test_a_town_suspended_on_the_platform_is_in_no_network(hinode, minato):
    network_id = make_network(hinode, minato)
    with tenant_scope(minato.id):
        db.session.execute(
            sa.update(Tenant).where(Tenant.id == minato.id).values(status=TenantStatus.SUSPENDED)
        )
        db.session.commit()
    assert networks_of(minato) == ()
    assert in_networks(Scope(hinode.id)).absent_members == ((network_id, minato.id),)


def test_a_town_may_be_in_several_networks(hinode, minato):
    first, second = make_network(hinode, minato), make_network(minato, hinode)
    assert set(networks_of(hinode)) == {first, second}
    leave(first, hinode)
    assert networks_of(hinode) == (second,)
    assert set(networks_of(minato)) == {first, second}


@pytest.fixture
def one_effect(monkeypatch):
    """Let some feature have something to say about leaving."""
    said = [Effect(Fate.ENDS, "掲載している人材を取り下げます", 3)]
    monkeypatch.setattr(leaving, "_foreseers", [lambda actor, network_id: list(said)])
    return said


def test_what_was_shown_is_what_is_confirmed(hinode, one_effect):
    network_id = make_network(hinode)
    actor = admin_of(hinode)
    with member_scope(hinode.id):
        membership = queries.get_membership(actor, network_id)
        seal = seal_of(effects_of_leaving(actor, network_id))
        one_effect[0] = Effect(Fate.ENDS, "掲載している人材を取り下げます", 4)
        notice = Notice(today(), "", seal)
        with pytest.raises(RuleViolation) as refused:
            operations.announce_leaving(membership, notice, actor=actor, now=now())
        assert "件数が変わりました" in refused.value.message


def test_the_towns_own_journal_keeps_what_ended_and_nobody_elses(hinode, minato, one_effect):
    network_id = make_network(hinode, minato)
    leave(network_id, minato)
    with tenant_scope(minato.id):
        own = {entry.kind: entry.facts for entry in list_recent(admin_of(minato))}
    said = ["掲載している人材を取り下げます：3（終わる）"]
    assert own["LeavingAnnounced"]["foreseen"] == own["TownLeftNetwork"]["ended"] == said
    with member_scope(hinode.id):
        left, announced = queries.list_network_journal(network_id)[:2]
    assert (left.kind, announced.kind) == ("TownLeftNetwork", "LeavingAnnounced")
    assert "ended" not in left.facts
    assert "foreseen" not in announced.facts


def test_nobody_counts_what_a_town_had_without_its_name_when_it_goes(hinode, minato):
    network_id = make_network(hinode, minato)
    ask(minato, network_id, named=False)
    suspend(network_id, minato)
    with member_scope(hinode.id):
        said = [str(entry.facts) for entry in queries.list_network_journal(network_id)]
    assert not [facts for facts in said if "相談" in facts]


def test_rules_are_kept_in_every_version(hinode, minato):
    network_id = make_network(hinode)
    coordinator = make_coordinator(network_id, hinode)
    with scope(coordinator.scope):
        network = queries.get_network(coordinator.actor)
        operations.write_rules(network, "# 決まり", "", 0, actor=coordinator.actor, now=now())
        db.session.commit()
    actor = admin_of(hinode)
    with member_scope(hinode.id):
        network = queries.get_joined(actor, network_id)
        with pytest.raises(RuleViolation):
            operations.write_rules(network, "別", "", 0, actor=actor, now=now())
        operations.write_rules(network, "# 新しい決まり", "改めた", 1, actor=actor, now=now())
        db.session.commit()
        assert [one.version for one in queries.list_rules(network_id)] == [2, 1]
    invite(network_id, hinode, minato)
    with member_scope(minato.id):
        member = queries.get_membership(admin_of(minato), network_id).member
        assert (member.rules_version, member.rules_text) == (2, "# 新しい決まり")


def test_a_coordinator_invites_and_the_journal_names_no_town(hinode, minato):
    network_id = make_network(hinode)
    coordinator = make_coordinator(network_id, hinode)
    with scope(coordinator.scope):
        actor = coordinator.actor
        network = queries.get_network(actor)
        town = get_tenant(minato.id)
        operations.invite_town(network, town, "", "広域事務局", actor=actor, now=now())
        db.session.commit()
        entry = db.session.scalars(
            sa.select(NetworkJournalEntry).where(NetworkJournalEntry.kind == "TownInvited")
        ).one()
        assert (entry.by_tenant_id, entry.actor_name) == (None, "広域 つむぎ（見本）")
    assert status_of(network_id, minato) is MemberStatus.INVITED


def test_nothing_but_the_system_ends_a_membership(hinode):
    network_id = make_network(hinode)
    announce(network_id, hinode)
    system = Actor.system(hinode.id, "tests")
    with member_scope(hinode.id):
        membership = queries.get_membership(system, network_id)
        with pytest.raises(Forbidden):
            operations.end_membership(membership, actor=admin_of(hinode), now=now())
