"""Reporting, hiding, and learning why."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.db import db, new_id
from kyoso.core.jobs import run_worker
from kyoso.core.journal import NetworkJournalEntry
from kyoso.core.mail import Mail
from kyoso.core.scope import Scope, in_networks, scope, tenant_scope
from kyoso.exchange.moderation import subscribers
from kyoso.exchange.networks.queries import find_network
from support.know_how import publish, write
from support.members import sign_in
from support.networks import make_coordinator, make_network
from support.pages import text_of


@pytest.fixture
def network(hinode, minato):
    return make_network(hinode, minato)


@pytest.fixture
def item(hinode, network):
    return publish(hinode, write(hinode, "電話番号のある様式"), network)


@pytest.fixture
def coordinator(network, hinode):
    return make_coordinator(network, hinode)


@pytest.fixture
def desk(app, coordinator):
    return sign_in(app, coordinator)


@pytest.fixture
def reporter(minato, member_of, browser):
    return browser(member_of(minato, Role.STAFF))


@pytest.fixture
def owner(hinode, member_of, browser):
    person = member_of(hinode, Role.SECRETARIAT)
    shown = browser(person)
    shown.email = person.email
    return shown


def reports_at(network_id) -> str:
    with scope(Scope()):
        return f"/networks/{find_network(network_id).slug}/reports/"


def only_report(desk, log: str) -> str:
    (found,) = re.findall(rf'href="({log}[0-9a-f-]{{36}})"', desk.get(log))
    return found


def send_report(minato, item, network, reporter, **more):
    form = {
        "form_id": str(new_id()),
        "network_id": str(network),
        "ground": "personal_data",
        "words": "個人の電話番号が残っています。",
        **more,
    }
    return reporter.post(f"/{minato.slug}/exchange/moderation/know-how/{item}", form)


def test_from_report_to_hiding_to_lifting(
    app, hinode, minato, network, item, coordinator, desk, reporter, owner
):
    page = reporter.get(f"/{minato.slug}/exchange/know-how/{item}")
    assert "通報する" in page
    form = f"/{minato.slug}/exchange/moderation/know-how/{item}"
    assert "だれが通報したかは伝わりません" in reporter.get(form)
    reporter.post(form, {"form_id": str(new_id())}, status=422)
    page = reporter.follow(send_report(minato, item, network, reporter))
    assert "確認待ち" in text_of(page)
    with tenant_scope(minato.id):
        (mail,) = db.session.scalars(sa.select(Mail).where(Mail.to == coordinator.email))
    assert "通報がありました" in mail.subject

    log = reports_at(network)
    home = text_of(desk.get(log.removesuffix("reports/")))
    assert "答えを待つ通報が1件あります" in home
    report = only_report(desk, log)
    page = text_of(desk.get(report))
    for words in ("電話番号のある様式", "窓口で渡します", "個人情報が含まれている"):
        assert words in page
    assert "ひので町" not in page
    desk.post(f"{report}/hide", {}, status=422)
    desk.post(f"{report}/hide", {"reason": "番号を消してください。"})
    desk.post(f"{report}/hide", {"reason": "もう一度"}, status=409)
    desk.post(f"{report}/dismiss", {"answer": "やはり"}, status=409)
    reporter.get(f"/{minato.slug}/exchange/know-how/{item}", status=404)
    assert "見つかりませんでした" in reporter.get(f"/{minato.slug}/exchange/know-how/?q=電話番号")
    assert "番号を消してください" in reporter.get(f"/{minato.slug}/exchange/moderation/")

    run_worker(app, wait=False)
    with tenant_scope(hinode.id):
        (mail,) = db.session.scalars(sa.select(Mail).where(Mail.to == owner.email))
        assert "非表示になりました" in mail.subject
        assert "番号を消してください。" in mail.body
    with tenant_scope(minato.id):
        assert not db.session.scalars(
            sa.select(Mail).where(Mail.subject.contains("非表示になりました"))
        ).all()
    page = text_of(owner.get(f"/{hinode.slug}/exchange/know-how/own/{item}"))
    assert "番号を消してください。" in page
    lift = owner.get(f"/{hinode.slug}/exchange/moderation/")
    assert "番号を消してください。" in lift
    assert "非表示を解く" not in lift

    hiding = desk.get(log).partition("/reports/hidings/")[2].partition("/")[0]
    owner.post(f"/{hinode.slug}/exchange/moderation/hidings/{hiding}/lift", status=409)
    reporter.post(f"/{minato.slug}/exchange/moderation/hidings/{hiding}/lift", status=403)
    desk.post(f"{log}hidings/{hiding}/lift")
    desk.post(f"{log}hidings/{hiding}/lift", status=409)
    run_worker(app, wait=False)
    reporter.get(f"/{minato.slug}/exchange/know-how/{item}")
    assert "電話番号のある様式" in reporter.get(f"/{minato.slug}/exchange/know-how/?q=電話番号")


def test_the_job_that_tells_the_owner_may_run_twice(
    app, hinode, minato, network, item, desk, reporter, owner
):
    send_report(minato, item, network, reporter)
    log = reports_at(network)
    report = only_report(desk, log)
    desk.post(f"{report}/hide", {"reason": "直してください。"})
    hiding = desk.get(log).partition("/reports/hidings/")[2].partition("/")[0]
    for _again in range(2):
        with scope(in_networks(Scope(hinode.id))):
            subscribers.learn_of_hiding.func.__wrapped__(hinode.id, hiding_id=hiding)
            db.session.commit()
    with tenant_scope(hinode.id):
        assert len(db.session.scalars(sa.select(Mail).where(Mail.to == owner.email)).all()) == 1
    run_worker(app, wait=False)


def test_what_a_networks_journal_says_names_nothing(hinode, minato, network, item, desk, reporter):
    send_report(minato, item, network, reporter)
    log = reports_at(network)
    report = only_report(desk, log)
    desk.post(f"{report}/hide", {"reason": "番号を消してください。"})
    with scope(in_networks(Scope(minato.id))):
        rows = db.session.scalars(
            sa.select(NetworkJournalEntry).where(NetworkJournalEntry.kind == "ItemHidden")
        ).all()
    assert len(rows) == 1
    assert rows[0].by_tenant_id is None
    assert str(item) not in str((rows[0].subject_id, rows[0].facts))
    assert "番号" not in str(rows[0].facts)


def test_a_report_that_finds_nothing_is_answered(hinode, minato, network, item, desk, reporter):
    send_report(minato, item, network, reporter)
    log = reports_at(network)
    report = only_report(desk, log)
    desk.post(f"{report}/dismiss", {"answer": "代表番号なので、問題ありません。"})
    assert "代表番号なので" in text_of(reporter.get(f"/{minato.slug}/exchange/moderation/"))
    reporter.get(f"/{minato.slug}/exchange/know-how/{item}")


def test_the_same_form_sent_twice_makes_one_report(hinode, minato, network, item, desk, reporter):
    ident = str(new_id())
    for _again in range(2):
        send_report(minato, item, network, reporter, form_id=ident)
    assert desk.get(reports_at(network)).count("確認待ち") == 1


def test_a_town_hides_its_own_and_shows_it_again(hinode, minato, network, item, owner, reporter):
    here = f"/{hinode.slug}/exchange/moderation/"
    form = {"network_id": str(network), "reason": "直しています。"}
    owner.post(f"{here}know-how/{item}/hide", form)
    reporter.get(f"/{minato.slug}/exchange/know-how/{item}", status=404)
    page = owner.get(here)
    assert "直しています。" in page
    hiding = page.partition("/hidings/")[2].partition("/")[0]
    owner.post(f"{here}hidings/{hiding}/lift")
    reporter.get(f"/{minato.slug}/exchange/know-how/{item}")
    assert "電話番号のある様式" in reporter.get(f"/{minato.slug}/exchange/know-how/?q=様式")


def test_nobody_reports_or_hides_what_is_not_there_for_them(
    hinode, minato, network, item, owner, reporter, member_of, browser
):
    owner.get(f"/{hinode.slug}/exchange/moderation/know-how/{item}", status=404)
    office = browser(member_of(minato, Role.SECRETARIAT))
    form = {"network_id": str(network), "reason": "x"}
    office.post(f"/{minato.slug}/exchange/moderation/know-how/{item}/hide", form, status=404)
    reporter.get(f"/{minato.slug}/exchange/moderation/poem/{item}", status=404)
    draft = write(hinode, "下書き")
    reporter.get(f"/{minato.slug}/exchange/moderation/know-how/{draft}", status=404)


def test_empty_logs_say_what_they_are_for(minato, network, desk, reporter):
    assert "通報はありません" in text_of(desk.get(reports_at(network)))
    assert "まだ通報していません" in text_of(reporter.get(f"/{minato.slug}/exchange/moderation/"))
