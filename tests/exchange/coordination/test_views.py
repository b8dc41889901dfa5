"""What coordinators see and do, and how a town names them."""

import pytest

from kyoso.core.access import Role
from support.members import make_member, sign_in
from support.networks import invite, make_coordinator, make_network
from support.pages import text_of
from support.people import make_town


@pytest.fixture
def network(hinode, minato):
    slug = f"c-{hinode.slug[2:]}"
    return make_network(hinode, minato, slug=slug), f"/networks/{slug}"


@pytest.fixture
def coordinator(app, network, hinode):
    return sign_in(app, make_coordinator(network[0], hinode))


def test_a_coordinator_finds_the_network_and_its_towns(network, coordinator):
    assert "広域事務局の仕事をする" in text_of(coordinator.get("/my-towns"))
    page = text_of(coordinator.get(f"{network[1]}/"))
    for words in ("ひので町", "みなと町", "加盟中", "町の中の情報は、ここには出ません。"):
        assert words in page
    for what in ("health", "rules", "log"):
        coordinator.get(f"{network[1]}/{what}")


def test_a_coordinator_opens_no_town(network, coordinator, hinode):
    for path in ("desk/", "exchange/", f"exchange/networks/{network[0]}"):
        coordinator.get(f"/{hinode.slug}/{path}", status=403)


def test_nobody_else_opens_the_coordinators_pages(
    app, network, hinode, minato, member_of, browser, visitor
):
    elsewhere = make_network(minato)
    others = [browser(member_of(hinode, role)) for role in (Role.ADMIN, Role.AUDITOR)]
    others.append(sign_in(app, make_coordinator(elsewhere, minato)))
    for what in ("", "health", "rules", "rules/edit", "log", "invite"):
        for one in others:
            one.get(f"{network[1]}/{what}", status=403)
        visitor.get(f"{network[1]}/{what}", status=303)
    others[0].get("/networks/no-such-network/", status=404)


def test_a_coordinator_invites_and_takes_back(network, coordinator, hinode, minato):
    town = make_town("あたらし町")
    coordinator.get(f"{network[1]}/invite")
    coordinator.post(f"{network[1]}/invite", {}, status=422)
    coordinator.post(f"{network[1]}/invite", {"tenant_id": str(town.id), "message": "どうぞ"})
    page = coordinator.get(f"{network[1]}/")
    assert "招待中" in text_of(page)
    coordinator.post(page.partition('/revoke"')[0].rpartition('"')[2] + "/revoke")
    assert "招待の取消し" in text_of(coordinator.get(f"{network[1]}/"))
    assert "（あたらし町）" in text_of(coordinator.get(f"{network[1]}/log"))


def test_a_coordinator_writes_the_rules(network, coordinator, hinode, member_of, browser):
    where = f"{network[1]}/rules/edit"
    coordinator.get(where)
    coordinator.post(where, {"content": "", "based_on": "0"}, status=422)
    coordinator.post(where, {"content": "# 五日で答える", "note": "", "based_on": "0"})
    assert "五日で答える" in text_of(coordinator.get(f"{network[1]}/rules"))
    coordinator.post(where, {"content": "別", "based_on": "0"}, status=409)
    staff = browser(member_of(hinode, Role.STAFF))
    assert "五日で答える" in text_of(
        staff.get(f"/{hinode.slug}/exchange/networks/{network[0]}/rules")
    )


def test_a_town_names_one_of_its_own_and_removes_them(app, network, hinode, minato, browser):
    admin, staff = make_member(hinode, Role.ADMIN), make_member(hinode, Role.STAFF, name="指名 花")
    theirs = make_member(minato, Role.STAFF, name="よその 人")
    page = browser(admin)
    where = f"/{hinode.slug}/exchange/networks/{network[0]}/coordinators/"
    assert "まだ担当者がいません" in text_of(page.get(where))
    page.post(where, {}, status=422)
    page.post(where, {"membership_id": str(theirs.membership_id)}, status=404)
    page.post(where, {"membership_id": str(staff.membership_id)})
    page.post(where, {"membership_id": str(staff.membership_id)}, status=409)
    browser(staff).post(where, {}, status=403)
    at_work = sign_in(app, staff)
    at_work.get(f"{network[1]}/")
    shown = page.get(where)
    page.post(shown.partition('/remove"')[0].rpartition('"')[2] + "/remove")
    at_work.get(f"{network[1]}/", status=403)
    assert "以前の担当者" in text_of(page.get(where))


def test_the_health_page_counts(network, coordinator, hinode):
    invite(network[0], hinode, make_town("まねき町"))
    page = text_of(coordinator.get(f"{network[1]}/health"))
    assert "加盟している自治体2" in page
    assert "招待中1" in page
