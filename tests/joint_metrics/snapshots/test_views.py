"""A town's months in the browser: counted, looked at, published, corrected."""

from __future__ import annotations

import datetime as dt
import re
import uuid

import pytest

from kyoso.core import clock
from kyoso.core.access import Role
from kyoso.core.clock import today
from kyoso.core.jobs import run_worker
from kyoso.core.metrics import METRICS, Figure, Month
from kyoso.core.scope import member_scope
from kyoso.joint_metrics.snapshots import queries
from support.networks import admin_of, leave, make_network
from support.pages import text_of
from support.snapshots import be_member_since, measure_month, publish_month

LAST = Month.of(today()) + -1
RECEIVED, RATE = "proposals.received", "decisions.adoption_rate"
SOME = {RECEIVED: Figure(12), RATE: Figure(3, of=8)}


@pytest.fixture
def network(hinode, minato):
    network_id = make_network(hinode, minato)
    for town in (hinode, minato):
        be_member_since(town, network_id, (LAST + -13).first)
    return network_id


@pytest.fixture
def office(hinode, browser, member_of):
    return browser(member_of(hinode, Role.SECRETARIAT))


def page_of(town, network_id, month=LAST, more=""):
    return f"/{town.slug}/exchange/metrics/{network_id}/{month}{more}"


def publication(page, **said):
    values = re.findall(r'name="(based_on|seal)" value="([^"]*)"', page)
    return dict(values) | said


def test_a_month_is_looked_at_explained_and_published(network, hinode, minato, office, app):
    measure_month(hinode, network, LAST, SOME)
    measure_month(hinode, network, LAST + -1, {RECEIVED: Figure(7)})
    measure_month(hinode, network, LAST + -12, {RECEIVED: Figure(5)})
    page = page_of(hinode, network)
    shown = text_of(office.get(page))
    assert "集計済み・未公開" in shown
    assert re.search("受け付けた提案 ?12件7件5件", shown)
    assert re.search("採択率 ?37.5%", shown)

    office.post(f"{page}/remarks", {"withheld": [RATE], "comment": "雪で休みました。"})
    preview = office.get(f"{page}/publish")
    seen = text_of(preview)
    assert re.search("受け付けた提案 ?12件", seen)
    assert "公開しない指標：採択率" in seen
    assert "雪で休みました。" in seen
    assert "37.5%" not in seen

    done = office.follow(office.post(f"{page}/publish", publication(preview)))
    assert "公開しました（第1版）" in text_of(done)
    with member_scope(minato.id):
        (theirs,) = queries.list_town_months(network, LAST, LAST, METRICS)
        assert set(theirs.figures) == {RECEIVED}
        (together,) = queries.list_network_months(network, LAST, LAST)
        assert together.figures[RECEIVED]["n"] == 12
    journal = text_of(office.get(f"/{hinode.slug}/exchange/"))
    assert "月の指標を公開しました" in journal


def test_who_saves_an_older_page_releases_nothing_that_was_withheld_meanwhile(
    network, hinode, office, browser, member_of
):
    measure_month(hinode, network, LAST, SOME)
    page = page_of(hinode, network)
    other = browser(member_of(hinode, Role.ADMIN))
    seen = dict(re.findall(r'name="(seen)" value="([^"]*)"', other.get(page)))
    office.post(f"{page}/remarks", {"withheld": [RATE]} | seen)

    refused = other.post(f"{page}/remarks", {"comment": "雪で休みました。"} | seen, status=422).text
    assert "ほかの人が先に保存しました" in text_of(refused)
    assert "雪で休みました。" in refused
    assert "公開しない指標：採択率" in text_of(office.get(f"{page}/publish"))
    # What is shown now holds both.
    seen = dict(re.findall(r'name="(seen)" value="([^"]*)"', refused))
    other.post(f"{page}/remarks", {"comment": "雪で休みました。", "withheld": [RATE]} | seen)
    assert "雪で休みました。" in office.get(f"{page}/publish")


def test_a_correction_needs_a_reason_and_shows_what_changed(network, hinode, office):
    publish_month(hinode, network, LAST, SOME)
    measure_month(hinode, network, LAST, SOME | {RECEIVED: Figure(14)})
    listed = text_of(office.get(f"/{hinode.slug}/exchange/metrics/"))
    assert "公開した数と違います" in listed
    page = page_of(hinode, network, more="/publish")
    preview = office.get(page)
    assert "受け付けた提案：12件 → 14件" in text_of(preview)
    refused = office.post(page, publication(preview), status=422).text
    assert "＊訂正の理由を入力してください。" in text_of(refused)
    done = office.follow(office.post(page, publication(preview, reason="紙の提案2件を入力")))
    shown = text_of(done)
    assert "第2版：紙の提案2件を入力" in shown
    assert "1個の指標が変わりました" in shown
    assert "訂正あり" in text_of(office.get(f"/{hinode.slug}/exchange/metrics/"))


def test_nothing_new_is_not_published_again(network, hinode, office):
    publish_month(hinode, network, LAST, SOME)
    page = page_of(hinode, network, more="/publish")
    preview = text_of(office.get(page))
    assert "公開した内容から変わったところがありません。" in preview


def test_what_was_shown_is_what_is_published(network, hinode, office):
    measure_month(hinode, network, LAST, SOME)
    page = page_of(hinode, network, more="/publish")
    preview = office.get(page)
    measure_month(hinode, network, LAST, SOME | {RECEIVED: Figure(99)})
    refused = office.post(page, publication(preview), status=409).text
    assert "確かめたあとで数が変わりました" in text_of(refused)
    again = office.get(page)
    publish_month(hinode, network, LAST, SOME | {RECEIVED: Figure(99)})
    refused = office.post(page, publication(again), status=409).text
    assert "ほかの人が先に公開しました" in text_of(refused)


def test_the_month_that_runs_is_counted_so_far_and_not_published(network, hinode, office):
    this = Month.of(today())
    page = page_of(hinode, network, this)
    office.post(f"{page}/measure")
    shown = text_of(office.get(page))
    assert "途中経過" in shown
    assert "内容を確かめて公開する" not in shown
    preview = office.get(f"{page}/publish")
    assert "月が終わる前に集計した数です" in text_of(preview)
    with member_scope(hinode.id):
        measurement = queries.get_measurement(admin_of(hinode), network, this)
        seal = queries.rules.seal_of(measurement.figures, "")
    refused = office.post(f"{page}/publish", {"based_on": "0", "seal": seal}, status=409).text
    assert "集計し直してください" in text_of(refused)


def test_a_month_before_it_joined_or_to_come_is_not_there(network, hinode, office):
    office.get(page_of(hinode, network, LAST + -14), status=404)
    office.get(page_of(hinode, network, LAST + 2), status=404)
    office.get(page_of(hinode, network, LAST + -13))
    office.get(page_of(hinode, uuid.uuid4()), status=404)
    office.get(f"/{hinode.slug}/exchange/metrics/{network}/2026-13", status=404)
    office.post(page_of(hinode, network, LAST + -14, "/measure"), status=404)


def test_months_are_counted_on_demand_with_progress(network, hinode, office, app):
    be_member_since(hinode, network, (LAST + -2).first)
    address = f"/{hinode.slug}/exchange/metrics/"
    assert text_of(office.get(address)).count("未集計") == 4
    begun = office.follow(office.post(f"{address}measure"))
    assert "4か月分の集計を始めました" in text_of(begun)
    assert "4か月のうち0か月が終わりました" in text_of(begun)
    assert "every 2s" in begun
    run_worker(app, wait=False)
    part = office.get(address, htmx=True)
    assert "4か月分の集計が終わりました" in part
    assert "every 2s" not in part
    shown = text_of(office.get(address))
    assert shown.count("集計済み・未公開") == 3
    assert "途中経過" in shown


def test_readers_see_and_do_not_publish(network, hinode, browser, member_of):
    publish_month(hinode, network, LAST, SOME)
    for role in (Role.STAFF, Role.AUDITOR):
        reader = browser(member_of(hinode, role))
        shown = reader.get(page_of(hinode, network))
        assert "受け付けた提案" in shown
        assert "<textarea" not in shown
        reader.get(page_of(hinode, network, more="/publish"), status=403)
        reader.post(page_of(hinode, network, more="/remarks"), status=403)


def test_a_town_without_networks_learns_what_this_is(hinode, office):
    shown = text_of(office.get(f"/{hinode.slug}/exchange/metrics/"))
    assert "まだネットワークに加盟していません" in shown
    assert "今すぐ集計する" not in shown


def test_who_left_reads_what_it_published(network, hinode, minato, office):
    publish_month(hinode, network, LAST, SOME)
    leave(network, hinode)
    shown = text_of(office.get(f"/{hinode.slug}/exchange/metrics/"))
    assert "いまは加盟していません" in shown
    assert "第1版" in shown
    assert "12件" in text_of(office.get(page_of(hinode, network)))
    office.get(page_of(hinode, network, more="/publish"), status=404)
    office.post(page_of(hinode, network, more="/measure"), status=404)


def test_the_desk_reminds_after_the_tenth(network, hinode, office, count_statements):
    desk = f"/{hinode.slug}/desk/"
    with clock.frozen(dt.datetime.combine(today().replace(day=10), dt.time(3), dt.UTC)):
        assert "公開を待っている月次の指標" not in office.get(desk)
    with clock.frozen(dt.datetime.combine(today().replace(day=11), dt.time(3), dt.UTC)):
        with count_statements() as seen:
            assert "公開を待っている月次の指標" in office.get(desk)
        assert len([one for one in seen if "joint_metrics" in one]) == 1
        publish_month(hinode, network, LAST, SOME)
        assert "公開を待っている月次の指標" not in office.get(desk)


def test_the_list_costs_the_same_with_many_months(network, hinode, office, count_statements):
    address = f"/{hinode.slug}/exchange/metrics/"
    office.get(address)
    with count_statements() as few:
        office.get(address)
    for back in range(12):
        measure_month(hinode, network, LAST + -back, SOME)
    with count_statements() as many:
        office.get(address)
    assert len(many) == len(few) <= 9


def test_everybody_reads_what_the_metrics_mean(visitor, office, hinode):
    for page in (
        visitor.get("/metrics/"),
        office.get(f"/{hinode.slug}/exchange/metrics/definitions"),
    ):
        for metric in METRICS.values():
            if metric.id.startswith("tests."):
                continue
            assert f'id="{metric.id}"' in page
            assert str(metric.label) in page
            assert str(metric.formula)[:20] in page


def test_a_town_chooses_that_months_are_published_by_themselves(network, hinode, office):
    address = f"/{hinode.slug}/exchange/metrics/"
    assert "自動では公開しません" in text_of(office.get(address))
    office.post(f"{address}{network}/automatic", {"automatic": "yes"})
    assert "前の月を自動で公開します" in text_of(office.get(address))
    office.post(f"{address}{network}/automatic")
    assert "自動では公開しません" in text_of(office.get(address))
    office.post(f"{address}{uuid.uuid4()}/automatic", {"automatic": "yes"}, status=404)
