"""A person's page of consents, as they see it."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from kyoso.core.access import Role
from kyoso.core.clock import today
from support.pages import text_of


@pytest.fixture
def hanako(hinode, member_of, browser):
    return browser(member_of(hinode, Role.STAFF))


def wish(town, **changes):
    return {
        "purpose": "publicity",
        "recipient": str(town.id),
        "parts": ["name", "photo"],
        "until": (today() + dt.timedelta(days=60)).isoformat(),
    } | changes


def address(values) -> str:
    pairs = [(k, v) for k, vs in values.items() for v in (vs if isinstance(vs, list) else [vs])]
    return "/me/consents/new/words?" + "&".join(f"{k}={v}" for k, v in pairs)


def answer(page: str, values):
    stamped = dict(re.findall(r'name="(form_id|version|language)" value="([^"]*)"', page))
    return values | stamped


def test_somebody_new_is_told_what_it_is_for(hanako):
    assert "有効な同意はありません" in text_of(hanako.get("/me/consents/"))


def test_read_agree_and_take_back(hanako, hinode):
    assert hinode.name in hanako.get("/me/consents/new")
    page = hanako.get(address(wish(hinode)))
    assert f"私は、{hinode.name}が" in page
    assert "氏名、写真" in page
    sent = answer(page, wish(hinode))
    hanako.post("/me/consents/", sent)
    # The same form sent twice is one consent.
    listed = hanako.follow(hanako.post("/me/consents/", sent))
    assert text_of(listed).count("広報・公開ページでの紹介") == 1
    (action,) = re.findall(r'action="(/me/consents/[^"]+/withdraw)"', listed)
    listed = text_of(hanako.follow(hanako.post(action)))
    assert "同意を取り消しました" in listed
    assert "有効な同意はありません" in listed
    assert "取り消し済み" in listed
    hanako.post(action, status=409)


def test_mistakes_stand_at_their_field_and_what_was_chosen_stays(hanako, hinode):
    past = wish(hinode, until="2020-01-01", parts=[])
    page = hanako.get(address(past), status=422)
    assert "期限は今日以降の日にしてください" in page
    assert "「見せる項目」を" in page
    assert f'value="{hinode.id}" selected' in page
    nowhere = hanako.get(address(wish(hinode, recipient="")), status=422)
    assert "「相手」を選んでください" in nowhere
    listing = hanako.get(address(wish(hinode, purpose="listing")), status=422)
    assert "まだ受け付けていません" in listing


def test_one_that_ends_soon_can_be_given_anew(hanako, hinode):
    near = wish(hinode, until=(today() + dt.timedelta(days=3)).isoformat())
    listed = hanako.follow(hanako.post("/me/consents/", answer(hanako.get(address(near)), near)))
    assert "もうすぐ期限です" in listed
    (again,) = re.findall(r'href="(/me/consents/new\?again=[^"]+)"', listed)
    page = hanako.get(again)
    assert f'value="{hinode.id}" selected' in page
    assert re.search(r'value="photo"[^>]* checked', page)


def test_another_persons_consent_is_not_there(hanako, hinode, minato, member_of, browser):
    page = hanako.get(address(wish(hinode)))
    listed = hanako.follow(hanako.post("/me/consents/", answer(page, wish(hinode))))
    (action,) = re.findall(r'action="(/me/consents/[^"]+/withdraw)"', listed)
    other = browser(member_of(minato, Role.ADMIN))
    other.post(action, status=404)
    assert "有効な同意はありません" in text_of(other.get("/me/consents/"))
    other.get(f"/me/consents/new?again={action.split('/')[3]}", status=404)


def test_in_english_the_english_words_are_kept(hanako, hinode):
    page = hanako.get(address(wish(hinode)) + "&lang=en")
    assert f"I agree that {hinode.name}" in page
    listed = hanako.follow(hanako.post("/me/consents/", answer(page, wish(hinode))))
    assert f"I agree that {hinode.name}" in listed
