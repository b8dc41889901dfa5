"""Using what another town knows: copying, reporting back, updates, thanks."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa

from kyoso.core import clock
from kyoso.core.access import Role
from kyoso.core.db import db, new_id
from kyoso.core.jobs import run_worker
from kyoso.core.mail import Mail
from kyoso.core.scope import member_scope, tenant_scope
from kyoso.exchange.reuses import subscribers
from kyoso.exchange.reuses.models import ReceivedReuse, Reuse
from kyoso.exchange.reuses.rules import ASK_AFTER
from support.know_how import FORM, borrow, publish, report_back, rewrite, withdraw, write
from support.networks import leave, make_network
from support.pages import text_of


@pytest.fixture
def network(hinode, minato):
    return make_network(hinode, minato)


@pytest.fixture
def author(hinode, member_of, browser):
    return browser(member_of(hinode, Role.SECRETARIAT))


@pytest.fixture
def borrower(minato, member_of, browser):
    person = member_of(minato, Role.STAFF, name="見本 借夫（見本）")
    shown = browser(person)
    shown.email = person.email
    return shown


def mails_to(town, address: str) -> list[str]:
    with tenant_scope(town.id):
        return list(
            db.session.scalars(sa.select(Mail.subject).where(Mail.to == address).order_by(Mail.id))
        )


def use(minato, item, browser):
    form = {"form_id": str(new_id())}
    first = browser.post(f"/{minato.slug}/exchange/reuses/borrow/{item}", form)
    again = browser.post(f"/{minato.slug}/exchange/reuses/borrow/{item}", form)
    assert first.headers["Location"] == again.headers["Location"]
    return first.headers["Location"], f"/{minato.slug}/exchange/reuses/{form['form_id']}"


def test_a_copy_is_our_own_and_says_where_it_is_from(hinode, minato, network, author, borrower):
    item = publish(hinode, write(hinode, files=[FORM]), network)
    copy, reuse = use(minato, item, borrower)
    page = text_of(borrower.get(copy))
    for words in ("下書き", "様式.csv", "ひので町「空き家バンクの申込書」第1版", "窓口で渡します"):
        assert words in page
    assert "町ですでに使っています" in borrower.get(f"/{minato.slug}/exchange/know-how/{item}")
    borrower.post(f"{reuse}/report", {}, status=422)
    borrower.post(
        f"{reuse}/report",
        {"outcome": "changed", "changes": "欄を減らした", "result": "早くなった", "thanks": "感謝"},
    )
    for page in (
        author.get(f"/{hinode.slug}/exchange/know-how/own/{item}"),
        author.get(f"/{hinode.slug}/exchange/reuses/"),
    ):
        for words in ("みなと町", "変えて使っている", "欄を減らした", "早くなった", "感謝"):
            assert words in page
    assert "みなと町から、活用の報告が届きました" in text_of(author.get(f"/{hinode.slug}/desk/"))
    assert "1町" in text_of(borrower.get(f"/{minato.slug}/exchange/know-how/{item}"))


def test_a_nameless_piece_is_used_and_thanked_without_its_name(
    hinode, minato, network, author, borrower
):
    item = publish(hinode, write(hinode, "説明会の失敗"), network, nameless=True)
    copy, reuse = use(minato, item, borrower)
    borrower.post(
        f"{reuse}/report", {"outcome": "considered", "thanks": "同じ轍を踏まずに済みました"}
    )
    for address in (copy, reuse, f"/{minato.slug}/exchange/reuses/"):
        page = borrower.get(address)
        assert "町の名前は非公開" in page
        assert "ひので" not in page
        assert str(hinode.id) not in page
    assert "同じ轍を踏まず" in author.get(f"/{hinode.slug}/exchange/know-how/own/{item}")


def test_ones_own_and_what_is_gone_cannot_be_used(hinode, minato, network, author, borrower):
    item = publish(hinode, write(hinode), network)
    form = {"form_id": str(new_id())}
    author.post(f"/{hinode.slug}/exchange/reuses/borrow/{item}", form, status=409)
    withdraw(hinode, item)
    borrower.post(f"/{minato.slug}/exchange/reuses/borrow/{item}", form, status=404)


def test_whoever_uses_it_is_told_of_an_update_once(app, hinode, minato, network, borrower):
    item = publish(hinode, write(hinode, body="古い文。同じ文。"), network)
    _copy, reuse = use(minato, item, borrower)
    rewrite(hinode, item, body="新しい文。同じ文。")
    publish(hinode, item, network, note="新しくした。")
    run_worker(app, wait=False)
    with member_scope(minato.id):
        ident = reuse.rpartition("/")[2]
        subscribers.tell_of_update.func.__wrapped__(minato.id, reuse_id=ident)
        db.session.commit()
    subjects = mails_to(minato, borrower.email)
    assert [s for s in subjects if "更新されました（第2版）" in s] == subjects[-1:]
    assert "元が更新されました" in text_of(borrower.get(f"/{minato.slug}/desk/"))
    page = borrower.get(reuse)
    assert "<ins>新しい文。</ins>" in page
    assert "<del>古い文。</del>" in page
    borrower.post(f"{reuse}/reviewed")
    assert "<ins>" not in borrower.get(reuse)
    assert "更新されました" not in text_of(borrower.get(f"/{minato.slug}/desk/"))


def test_an_audience_that_changes_is_no_update(app, hinode, minato, network, borrower):
    item = publish(hinode, write(hinode), network)
    use(minato, item, borrower)
    publish(hinode, item, network, is_public=True)
    run_worker(app, wait=False)
    assert mails_to(minato, borrower.email) == []


def test_after_sixty_days_the_town_is_asked_once(hinode, minato, network, borrower):
    item = publish(hinode, write(hinode), network)
    _copy, reuse = use(minato, item, borrower)
    for days, expected in ((59, 0), (60, 1), (61, 1)):
        with clock.frozen(clock.now() + dt.timedelta(days=days)):
            subscribers.ask_what_came_of_it()
        assert len(mails_to(minato, borrower.email)) == expected
    with tenant_scope(minato.id):
        db.session.execute(sa.update(Reuse).values(ask_on=clock.today()))
        db.session.commit()
    page = borrower.get(f"/{minato.slug}/exchange/reuses/")
    assert "報告を待っています" in text_of(page)
    assert "を使ってみて、どうだったかを報告する" in text_of(borrower.get(f"/{minato.slug}/desk/"))
    report_back(minato, uuid.UUID(reuse.rpartition("/")[2]))
    with clock.frozen(clock.now() + 2 * ASK_AFTER):
        subscribers.ask_what_came_of_it()
    assert len(mails_to(minato, borrower.email)) == 1


def test_who_only_reads_cannot_use(hinode, minato, network, member_of, browser):
    item = publish(hinode, write(hinode), network)
    auditor = browser(member_of(minato, Role.AUDITOR))
    assert "写せるのは" in auditor.get(f"/{minato.slug}/exchange/know-how/{item}")
    auditor.post(
        f"/{minato.slug}/exchange/reuses/borrow/{item}", {"form_id": str(new_id())}, status=403
    )


def test_the_preview_of_leaving_counts_and_what_it_says_comes_true(
    hinode, minato, network, member_of, browser
):
    item = publish(hinode, write(hinode), network)
    publish(hinode, write(hinode, "もう一つ"), network)
    borrow(minato, item)
    admin = browser(member_of(hinode, Role.ADMIN))
    page = text_of(admin.get(f"/{hinode.slug}/exchange/networks/{network}/leave"))
    assert "掲載しているノウハウを取り下げます" in page
    assert "町のノウハウの活用記録（町の名前だけが残ります）" in page
    leave(network, hinode)
    with tenant_scope(hinode.id):
        (row,) = db.session.scalars(sa.select(ReceivedReuse))
        assert (row.town_name, row.by_tenant_id, row.ended_at is None) == ("みなと町", None, False)


def test_a_report_after_leaving_is_refused(hinode, minato, network, borrower):
    item = publish(hinode, write(hinode), network)
    _copy, reuse = use(minato, item, borrower)
    leave(network, minato)
    assert "もう変えられません" in text_of(borrower.get(reuse))
    borrower.post(f"{reuse}/report", {"outcome": "in_use"}, status=409)
    with tenant_scope(minato.id):
        assert db.session.scalars(sa.select(Reuse)).one().ended_at is not None


def test_the_list_costs_the_same_for_one_and_for_many(
    hinode, minato, network, borrower, count_statements
):
    address = f"/{minato.slug}/exchange/reuses/"
    borrow(minato, publish(hinode, write(hinode), network))
    with count_statements() as one:
        borrower.get(address)
    for number in range(4):
        borrow(minato, publish(hinode, write(hinode, f"様式{number}"), network))
    with count_statements() as many:
        borrower.get(address)
    assert len(one) == len(many) <= 7
