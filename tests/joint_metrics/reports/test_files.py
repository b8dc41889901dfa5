"""The files of a period say the same numbers as the page, the database and each other."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote

import pytest
from flask import Flask
from openpyxl import load_workbook
from PIL import Image

from kyoso.core.metrics import METRICS
from kyoso.core.scope import scope
from kyoso.exchange.networks.queries import find_network
from kyoso.joint_metrics.interchange import as_json, from_json
from kyoso.joint_metrics.periods import Period
from kyoso.joint_metrics.reports.queries import compile_published
from kyoso.joint_metrics.snapshots.queries import list_network_months
from kyoso.joint_metrics.tables import as_xlsx, flows_table, months_table
from kyoso.joint_metrics.totals import from_entry, over
from support.members import sign_in
from support.pages import Browser, text_of
from support.reports import (
    ADOPTED,
    DAYS,
    FLOW,
    RATE,
    RECEIVED,
    WAITING,
    HalfYear,
    make_half_year,
)

DIVISION = re.compile(r'=IF\(([A-Z])(\d+)=0,"",([A-Z])(\d+)(\*100)?/([A-Z])(\d+)\)')


@pytest.fixture(scope="module")
def half(app: Flask) -> Iterator[HalfYear]:
    with app.app_context():
        yield make_half_year()


@pytest.fixture
def coordinator(app: Flask, half: HalfYear) -> Browser:
    return sign_in(app, half.coordinator)


@pytest.fixture
def published(half: HalfYear):
    with scope(half.coordinator.scope):
        return compile_published(find_network(half.network_id), half.period)


def fetch(browser: Browser, half: HalfYear, kind: str, more: str = "") -> bytes:
    response = browser.fetch(f"{half.here}/export/{kind}?{half.query}{more}")
    assert "attachment" in response.headers["Content-Disposition"]
    return response.data


def test_totals_are_those_of_the_network_and_add_up_by_hand(half, published):
    with scope(half.coordinator.scope):
        months = list_network_months(half.network_id, half.period.first, half.period.last)
    for line in published.lines:
        pooled = over([from_entry(line.metric, m.figures.get(line.metric.id)) for m in months])
        assert (line.total.number if line.total else None) == (pooled.number if pooled else None)
        assert (line.total.value if line.total else None) == (pooled.value if pooled else None)
    by_id = {line.metric.id: line for line in published.lines}
    numbers = [month.number for month in half.period.months]
    # 0, +1 (30 instead of the first month), and the first four months +2.
    by_hand = sum(numbers) + (sum(numbers) + 6 - numbers[0] - 1 + 30) + sum(numbers[:4]) + 8
    assert by_id[RECEIVED].total.number == by_hand
    assert by_id[RECEIVED].words == f"{by_hand}件"
    assert by_id[RECEIVED].before.words == "5件"
    assert by_id[RATE].total.of == 6 * 3 + 6 * 4 + 4 * 5
    assert by_id[RATE].before.words == "2件中1件"
    # What stands at the month's end is the last month's, of the towns that published it.
    assert by_id[WAITING].words == "1件"
    assert by_id[WAITING].total.towns == 2
    assert by_id[WAITING].as_of == f"{half.period.last.label}末"


def test_a_year_before_of_other_towns_is_not_compared_in_silence(coordinator, half, published):
    # Three towns now; one of them in the year before.
    assert published.line(METRICS[RECEIVED]).before_words == "5件（1自治体）"
    shown = text_of(coordinator.get(f"{half.here}/numbers?{half.query}&metric={RECEIVED}"))
    assert "5件（1自治体）" in shown
    assert "5件（1自治体）" in fetch(coordinator, half, "csv").decode("utf-8-sig")
    assert "5件（1自治体）" in text_of(coordinator.get(f"{half.here}/new?{half.query}"))


def test_who_has_not_published_is_named_and_nothing_is_made_up_for_it(half, published):
    third = half.towns[2]
    assert [town.name for town, _months in published.unpublished] == [third.name]
    town = published.towns[2]
    assert published.cell(METRICS[RECEIVED], town, half.period.last) is None
    line = published.line(METRICS[RECEIVED])
    assert line.missing_words == third.name
    empty = published.line(METRICS["know_how.published"])
    assert empty.words == "未提出"
    assert empty.counted_words == "なし"


def test_single_values_are_written_in_full(half, published):
    found = next(one for one in published.publications if one.newest)
    entry = {"n": 2, "s": [0.25, 1234567.89], "f": 1}
    only = replace(found, figures={DAYS: entry})
    _name, heads, rows = months_table(replace(published, publications=(only,)))
    place = list(heads).index("一件ずつの値")
    assert [row[place] for row in rows if row[place]] == ["0.25、1234567.89"]


def test_what_came_from_another_town_is_listed_from_there(half, published):
    first, second, _third = published.towns
    entry = {"n": 3, "w": {str(second.id): 3}, "f": 1}
    found = next(one for one in published.publications if one.newest)
    only = replace(found, town_id=first.id, figures={"reuses.from_towns": entry})
    _name, _heads, rows = flows_table(replace(published, publications=(only,)))
    # Counted by the first, what it took from the second.
    assert [row[1:4] for row in rows] == [[second.name, first.name, 3]]


def test_the_workbook_is_recomputed_and_equals_its_values(coordinator, half, published):
    content = fetch(coordinator, half, "xlsx")
    book = load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["まとめ", "自治体・月ごと", "町から町へ", "定義", "公開と訂正"]
    found = 0
    for name, expected in (
        ("まとめ", [line.total for line in published.lines]),
        ("自治体・月ごと", None),
    ):
        sheet = book[name]
        for row in sheet.iter_rows(min_row=2):
            for cell in row:
                if not (isinstance(cell.value, str) and cell.data_type == "f"):
                    continue
                match = DIVISION.fullmatch(cell.value)
                assert match, cell.value
                of_column, _r, number_column, line, times, _c, _r2 = match.groups()
                assert int(line) == cell.row
                number = sheet[f"{number_column}{line}"].value
                of = sheet[f"{of_column}{line}"].value
                value = number * (100 if times else 1) / of if of else None
                if expected is not None:
                    total = expected[cell.row - 2]
                    assert (total.number, total.of) == (number, of)
                    assert total.value == value
                found += 1
    assert found >= 17
    rows = {row[-1]: row for row in book["まとめ"].iter_rows(min_row=2, values_only=True)}
    line = published.line(METRICS[RECEIVED])
    assert rows[RECEIVED][2] == rows[RECEIVED][4] == line.total.number
    assert isinstance(rows[RECEIVED][2], int | float)
    assert rows["know_how.published"][2] is None
    assert rows["know_how.published"][5] == "未提出"
    definitions = {row[-1]: row for row in book["定義"].iter_rows(min_row=2, values_only=True)}
    assert set(definitions) == set(METRICS)
    assert definitions[RATE][2] == str(METRICS[RATE].formula)
    versions = list(book["公開と訂正"].iter_rows(min_row=2, values_only=True))
    assert [row[6] for row in versions if row[3] == 2] == ["二重に数えていたため"]
    assert len([row for row in versions if row[4] == "未提出"]) == 2
    flows = list(book["町から町へ"].iter_rows(min_row=2, values_only=True))
    assert {row[5] for row in flows} == {FLOW}
    assert sum(row[3] for row in flows) == published.line(METRICS[FLOW]).total.number


def test_csv_has_a_mark_for_excel_and_the_same_numbers(coordinator, half, published):
    content = fetch(coordinator, half, "csv")
    assert content.startswith(b"\xef\xbb\xbf")
    rows = {row[-1]: row for row in csv.reader(io.StringIO(content.decode("utf-8-sig")))}
    for line in published.lines:
        said = rows[line.metric.id]
        assert said[2] == ("" if line.total is None else str(line.total.number))
        value = line.total.value if line.total else None
        assert said[4] == ("" if value is None else str(value))
    months = list(
        csv.DictReader(io.StringIO(fetch(coordinator, half, "months").decode("utf-8-sig")))
    )
    third = [r for r in months if r["自治体"] == half.towns[2].name and r["指標の番号"] == RECEIVED]
    assert [r["公開の状況"] for r in third] == ["公開"] * 4 + ["未提出"] * 2
    assert [r["数・分子"] for r in third[-2:]] == ["", ""]
    corrected = [r for r in months if r["版"] == "2" and r["指標の番号"] == RECEIVED]
    assert [(r["自治体"], r["数・分子"]) for r in corrected] == [(half.towns[1].name, "30")]


def test_json_has_numbers_as_numbers_and_can_be_read_again(coordinator, half, published):
    said = json.loads(fetch(coordinator, half, "json"))
    assert said["format"] == "kyoso-network-figures"
    totals = {total["metric"]: total for total in said["totals"]}
    for line in published.lines:
        total = totals[line.metric.id]
        assert total["number"] == (line.total.number if line.total else None)
        assert total["value"] == (line.total.value if line.total else None)
        assert total["words"] == line.words
    assert len(said["publications"]) == 6 + 6 + 4 + 1
    again = from_json(said)
    assert as_json(again) == said
    assert [line.words for line in again.lines] == [line.words for line in published.lines]
    assert again.line(METRICS[DAYS]).total.value == published.line(METRICS[DAYS]).total.value


def test_the_page_says_the_same_and_leads_to_where_it_comes_from(coordinator, half, published):
    page = text_of(coordinator.get(f"{half.here}/new?{half.query}"))
    for line in published.lines:
        assert f"{line.metric.label} {line.words}" in page
    assert "まだ公開されていない月があります" in page
    assert f"{half.towns[2].name}（" in page
    source = text_of(coordinator.get(f"{half.here}/numbers?{half.query}&metric={RATE}"))
    assert str(METRICS[RATE].formula) in source
    assert "二重に数えていたため" in source
    # Two of three: few cases are a fraction.
    assert "3件中2件" in source
    assert source.count("未提出") >= 2
    assert "第2版" in source


def test_few_cases_are_a_fraction_and_nothing_divided_by_zero_is_a_number(half):
    from kyoso.core.metrics import Figure
    from support.snapshots import publish_month

    month = half.period.last
    publish_month(half.towns[2], half.network_id, month, {RATE: Figure(0, of=0)})
    with scope(half.coordinator.scope):
        found = compile_published(find_network(half.network_id), half.period)
    metric, town = found.metric(RATE), found.towns[2]
    assert found.cell(metric, town, month).words == "該当なし"
    assert found.cell(metric, town, month).value is None
    book = load_workbook(io.BytesIO(as_xlsx(found)))
    row = next(
        row
        for row in book["自治体・月ごと"].iter_rows(min_row=2)
        if row[13].value == RATE and row[1].value == str(month) and row[3].value == town.name
    )
    assert row[5].value == row[6].value == 0
    assert DIVISION.fullmatch(row[7].value)
    assert row[8].value == "該当なし"


def test_a_picture_is_a_file_of_its_own(coordinator, half):
    svg = fetch(coordinator, half, "svg", f"&metric={ADOPTED}").decode()
    assert svg.startswith("<svg")
    assert "採択" in svg
    image = Image.open(io.BytesIO(fetch(coordinator, half, "png", f"&metric={ADOPTED}")))
    assert image.format == "PNG"
    assert image.width >= 800
    assert image.height >= 500
    dark = sum(image.convert("L").histogram()[:90])
    assert dark > 1000, "words and marks are drawn"
    funnel = coordinator.fetch(f"{half.here}/export/png?{half.query}")
    assert funnel.data.startswith(b"\x89PNG")
    assert "提案から実装まで.png" in unquote(funnel.headers["Content-Disposition"])


@pytest.mark.parametrize(
    "query", ["first=2026-13&last=2026-09", "first=2026-09&last=2026-04", "first=2010-01"]
)
def test_a_period_that_is_none_is_refused_at_its_field(coordinator, half, query):
    page = text_of(coordinator.get(f"{half.here}/new?{query}", status=422))
    assert "入力内容をご確認ください" in page


def test_a_period_costs_few_statements(coordinator, half, count_statements):
    coordinator.get(f"{half.here}/new?{half.query}")
    with count_statements() as seen:
        coordinator.get(f"{half.here}/new?{half.query}")
    assert len(seen) <= 13, seen


def test_months_that_are_not_over_are_missing_from_nobody(coordinator, half):
    from kyoso.core.clock import today
    from kyoso.core.metrics import Month

    this = Month.of(today())
    with scope(half.coordinator.scope):
        found = compile_published(find_network(half.network_id), Period(this, this + 5))
    assert found.unpublished == []
    assert all(line.missing == () for line in found.lines)
    page = text_of(coordinator.get(f"{half.here}/new?first={this}&last={this + 5}"))
    assert "まだ公開されていない月があります" not in page
    coordinator.get(f"{half.here}/numbers?first={this}&last={this + 5}&metric={RECEIVED}")
    for kind in ("xlsx", "csv", "months", "json", "svg"):
        more = f"&metric={RECEIVED}" if kind == "svg" else ""
        coordinator.fetch(f"{half.here}/export/{kind}?first={this}&last={this + 5}{more}")
