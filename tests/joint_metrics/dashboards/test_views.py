"""The dashboard through the browser: what is said there is what the towns published."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from kyoso.core.access import Role
from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.metrics import METRICS, Figure, Month
from kyoso.core.scope import scope
from kyoso.joint_metrics.annotations import operations as annotations
from kyoso.joint_metrics.annotations.operations import NoteDraft, TargetDraft
from kyoso.joint_metrics.annotations.rules import NoteKind
from kyoso.joint_metrics.drawings import no_member, not_published
from support.members import make_member, sign_in
from support.networks import invite, leave, make_coordinator, make_network
from support.pages import text_of
from support.people import make_town
from support.snapshots import be_member_since, publish_month

APRIL, OCTOBER = Month(2026, 4), Month(2026, 10)


def figures(received: int, adopted: int = 0, **more: Figure) -> dict[str, Figure]:
    found = {
        "proposals.received": Figure(received),
        "decisions.adopted": Figure(adopted),
        "decisions.adoption_rate": Figure(adopted, of=received),
    }
    return found | {key.replace("__", "."): value for key, value in more.items()}


class Network:
    """Two towns in a network since April 2025, and its coordinator's browser."""

    def __init__(self, app, hinode, minato):
        self.slug = f"d-{hinode.slug[2:]}"
        self.id = make_network(hinode, minato, slug=self.slug)
        self.hinode, self.minato = hinode, minato
        for town in (hinode, minato):
            be_member_since(town, self.id, dt.date(2025, 4, 1))
        self.person = make_coordinator(self.id, hinode)
        self.coordinator = sign_in(app, self.person)

    def page(self, path: str = "", status: int = 200) -> str:
        return self.coordinator.get(f"/networks/{self.slug}/metrics/{path}", status=status)

    def text(self, path: str = "") -> str:
        return text_of(self.page(path))

    def publish(self, town, month: Month, **given) -> None:
        publish_month(town, self.id, month, given.pop("figures"), **given)

    def annotate(self, do) -> None:
        with scope(self.person.scope):
            do(self.person.actor)
            db.session.commit()


@pytest.fixture
def network(app, hinode, minato):
    return Network(app, hinode, minato)


def card_of(page: str, label: str) -> str:
    """Return what the card of a metric says."""
    cards = re.findall(r'<li class="figure-card">.*?</li>', page, re.DOTALL)
    (found,) = [card for card in cards if f">{label}</a>" in card]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found)).strip()


def test_a_year_of_fewer_reports_than_the_one_before_is_said(network):
    # As many towns and as many months, but fewer towns in one of them: the sum is smaller.
    for month in (OCTOBER + -12, OCTOBER + -13, OCTOBER + -1, OCTOBER):
        network.publish(network.hinode, month, figures=figures(10))
        if month != OCTOBER:
            network.publish(network.minato, month, figures=figures(5))
    words = "公開は、のべ、前年の同じ月までは4か月分、今年は3か月分です。"
    assert words in network.text()
    network.publish(network.minato, OCTOBER, figures=figures(5))
    assert words.partition("、")[0] not in network.text()


def test_a_year_that_ends_before_the_month_is_said_of_what_stands(network):
    waiting = METRICS["decisions.waiting"]
    network.publish(network.hinode, OCTOBER + -1, figures={waiting.id: Figure(4)})
    network.publish(network.hinode, OCTOBER, figures=figures(1))
    card = card_of(network.page(), str(waiting.label))
    assert "年度の数は、公開のある最後の月のものです。" in card
    network.publish(network.hinode, OCTOBER, figures={waiting.id: Figure(3)})
    assert "最後の月のものです" not in card_of(network.page(), str(waiting.label))


def test_a_town_that_left_and_is_invited_again_keeps_what_it_published(network):
    network.publish(network.hinode, OCTOBER, figures=figures(12))
    network.publish(network.minato, OCTOBER, figures=figures(7), comment="祭りの月でした。")
    leave(network.id, network.minato)
    before = network.text("of/proposals.received")
    assert "19件" in before
    assert "7件" in before
    invite(network.id, network.hinode, network.minato)

    after = network.text("of/proposals.received")
    assert "7件" in after, "the total holds it, so the table of towns has to"
    assert "7件" in network.text(f"towns/{network.minato.id}/2026-10")
    for page in ("numbers", "export/months", "export/json"):
        path = f"/networks/{network.slug}/metrics/reports/{page}?first=2026-10&last=2026-10"
        assert network.minato.name in network.coordinator.fetch(path).text
    path = f"/networks/{network.slug}/metrics/reports/numbers?first=2026-10&last=2026-10"
    assert "2のうち2" in network.coordinator.fetch(path).text


def test_nothing_is_published_yet(network):
    for path in ("", "flows", "of/proposals.received"):
        assert "まだ公開された月はありません" in network.text(path)


def test_a_month_and_a_year_are_the_sums_of_what_was_published(network):
    network.publish(network.hinode, OCTOBER, figures=figures(12, 3))
    network.publish(network.minato, OCTOBER, figures=figures(8, 4))
    network.publish(network.hinode, APRIL, figures=figures(5, 1))
    network.publish(network.hinode, Month(2025, 10), figures=figures(10, 2))
    page = network.page()
    received = card_of(page, "受け付けた提案")
    assert "20件 2026年10月" in received
    assert "令和8年度 25件" in received
    # April 2025 was not published, and is not taken for zero.
    assert "前年の同じ月まで 10件 +15件" in received
    assert "公開のある月の数が違います（前年1か月、今年2か月）。" in received
    assert "2自治体中2自治体が公開" in received
    # 7 of 20, not the mean of 25 % and 50 %.
    assert "35.0% 2026年10月" in card_of(page, "採択率")
    assert "32.0%" in card_of(page, "採択率")
    assert "前年の同じ月までは1自治体、今年は2自治体の公開です" in text_of(page)


def test_what_was_not_published_is_never_zero(network):
    network.publish(network.hinode, OCTOBER, figures=figures(12), withheld=["decisions.adopted"])
    page = network.page()
    assert "加盟する2自治体のうち1自治体が公開しています" in text_of(page)
    assert "まだ公開していない自治体があります：みなと町。" in text_of(page)
    assert "未提出 2026年10月" in card_of(page, "採択した提案")
    assert "採択 2026年10月 未提出" in page
    assert "みなと町 2026年10月 未提出" in page


def test_a_rate_of_few_is_a_fraction_and_of_none_is_nothing(network):
    network.publish(network.hinode, OCTOBER, figures=figures(3, 2))
    assert "3件中2件 2026年10月" in card_of(network.page(), "採択率")
    network.publish(network.hinode, OCTOBER, figures=figures(0, 0))
    assert "該当なし 2026年10月" in card_of(network.page(), "採択率")


def test_a_correction_is_seen_in_the_next_request(network):
    network.publish(network.hinode, OCTOBER, figures=figures(12))
    assert "12件" in card_of(network.page(), "受け付けた提案")
    network.publish(network.hinode, OCTOBER, figures=figures(11), reason="二重に数えたため")
    assert "11件" in card_of(network.page(), "受け付けた提案")
    detail = network.text("of/proposals.received")
    assert "第2版" in detail
    assert "訂正の理由：二重に数えたため" in detail
    versions = network.text(f"towns/{network.hinode.id}/2026-10")
    assert "受け付けた提案：12件 → 11件" in versions
    network.page(f"towns/{network.hinode.id}/2026-09", status=404)
    network.page(f"towns/{network.hinode.id}/yesterday", status=404)


def test_chart_and_table_say_the_same(network):
    for n, month in enumerate((APRIL, OCTOBER)):
        network.publish(network.hinode, month, figures=figures(n + 3))
    page = network.page("of/proposals.received")
    line = set(re.findall(r"<title>(20\S+) 受け付けた提案 (\d+件)</title>", page))
    assert line == {("2026年4月", "3件"), ("2026年10月", "4件")}
    table = re.findall(r'<th scope="row">(20\S+)</th><td[^>]*>(\d+件)</td>', page)
    assert set(table) == line
    small = re.findall(r"<title>ひので町 (\S+) (\d+件)</title>", page)
    assert set(small) == line


def test_a_town_that_joined_or_left_is_told_from_one_that_did_not_publish(network, app):
    late = make_town("おそい町")
    from support.networks import join

    join(network.id, network.hinode, late)
    be_member_since(late, network.id, dt.date(2026, 9, 15))
    gone = make_town("さった町")
    join(network.id, network.hinode, gone)
    publish_month(gone, network.id, Month(2026, 8), figures(9))
    leave(network.id, gone)
    for town in (network.hinode, network.minato, late):
        network.publish(town, OCTOBER, figures=figures(1))
    page = network.page("of/proposals.received")
    assert f"<title>おそい町 2026年8月 {no_member()}</title>" in page
    assert f"<title>おそい町 2026年9月 {not_published()}</title>" in page
    assert "<title>さった町 2026年8月 9件</title>" in page
    # What it published stays in the sums of the year: 9 + 3.
    assert "令和8年度 12件" in card_of(network.page(), "受け付けた提案")


def test_a_merger_stands_on_the_time_line(network):
    network.publish(network.hinode, APRIL, figures=figures(4))
    network.publish(network.hinode, OCTOBER, figures=figures(4))
    note = NoteDraft(NoteKind.MERGER, dt.date(2026, 7, 1), "となり町と合併", network.minato.id)
    network.annotate(
        lambda actor: annotations.write_note(note, note_id=new_id(), actor=actor, now=now())
    )
    page = network.page()
    assert "<title>① 2026年7月 合併：となり町と合併（みなと町）</title>" in page
    assert "① 2026年7月 合併：となり町と合併（みなと町）" in text_of(page)


def test_a_target_stands_beside_the_year(network):
    network.publish(network.hinode, OCTOBER, figures=figures(12))
    target = TargetDraft("proposals.received", 2026, 48)  # type: ignore[arg-type]
    network.annotate(lambda actor: annotations.set_target(target, actor=actor, now=now()))
    assert "目標 48件の25%" in card_of(network.page(), "受け付けた提案")
    assert "令和8年度の目標48件" in network.text("of/proposals.received")


def test_what_waits_is_said_by_town(network):
    more = {"decisions__waiting": Figure(2), "agreements__expiring": Figure(1)}
    network.publish(network.hinode, OCTOBER, figures=figures(1, **more))
    network.publish(network.minato, OCTOBER, figures=figures(1, decisions__waiting=Figure(0)))
    attention = network.text().partition("気にかけること")[2].partition("提案と採択")[0]
    assert "30日を超えて待っている提案 2件（ひので町 2件）" in attention
    assert "みなと町" not in attention


def test_flows_between_towns_are_a_picture_and_a_table(network):
    key = next(one.id for one in METRICS.values() if one.id == "shares.hours_towards")
    lent = Figure(towards={network.minato.id: 12})
    network.publish(network.hinode, OCTOBER, figures=figures(1) | {key: lent})
    used = Figure(towards={network.hinode.id: 3})
    network.publish(network.minato, OCTOBER, figures={"reuses.from_towns": used})
    page = network.page("flows")
    assert "<title>ひので町 → みなと町 どの町へ何時間送り出したか 12時間</title>" in page
    # みなと町 used what ひので町 wrote: it went from ひので町 to みなと町.
    assert "<title>ひので町 → みなと町 どの町のノウハウを活用したか 3件</title>" in page
    assert '<td class="num" data-label="みなと町へ">12時間</td>' in page
    assert "<title>ひので町 → みなと町 どの町へ何時間送り出したか 12時間</title>" in network.page()


def test_towns_stand_by_their_codes_and_by_value_only_if_asked(network):
    network.publish(network.hinode, OCTOBER, figures=figures(1))
    network.publish(network.minato, OCTOBER, figures=figures(9))

    def order(path: str) -> list[str]:
        rows = re.findall(r'<th scope="row">(ひので町|みなと町)', network.page(path))
        return list(dict.fromkeys(rows))

    with scope(network.person.scope):
        from kyoso.exchange.networks.queries import list_towns

        by_code = [town.name for town in list_towns(network.id)]
    assert order("of/proposals.received") == by_code
    assert order("of/proposals.received?order=value") == ["みなと町", "ひので町"]
    for path in ("", "of/proposals.received"):
        for word in ("位", "ワースト", "最下位", "ランキング"):
            assert word not in network.text(path).replace("単位", "")


def test_filters_that_contradict_each_other_get_a_friendly_page(network):
    network.publish(network.hinode, OCTOBER, figures=figures(1))
    text = network.text("?period=2031-01&metric=no.such&years=7&order=shame")
    for words in (
        "その期間の公開はありません。最新の2026年10月を表示しています。",
        "その指標はありません。",
        "推移は、1年・3年・5年のどれかで表示できます。",
        "団体コード順で表示しています。",
    ):
        assert words in text
    page = network.page("of/no.such", status=404)
    assert "その指標はありません" in text_of(page)
    assert "受け付けた提案" in text_of(page)
    network.page(f"?period={'9' * 5000}&metric={'x' * 3000}")


def test_a_town_sees_its_own_place_beside_the_network(network, member_of, browser):
    network.publish(network.hinode, OCTOBER, figures=figures(12))
    network.publish(network.minato, OCTOBER, figures=figures(8))
    staff = browser(member_of(network.minato, Role.STAFF))
    where = f"/{network.minato.slug}/exchange/metrics/networks"
    staff.get(f"{where}/", status=303)
    page = staff.get(f"{where}/{network.id}")
    assert "20件 2026年10月 この町 8件 年度 8件" in card_of(page, "受け付けた提案")
    assert "目標を決める" not in text_of(page)
    detail = text_of(staff.get(f"{where}/{network.id}/of/proposals.received"))
    assert "みなと町 この町 8件" in detail
    staff.get(f"{where}/{network.id}/flows")
    staff.get(f"{where}/{network.id}/towns/{network.hinode.id}/2026-10")
    home = staff.get(f"/{network.minato.slug}/exchange/networks/{network.id}")
    assert f"{where}/{network.id}" in home


def test_two_networks_of_a_town_stand_beside_each_other(network, browser, member_of):
    other = make_network(network.hinode, name="もう一つのネットワーク")
    staff = browser(member_of(network.hinode, Role.STAFF))
    where = f"/{network.hinode.slug}/exchange/metrics"
    assert "まだ公開された月はありません" in text_of(staff.get(f"{where}/compare"))
    network.publish(network.hinode, OCTOBER, figures=figures(12))
    publish_month(network.hinode, other, OCTOBER, figures(5))
    network.publish(network.minato, OCTOBER, figures=figures(8))
    page = staff.get(f"{where}/compare")
    row = re.search(r"受け付けた提案.*?</tr>", page, re.DOTALL)
    assert row is not None
    assert re.findall(r">([^<>]*件)<", row[0]) == ["5件", "20件"]
    assert "その期間の公開はありません" in text_of(staff.get(f"{where}/compare?period=fy1999"))
    names = text_of(staff.get(f"{where}/networks/"))
    assert "もう一つのネットワーク" in names
    alone = browser(member_of(network.minato, Role.STAFF))
    text = text_of(alone.get(f"/{network.minato.slug}/exchange/metrics/compare"))
    assert "比べるネットワークがありません" in text


def test_few_statements_however_many_towns_and_months(
    network, count_statements, member_of, browser
):
    staff = browser(member_of(network.hinode, Role.STAFF))
    for month in (APRIL, OCTOBER):
        for town in (network.hinode, network.minato):
            network.publish(town, month, figures=figures(12))
    as_town = f"/{network.hinode.slug}/exchange/metrics/networks/{network.id}"
    root = f"/networks/{network.slug}/metrics"
    # Each process asks once which network an address means.
    network.page()
    for browser_, path in (
        (network.coordinator, f"{root}/?years=3"),
        (network.coordinator, f"{root}/of/decisions.adopted"),
        (network.coordinator, f"{root}/flows?period=fy2026"),
        (staff, as_town),
        (staff, f"{as_town}/of/decisions.adopted"),
        (staff, f"/{network.hinode.slug}/exchange/metrics/compare"),
    ):
        with count_statements() as drawn:
            browser_.get(path)
        with count_statements() as remembered:
            browser_.get(path)
        # The scope, the session, the role or the standing in networks; then ours. The standing
        # is asked outside a transaction, so that no BEGIN is sent for it.
        asked = [text for text in drawn if not text.startswith("BEGIN")]
        assert 1 + len(asked) <= 6, (path, drawn)
        assert len(remembered) <= len(drawn)
    with count_statements() as seen:
        network.coordinator.get(f"{root}/?years=3")
    assert len(seen) <= 4


def test_in_english(network):
    network.publish(network.hinode, OCTOBER, figures=figures(12))
    network.page("?lang=en")
    assert 'lang="en"' in network.page()
    assert 'lang="ja"' in network.page("?lang=ja")
    assert "受け付けた提案" in network.text()


def test_the_menu_leads_coordinators_there_first(network, member_of, browser):
    page = network.coordinator.get(f"/networks/{network.slug}/")
    menu = re.findall(r'<li><a href="(/networks/[^"]+)"', page)
    assert menu[0] == f"/networks/{network.slug}/metrics/"
    staff = browser(make_member(network.hinode, Role.AUDITOR))
    staff.get(f"/{network.hinode.slug}/exchange/metrics/networks/{network.id}")
