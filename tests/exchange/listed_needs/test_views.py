"""What towns look for, shown to each other."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.scope import member_scope, tenant_scope
from kyoso.exchange.leaving import effects_of_leaving
from kyoso.exchange.listed_needs.models import ListedNeed
from kyoso.municipal.needs.operations import (
    NeedDraft,
    close_need,
    create_need,
    publish_need,
    update_need,
)
from kyoso.municipal.needs.queries import get_need
from support.departments import make_department
from support.listings import list_a_need, office
from support.networks import admin_of, leave, make_network
from support.pages import text_of, without_stamps


@pytest.fixture
def network_id(hinode, minato):
    return make_network(hinode, minato)


@pytest.fixture
def desk(hinode, member_of, browser):
    return browser(member_of(hinode, Role.SECRETARIAT))


@pytest.fixture
def their_desk(minato, member_of, browser):
    return browser(member_of(minato, Role.SECRETARIAT))


def needs(town, what: str = "") -> str:
    return f"/{town.slug}/exchange/needs/{what}"


def need_of(town, listed_id):
    with tenant_scope(town.id):
        return db.session.scalars(
            sa.select(ListedNeed.need_id).where(ListedNeed.id == listed_id)
        ).one()


def test_a_town_shows_an_open_need_and_takes_it_down(hinode, minato, network_id, desk, their_desk):
    assert "いま掲載されているものはありません" in text_of(their_desk.get(needs(minato)))
    assert "公開中の「求めていること」がありません" in text_of(desk.get(needs(hinode, "new")))
    actor, unit = office(hinode), make_department(hinode)
    with tenant_scope(hinode.id):
        draft = NeedDraft(unit, "夜のバスの調べもの", "電話は0241-12-3456です", "夜も帰れる")
        need = create_need(draft, need_id=new_id(), actor=actor, now=now())
        publish_need(need, actor=actor, now=now())
        db.session.commit()
    form = {
        "form_id": str(new_id()),
        "need_id": str(need.id),
        "network_id": str(network_id),
        "mode": "online",
    }
    asked = desk.post(needs(hinode, "new"), form, status=422).text
    assert "電話番号" in text_of(asked)
    (seal,) = re.findall(r'name="looked_at" value="([^"]+)"', asked)
    desk.post(needs(hinode, "new"), form | {"looked_at": seal})
    desk.post(needs(hinode, "new"), form | {"looked_at": seal}, status=409)
    page = their_desk.get(needs(minato))
    assert "夜のバスの調べもの" in text_of(page)
    (link,) = set(re.findall(rf'href="({needs(minato)}[0-9a-f-]+)"', page))
    assert "オンライン" in text_of(their_desk.get(link))
    desk.post(needs(hinode, f"{link.rpartition('/')[2]}/withdraw"))
    gone = without_stamps(their_desk.get(link, status=404))
    assert gone == without_stamps(their_desk.get(needs(minato, str(new_id())), status=404))
    their_desk.post(needs(minato, f"{link.rpartition('/')[2]}/withdraw"), status=404)


def test_it_follows_the_need_and_ends_with_it(hinode, minato, network_id, their_desk):
    listed_id = list_a_need(hinode, network_id)
    actor, need_id = office(hinode), need_of(hinode, listed_id)
    with tenant_scope(hinode.id):
        need = get_need(actor, need_id, lock=True)
        draft = NeedDraft(need.department_id, "広報紙の写真", need.purpose, need.outcome)
        update_need(need, draft, actor=actor, now=now())
        db.session.commit()
    assert "広報紙の写真" in text_of(their_desk.get(needs(minato, str(listed_id))))
    with tenant_scope(hinode.id):
        close_need(get_need(actor, need_id, lock=True), "決まりました", actor=actor, now=now())
        db.session.commit()
    their_desk.get(needs(minato, str(listed_id)), status=404)


def test_leaving_takes_down_what_the_preview_counted(hinode, minato, network_id, their_desk):
    listed_id = list_a_need(hinode, network_id)
    with member_scope(hinode.id):
        effects = {e.what: e.count for e in effects_of_leaving(admin_of(hinode), network_id)}
    assert effects["「求めていること」の掲載を取り下げます"] == 1
    leave(network_id, hinode)
    their_desk.get(needs(minato, str(listed_id)), status=404)


def test_a_need_in_two_shared_networks_is_listed_once(hinode, minato, network_id, their_desk, desk):
    listed_id = list_a_need(hinode, network_id)
    second = make_network(hinode, minato, name="もう一つのネットワーク")
    form = {
        "form_id": str(new_id()),
        "need_id": str(need_of(hinode, listed_id)),
        "network_id": str(second),
    }
    desk.post(needs(hinode, "new"), form)
    page = their_desk.get(needs(minato))
    assert page.count("広報紙の編集") == 1


def test_staff_show_no_need(hinode, member_of, browser, network_id):
    list_a_need(hinode, network_id)
    staff = browser(member_of(hinode, Role.STAFF))
    assert "広報紙の編集" in text_of(staff.get(needs(hinode)))
    staff.get(needs(hinode, "new"), status=403)


def test_pages_go_on(hinode, minato, network_id, their_desk):
    for n in range(21):
        list_a_need(hinode, network_id, f"見本{n:02}の件")
    first = their_desk.get(needs(minato))
    (link,) = re.findall(r'rel="next" href="([^"]*)"', first)
    second = their_desk.get(link)
    assert sorted(re.findall(r"見本(\d\d)の件</a>", first + second)) == [
        f"{n:02}" for n in range(21)
    ]
