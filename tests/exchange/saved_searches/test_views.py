"""Keeping a search, and the weekly mail of who is new."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.clock import frozen, now
from kyoso.core.db import db, new_id
from kyoso.core.mail import Mail
from kyoso.core.scope import tenant_scope
from kyoso.exchange.saved_searches.subscribers import send_digests
from support.listings import keep_search, make_listable, publish
from support.networks import leave, make_network
from support.pages import text_of


@pytest.fixture
def network_id(hinode, minato):
    return make_network(hinode, minato)


def saved(town, what: str = "") -> str:
    return f"/{town.slug}/exchange/talent/saved/{what}"


def letters(town) -> list[Mail]:
    with tenant_scope(town.id):
        query = sa.select(Mail).where(Mail.subject.contains("新しい掲載")).order_by(Mail.id)
        return list(db.session.scalars(query))


def a_week_later(weeks: int = 1) -> None:
    with frozen(now() + dt.timedelta(days=7 * weeks, minutes=1)):
        send_digests()


def test_a_search_is_kept_opened_and_removed(hinode, network_id, member_of, browser):
    desk = browser(member_of(hinode, Role.STAFF))
    assert "保存した検索はありません" in text_of(desk.get(saved(hinode)))
    page = desk.get(f"/{hinode.slug}/exchange/talent/?q=広報&f=mode:online")
    (query,) = re.findall(r'name="query" value="([^"]*)"', page)
    form = {"form_id": str(new_id()), "query": query.replace("&amp;", "&"), "name": "広報の方"}
    assert "入力してください" in desk.post(saved(hinode), form | {"name": ""}, status=422).text
    desk.post(saved(hinode), form)
    page = desk.follow(desk.post(saved(hinode), form))
    (link,) = re.findall(rf'href="(/{hinode.slug}/exchange/talent/\?q[^"]*)"', page)
    opened = desk.get(link.replace("&amp;", "&"))
    assert "「広報」" in text_of(opened)
    assert "オンライン" in text_of(opened)
    colleague = browser(member_of(hinode, Role.ADMIN))
    assert "保存した検索はありません" in text_of(colleague.get(saved(hinode)))
    (remove,) = re.findall(r'action="([^"]*/remove)"', page)
    colleague.post(remove, status=404)
    desk.post(remove)
    assert "保存した検索はありません" in text_of(desk.get(saved(hinode)))


def test_who_is_new_is_told_once_a_week(hinode, minato, network_id, member_of, browser):
    staff = member_of(hinode, Role.STAFF)
    publish(minato, [network_id], make_listable(minato, "前からの人（見本）"))
    keep_search(staff)
    publish(minato, [network_id], make_listable(minato, "新しい人（見本）"))
    send_digests()
    assert letters(hinode) == []
    a_week_later()
    (letter,) = letters(hinode)
    assert letter.to == staff.email
    assert f"{minato.name}が紹介する方" in letter.body
    assert "新しい人（見本）" not in letter.body, "whoever takes the consent back is in no letter"
    assert letter.body.count("が紹介する方") == 1, "who was there before is no news"
    assert "/exchange/talent/saved/" in letter.body
    a_week_later()
    assert len(letters(hinode)) == 1


def test_who_is_gone_meanwhile_is_not_named(hinode, minato, network_id, member_of):
    keep_search(member_of(hinode, Role.STAFF))
    publish(minato, [network_id])
    leave(network_id, minato)
    a_week_later()
    assert letters(hinode) == []


def test_the_mail_can_be_stopped(hinode, minato, network_id, member_of, browser):
    staff = member_of(hinode, Role.STAFF)
    keep_search(staff)
    desk = browser(staff)
    (action,) = re.findall(r'action="([^"]*/digest)"', desk.get(saved(hinode)))
    desk.post(action)
    publish(minato, [network_id])
    a_week_later()
    assert letters(hinode) == []
    assert "毎週のメールを受け取る" in desk.get(saved(hinode))


def test_so_many_and_no_more(hinode, network_id, member_of, browser):
    staff = member_of(hinode, Role.STAFF)
    for _ in range(20):
        keep_search(staff, digest=False)
    desk = browser(staff)
    form = {"form_id": str(new_id()), "query": "q=x", "name": "もう一つ"}
    assert "20件まで" in text_of(desk.post(saved(hinode), form, status=409).text)
