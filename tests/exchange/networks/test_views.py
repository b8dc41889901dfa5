"""What people see of networks, as a town."""

import datetime as dt
import re
import threading
import time

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.clock import now, today
from kyoso.core.db import db, new_id
from kyoso.core.mail import Mail
from kyoso.core.scope import member_scope, tenant_scope
from kyoso.exchange import leaving
from kyoso.exchange.leaving import Effect, Fate
from kyoso.exchange.networks import operations, queries, subscribers
from kyoso.municipal.agreements.rules import AgreementKind
from support.agreements import make_agreement
from support.networks import admin_of, announce, invite, leave, make_coordinator, make_network
from support.pages import text_of


@pytest.fixture
def admin(hinode, member_of, browser):
    return browser(member_of(hinode, Role.ADMIN))


@pytest.fixture
def their_admin(minato, member_of, browser):
    return browser(member_of(minato, Role.ADMIN))


def at(town, network_id="", what=""):
    where = f"/{town.slug}/exchange/networks/"
    return f"{where}{network_id}" + (f"/{what}" if what else "")


def seal_in(page: str) -> str:
    return page.partition('name="seal" value="')[2].partition('"')[0]


def test_a_town_in_no_network_learns_what_the_exchange_is_for(hinode, admin):
    page = text_of(admin.get(f"/{hinode.slug}/exchange/"))
    assert "まだネットワークに加盟していません" in page
    assert "協定からネットワークを作る" in page
    assert "まだネットワークはありません" in text_of(admin.get(at(hinode)))


def menus_of(page: str) -> list[list[str]]:
    nav = page.partition("exchange-menu")[2].partition("</nav>")[0]
    return [re.findall(r"<a[^>]*>(.*?)</a>", part) for part in nav.split("</ul>")[:-1]]


@pytest.mark.parametrize(
    ("path", "part", "second"),
    [
        ("", "交流の入口", []),
        (
            "needs/",
            "人材を探す",
            ["人材を探す", "町々が求めていること", "町の掲載", "保存した検索"],
        ),
        ("shares/stays/ask", "人材シェア", ["人材シェア", "割り当て案"]),
        ("reuses/", "ノウハウ", ["ノウハウを探す", "町のノウハウ", "活用記録"]),
        ("referrals/", "相談・紹介", ["相談", "提案の紹介"]),
        ("moderation/", "ネットワーク", ["ネットワークの一覧", "通報と非表示"]),
    ],
)
def test_the_menu_has_two_levels_and_says_where_one_is(hinode, admin, path, part, second):
    page = admin.get(f"/{hinode.slug}/exchange/{path}")
    first, *below = menus_of(page)
    assert len(first) == 7
    here = page.partition("exchange-menu")[2].partition('aria-current="true">')[2].partition("<")[0]
    assert here == part
    assert part in first
    assert below == ([second] if second else [])


def test_an_administrator_makes_a_network_from_an_agreement(hinode, admin):
    assert "もとになる協定がありません" in text_of(admin.get(at(hinode, "new")))
    agreement_id = make_agreement(
        hinode, AgreementKind.NETWORK, title="三町未来共創協定", signed_on=dt.date(2024, 1, 15)
    )
    assert "三町未来共創協定" in text_of(admin.get(at(hinode, "new")))
    form = {
        "form_id": str(new_id()),
        "agreement_id": str(agreement_id),
        "name": "三町未来共創ネットワーク",
        "slug": f"s-{new_id().hex}",
        "purpose": "人と知恵を分け合う。",
        "notice_months": "３",
    }
    bad = admin.post(at(hinode, "new"), form | {"slug": "三町"}, status=422).text
    assert "半角の英小文字" in text_of(bad)
    assert "人と知恵を分け合う。" in bad
    first = admin.post(at(hinode, "new"), form)
    again = admin.post(at(hinode, "new"), form)
    assert first.headers["Location"] == again.headers["Location"]
    page = text_of(admin.follow(first))
    for words in ("三町未来共創ネットワーク", "2024年1月15日", "3か月前", "ひので町", "加盟中"):
        assert words in page
    taken = form | {"form_id": str(new_id())}
    assert "別のネットワークが使っています" in text_of(
        admin.post(at(hinode, "new"), taken, status=422).text
    )


def test_an_invited_town_hears_of_it_and_joins(hinode, minato, admin, their_admin):
    network_id = make_network(hinode)
    form = {"tenant_id": str(minato.id), "message": "ぜひご一緒に。"}
    assert "みなと町" in admin.get(at(hinode, network_id, "invite"))
    admin.post(at(hinode, network_id, "invite"), form)
    subscribers.tell_of_invitation.func.__wrapped__(minato.id, network_id=str(network_id))
    db.session.commit()
    home = text_of(their_admin.get(f"/{minato.slug}/exchange/"))
    assert "への招待が届いています" in home
    page = text_of(their_admin.get(at(minato, network_id)))
    assert "ぜひご一緒に。" in page
    assert "ひので町" not in page.partition("概要")[0].partition("招待への回答")[0]
    their_admin.post(at(minato, network_id, "accept"), {})
    assert "加盟中" in text_of(their_admin.get(at(minato, network_id)))
    assert "みなと町" in text_of(admin.get(at(hinode, network_id)))
    their_admin.post(at(minato, network_id, "accept"), {}, status=409)


def test_the_administrators_of_an_invited_town_get_a_mail(hinode, minato, member_of):
    network_id = make_network(hinode)
    member_of(minato, Role.ADMIN, email="admin@minato.example.jp")
    invite(network_id, hinode, minato)
    with tenant_scope(minato.id):
        subscribers.tell_of_invitation.func.__wrapped__(minato.id, network_id=str(network_id))
        db.session.commit()
        mail = db.session.scalars(
            sa.select(Mail).where(Mail.to == "admin@minato.example.jp").order_by(Mail.id.desc())
        ).first()
        assert "への招待" in mail.subject
        assert str(network_id) in mail.body


def test_an_invitation_can_be_declined_and_taken_back(hinode, minato, admin, their_admin):
    network_id = make_network(hinode)
    invite(network_id, hinode, minato)
    their_admin.post(at(minato, network_id, "decline"))
    assert "招待を辞退" in text_of(their_admin.get(at(minato, network_id)))
    invite(network_id, hinode, minato)
    page = admin.get(at(hinode, network_id))
    revoke = page.partition('/revoke"')[0].rpartition('"')[2] + "/revoke"
    admin.post(revoke)
    assert "招待の取消し" in text_of(admin.get(at(hinode, network_id)))


def test_taking_back_an_invitation_that_is_being_accepted_is_refused_in_words(
    app, hinode, minato, admin
):
    network_id = make_network(hinode)
    invite(network_id, hinode, minato)
    page = admin.get(at(hinode, network_id))
    revoke = page.partition('/revoke"')[0].rpartition('"')[2] + "/revoke"
    accepted, failed = threading.Event(), []

    def accept():
        try:
            actor = admin_of(minato)
            with app.app_context(), member_scope(minato.id):
                membership = queries.get_membership(actor, network_id, lock=True)
                operations.accept_invitation(membership, None, actor=actor, now=now())
                db.session.flush()
                accepted.set()
                time.sleep(0.5)
                db.session.commit()
        except BaseException as error:
            failed.append(error)
            accepted.set()

    worker = threading.Thread(target=accept)
    worker.start()
    accepted.wait()
    refused = admin.post(revoke, status=409)
    worker.join()
    assert failed == []
    assert "「加盟中」の自治体を「招待の取消し」にすることはできません" in text_of(refused.text)


def test_others_of_a_town_read_and_do_not_answer(hinode, minato, member_of, browser):
    network_id = make_network(hinode)
    invite(network_id, hinode, minato)
    for role in (Role.SECRETARIAT, Role.STAFF, Role.AUDITOR):
        page = browser(member_of(minato, role))
        assert "答えられるのは、町の管理者です。" in text_of(page.get(at(minato, network_id)))
        page.post(at(minato, network_id, "accept"), status=403)
        page.get(at(minato, network_id, "leave"), status=403)


def test_leaving_is_previewed_with_counts_and_announced(
    hinode, minato, their_admin, admin, monkeypatch
):
    network_id = make_network(hinode, minato, notice_months=2)
    effects = [
        Effect(Fate.STAYS, "活用記録には町の名前だけが残ります", 5),
        Effect(Fate.ENDS, "掲載している人材を取り下げます", 3),
    ]
    monkeypatch.setattr(leaving, "_foreseers", [lambda actor, network_id: effects])
    where = at(minato, network_id, "leave")
    page = their_admin.get(where)
    told = text_of(page)
    assert told.index("掲載している人材を取り下げます") < told.index("活用記録には町の名前")
    day = today() + dt.timedelta(days=100)
    form = {"leaving_on": day.isoformat(), "reason": "合併のため", "seal": seal_in(page)}
    too_soon = their_admin.post(where, form | {"leaving_on": today().isoformat()}, status=422)
    assert "予告の期間は2か月です" in text_of(too_soon.text)
    assert "合併のため" in too_soon.text
    effects[1] = Effect(Fate.ENDS, "掲載している人材を取り下げます", 4)
    changed = their_admin.post(where, form, status=409)
    assert "件数が変わりました" in text_of(changed.text)
    their_admin.post(where, form | {"seal": seal_in(changed.text)})
    assert "脱退の予告を取り下げる" in text_of(their_admin.get(at(minato, network_id)))
    subscribers.tell_of_change.func.__wrapped__(
        hinode.id, network_id=str(network_id), town_id=str(minato.id)
    )
    db.session.commit()
    assert "脱退を予告しました" in text_of(admin.get(at(hinode, network_id)))
    their_admin.post(at(minato, network_id, "stay"))
    assert "脱退の予告を取り下げました" in text_of(admin.get(at(hinode, network_id)))


def test_without_notice_a_town_is_out_in_its_next_request(hinode, minato, their_admin):
    network_id = make_network(hinode, minato)
    where = at(minato, network_id, "leave")
    form = {"leaving_on": today().isoformat(), "seal": seal_in(their_admin.get(where))}
    their_admin.post(where, form)
    page = text_of(their_admin.get(at(minato, network_id)))
    assert "に脱退しました" in page
    assert "ひので町" not in page.partition("これまでの記録")[0]
    their_admin.get(at(minato, network_id, "rules"), status=404)
    assert "まだネットワークに加盟していません" in text_of(
        their_admin.get(f"/{minato.slug}/exchange/")
    )


def test_a_town_can_suspend_and_resume(hinode, minato, their_admin):
    network_id = make_network(hinode, minato)
    where = at(minato, network_id, "suspend")
    page = their_admin.get(where)
    missing = their_admin.post(where, {"seal": seal_in(page)}, status=422)
    assert "「理由」を入力してください" in text_of(missing.text)
    their_admin.post(where, {"seal": seal_in(page), "reason": "体制を見直すため"})
    assert "参加を休止しています" in text_of(their_admin.get(at(minato, network_id)))
    their_admin.get(at(minato, network_id, "rules"), status=404)
    their_admin.post(at(minato, network_id, "resume"))
    their_admin.get(at(minato, network_id, "rules"))


def test_rules_are_written_compared_and_kept_safe(hinode, admin):
    network_id = make_network(hinode)
    where = at(hinode, network_id, "rules/edit")
    admin.get(where)
    text = "# 分け合うこと\n\n<script>alert(1)</script>\n\n三日で答える。"
    admin.post(where, {"content": text, "note": "はじめて", "based_on": "0"})
    page = admin.get(at(hinode, network_id, "rules"))
    assert "<script>alert" not in page
    stale = admin.post(where, {"content": "別の文", "based_on": "0"}, status=409)
    assert "第1版が保存されました" in text_of(stale.text)
    assert "別の文" in stale.text
    admin.post(where, {"content": text.replace("三日", "五日"), "based_on": "1"})
    assert "<del>三日で答える。</del>" in admin.get(at(hinode, network_id, "rules"))


def test_what_is_said_of_a_network_can_be_changed(hinode, admin):
    network_id = make_network(hinode)
    where = at(hinode, network_id, "edit")
    admin.get(where)
    admin.post(where, {"name": "新しい名前", "purpose": "", "notice_months": "1"})
    assert "新しい名前" in text_of(admin.get(at(hinode, network_id)))
    admin.post(where, {"name": "", "notice_months": "1"}, status=422)


def test_a_network_that_the_town_is_not_in_looks_like_none(hinode, minato, admin):
    theirs = make_network(minato)
    ghost = new_id()
    for what in ("", "rules", "edit", "invite", "leave", "suspend"):
        there = admin.get(at(hinode, theirs, what), status=404)
        nowhere = admin.get(at(hinode, ghost, what), status=404)
        assert there.replace(str(theirs), "") == nowhere.replace(str(ghost), "")


def test_a_former_member_finds_its_own_history_only(hinode, minato, their_admin):
    network_id = make_network(hinode, minato)
    make_coordinator(network_id, hinode)
    leave(network_id, minato)
    page = text_of(their_admin.get(at(minato, network_id)))
    assert "ネットワークを脱退しました" in page
    assert "広域 つむぎ" not in page


def test_the_home_of_the_exchange_costs_few_statements(hinode, minato, admin, count_statements):
    for _ in range(3):
        make_network(hinode, minato)
    admin.get(f"/{hinode.slug}/exchange/")
    with count_statements() as seen:
        admin.get(f"/{hinode.slug}/exchange/")
    assert len(seen) <= 9, seen


def test_the_desk_asks_nothing_of_networks(hinode, minato, admin, count_statements):
    make_network(hinode, minato)
    with count_statements() as seen:
        admin.get(f"/{hinode.slug}/desk/notices/")
    assert not [statement for statement in seen if "exchange." in statement]


def test_a_notice_shows_in_the_list(hinode, minato, their_admin):
    network_id = make_network(hinode, minato)
    announce(network_id, minato, today() + dt.timedelta(days=3))
    assert "に脱退" in text_of(their_admin.get(at(minato)))
