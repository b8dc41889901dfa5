"""How a network ends: who may close it, who is told, what the day does, and what the pages say."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.clock import frozen, now, today
from kyoso.core.db import db
from kyoso.core.errors import Forbidden, InvalidInput, RuleViolation
from kyoso.core.mail import Mail
from kyoso.core.scope import Scope, in_networks, member_scope, scope, tenant_scope
from kyoso.exchange.closings import operations, queries, rules, subscribers
from kyoso.exchange.closings.operations import Closing
from kyoso.exchange.leaving import effects_of_leaving, seal_of
from kyoso.exchange.networks import operations as networks
from kyoso.exchange.networks.models import Network
from kyoso.exchange.networks.queries import get_membership, get_network, list_due, list_towns
from kyoso.exchange.networks.rules import MemberStatus
from kyoso.exchange.networks.subscribers import end_memberships
from support.members import sign_in
from support.networks import admin_of, invite, join, make_coordinator, make_network, suspend
from support.pages import text_of
from support.people import actor_of, make_town

DAY = dt.timedelta(days=1)


@pytest.fixture
def kosugi(app):
    return make_town("こすぎ町")


@pytest.fixture
def network_id(hinode, minato, kosugi):
    return make_network(hinode, minato, kosugi)


def close(network_id, town, closing_on, *, actor=None):
    actor = actor or admin_of(town)
    with member_scope(town.id):
        membership = get_membership(actor, network_id)
        seal = seal_of(effects_of_leaving(actor, network_id))
        closing = Closing(closing_on, "役目を終えたため", seal)
        operations.close_network(membership, closing, actor=actor, now=now())
        db.session.commit()


def keep(network_id, town):
    actor = admin_of(town)
    with member_scope(town.id):
        membership = get_membership(actor, network_id)
        operations.keep_network_open(membership, actor=actor, now=now())
        db.session.commit()


def networks_of(town):
    return in_networks(Scope(town.id)).network_ids


def member_of_network(town, network_id):
    with tenant_scope(town.id):
        return get_membership(admin_of(town), network_id).member


def at(town, network_id, what=""):
    return f"/{town.slug}/exchange/networks/{network_id}" + (f"/{what}" if what else "")


def seal_in(page):
    return page.partition('name="seal" value="')[2].partition('"')[0]


# Rules


def test_a_network_is_closed_once_and_not_sooner_than_a_town_could_leave():
    day = dt.date(2026, 11, 22)
    rules.check_closing(None, dt.date(2027, 2, 22), 3, day)
    with pytest.raises(InvalidInput):
        rules.check_closing(None, dt.date(2027, 2, 21), 3, day)
    with pytest.raises(RuleViolation):
        rules.check_closing(day, dt.date(2028, 1, 1), 3, day)


def test_the_day_is_taken_back_only_before_it_came():
    day = dt.date(2026, 11, 22)
    rules.check_still_open(day + DAY, day)
    for closed_on in (None, day):
        with pytest.raises(RuleViolation):
            rules.check_still_open(closed_on, day)


# Operations and the night


def test_only_an_administrator_of_the_founding_town_closes(hinode, minato, network_id):
    with pytest.raises(Forbidden):
        close(network_id, minato, today() + DAY)
    for role in (Role.SECRETARIAT, Role.STAFF, Role.AUDITOR):
        with pytest.raises(Forbidden):
            close(network_id, hinode, today() + DAY, actor=actor_of(hinode, role))
    close(network_id, hinode, today() + DAY)
    with pytest.raises(Forbidden):
        keep(network_id, minato)


def test_the_database_lets_no_other_member_set_or_take_back_the_day(hinode, minato, network_id):
    coordinator = make_coordinator(network_id, hinode)
    setting = sa.update(Network).where(Network.id == network_id).values(closed_on=today() + DAY)
    unsetting = sa.update(Network).where(Network.id == network_id).values(closed_on=None)
    others = (in_networks(Scope(minato.id)), coordinator.scope)
    for other in others:
        with scope(other), pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
            db.session.execute(setting)
    close(network_id, hinode, today() + DAY)
    for other in others:
        with scope(other):
            assert db.session.execute(unsetting).rowcount == 0
            assert db.session.get(Network, network_id).closed_on == today() + DAY


def test_on_the_day_nobody_is_in_and_the_night_ends_each_membership(
    hinode, minato, kosugi, network_id
):
    suspend(network_id, kosugi)
    close(network_id, hinode, today() + 2 * DAY)
    end_memberships()
    assert networks_of(minato) == (network_id,)
    with frozen(now() + 2 * DAY):
        assert networks_of(hinode) == networks_of(minato) == ()
        with member_scope(minato.id):
            assert len(list_due(admin_of(minato))) == 1
        end_memberships()
        end_memberships()
        for town in (hinode, minato, kosugi):
            member = member_of_network(town, network_id)
            assert (member.status, member.left_on) == (MemberStatus.LEFT, today())
    with scope(Scope(coordinated_network_id=network_id)):
        assert not any(town.in_force for town in list_towns(network_id))


def test_nobody_is_invited_or_joins_any_more_and_it_can_be_taken_back(hinode, minato, network_id):
    asked, other = make_town("まねき町"), make_town("ほかの町")
    invite(network_id, hinode, asked)
    close(network_id, hinode, today() + DAY)
    with pytest.raises(RuleViolation, match="閉じるため"):
        invite(network_id, hinode, other)
    theirs = admin_of(asked)
    with member_scope(asked.id):
        membership = get_membership(theirs, network_id)
        with pytest.raises(RuleViolation, match="閉じるため"):
            networks.accept_invitation(membership, None, actor=theirs, now=now())
    keep(network_id, hinode)
    join(network_id, hinode, other)
    with frozen(now() + 3 * DAY):
        assert networks_of(minato) == (network_id,)


def test_it_is_not_taken_back_after_its_day(hinode, network_id):
    close(network_id, hinode, today())
    with pytest.raises(RuleViolation, match="取り消せる閉鎖の予定"):
        keep(network_id, hinode)


def test_every_town_is_told_also_who_takes_no_part(hinode, minato, kosugi, network_id, member_of):
    for town in (minato, kosugi):
        member_of(town, Role.ADMIN)
    suspend(network_id, kosugi)
    close(network_id, hinode, today() + 9 * DAY)
    with tenant_scope(hinode.id):
        waiting = db.session.execute(
            sa.text(
                "SELECT args->>'tenant_id' FROM procrastinate_jobs"
                " WHERE task_name = 'closings.tell' AND args->>'network_id' = :id"
            ),
            {"id": str(network_id)},
        ).scalars()
        assert set(waiting) == {str(minato.id), str(kosugi.id)}


def test_the_coordinators_write_nothing_in_a_closed_network(hinode, network_id):
    coordinator = make_coordinator(network_id, hinode)
    close(network_id, hinode, today())
    with scope(coordinator.scope):
        actor = coordinator.actor
        with pytest.raises(RuleViolation):
            networks.write_rules(get_network(actor), "決まり", "", 0, actor=actor, now=now())


def test_who_is_concerned(hinode, minato, kosugi, network_id):
    asked = make_town("まねき町")
    invite(network_id, hinode, asked)
    suspend(network_id, kosugi)
    with member_scope(hinode.id):
        names = {town.name for town in queries.list_concerned(network_id)}
    assert names == {hinode.name, minato.name, kosugi.name, asked.name}


# Pages


def test_closing_is_previewed_announced_told_and_taken_back(
    app, hinode, minato, network_id, member_of, browser
):
    admin, theirs = browser(member_of(hinode, Role.ADMIN)), browser(member_of(minato, Role.ADMIN))
    assert "ネットワークを閉じる" in text_of(admin.get(at(hinode, network_id)))
    assert "ネットワークを閉じる" not in text_of(theirs.get(at(minato, network_id)))
    where = at(hinode, network_id, "close")
    page = admin.get(where)
    assert "この町で起きること" in text_of(page)
    assert "加盟するどの町も脱退したことになり" in text_of(page)
    assert "みなと町" in text_of(page)
    day = today() + 40 * DAY
    form = {"closing_on": day.isoformat(), "reason": "合併のため", "seal": seal_in(page)}
    before = (today() - DAY).isoformat()
    early = admin.post(where, form | {"closing_on": before}, status=422)
    assert "予告の期間は0か月です" in text_of(early.text)
    assert "合併のため" in early.text
    admin.post(where, form | {"reason": ""}, status=422)
    assert "件数が変わりました" in text_of(admin.post(where, form | {"seal": "x"}, status=409).text)
    admin.post(where, form)
    said = text_of(admin.get(at(hinode, network_id)))
    assert "に閉じます" in said
    assert "閉じる予定を取り消す" in said
    admin.get(where, status=409)
    admin.post(where, form, status=409)
    admin.get(at(hinode, network_id, "invite"), status=409)
    seen = text_of(theirs.get(at(minato, network_id)))
    assert "に閉じます" in seen
    assert "理由：合併のため" in seen
    assert "閉じる予定を取り消す" not in seen
    assert "ネットワークを閉じる日を決めました" in seen
    assert "に閉じます" in text_of(theirs.get(f"/{minato.slug}/exchange/networks/"))
    told_of(app, network_id, minato, "合併のため")
    admin.post(at(hinode, network_id, "keep-open"))
    assert "に閉じます" not in text_of(theirs.get(at(minato, network_id)))
    told_of(app, network_id, minato, "閉じずに続きます")


def told_of(app, network_id, town, words):
    with member_scope(town.id):
        subscribers.tell_of_closing.func.__wrapped__(town.id, network_id=str(network_id))
        db.session.commit()
    with tenant_scope(town.id):
        mail = db.session.scalars(sa.select(Mail).order_by(Mail.id.desc()).limit(1)).one()
        assert words in mail.subject + mail.body


def test_nobody_but_the_founders_administrator_reaches_the_page(
    hinode, minato, network_id, member_of, browser
):
    for role in (Role.SECRETARIAT, Role.STAFF, Role.AUDITOR):
        browser(member_of(hinode, role)).get(at(hinode, network_id, "close"), status=403)
    theirs = browser(member_of(minato, Role.ADMIN))
    theirs.get(at(minato, network_id, "close"), status=403)
    theirs.post(at(minato, network_id, "keep-open"), status=403)
    stranger = make_town("よその町")
    other = browser(member_of(stranger, Role.ADMIN))
    other.get(at(stranger, network_id, "close"), status=404)
    browser(None).get(at(hinode, network_id, "close"), status=303)


def test_a_network_without_notice_is_closed_at_once(
    app, hinode, minato, network_id, member_of, browser
):
    coordinator = make_coordinator(network_id, hinode)
    admin, theirs = browser(member_of(hinode, Role.ADMIN)), browser(member_of(minato, Role.ADMIN))
    where = at(hinode, network_id, "close")
    seal = seal_in(admin.get(where))
    admin.post(where, {"closing_on": today().isoformat(), "reason": "終わり", "seal": seal})
    assert member_of_network(hinode, network_id).status is MemberStatus.LEFT
    assert "閉じました" in text_of(admin.get(at(hinode, network_id)))
    # The night has not come, and nothing of the network is in reach.
    assert member_of_network(minato, network_id).status is MemberStatus.ACTIVE
    seen = text_of(theirs.get(at(minato, network_id)))
    assert "このネットワークのものは見られません" in seen
    assert hinode.name not in seen
    theirs.get(at(minato, network_id, "rules"), status=404)
    with member_scope(minato.id):
        slug = db.session.get(Network, network_id).slug
    desk = sign_in(app, coordinator)
    page = text_of(desk.get(f"/networks/{slug}/"))
    assert "加盟する町はもうありません" in page
    assert "自治体を招待する" not in page
    desk.get(f"/networks/{slug}/invite", status=409)
    desk.get(f"/networks/{slug}/metrics/")


def test_an_invited_town_reads_that_it_can_not_join(hinode, network_id, member_of, browser):
    asked = make_town("まねき町")
    invite(network_id, hinode, asked)
    close(network_id, hinode, today() + 5 * DAY)
    theirs = browser(member_of(asked, Role.ADMIN))
    page = text_of(theirs.get(at(asked, network_id)))
    assert "閉じることが決まったため、加わることはできません" in page
    assert "招待が届いています" not in text_of(theirs.get(f"/{asked.slug}/exchange/"))
    theirs.post(at(asked, network_id, "accept"), {}, status=409)
