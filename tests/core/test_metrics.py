"""Months, and what every declared metric says of itself."""

from __future__ import annotations

import ast
import datetime as dt
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyoso.core import metrics
from kyoso.core.access import Actor
from kyoso.core.i18n import JST
from kyoso.core.metrics import METRICS, Direction, Figure, Kind, Metric, Month, Unit
from kyoso.registry import load_parts

load_parts()

AREAS = ("municipal", "exchange")
FILES = [
    path
    for area in AREAS
    for path in sorted(Path(metrics.__file__).parents[1].glob(f"{area}/*/metrics.py"))
]
FEATURES = {path.parent.name for path in FILES}
#: Tests of snapshots make metrics of their own; these are no feature's.
DECLARED = [one for one in METRICS.values() if one.id.partition(".")[0] in FEATURES]
MONTHS = st.builds(Month, st.integers(1990, 2090), st.integers(1, 12))


@pytest.mark.parametrize("metric", DECLARED, ids=lambda metric: metric.id)
def test_every_metric_says_what_it_is(metric: Metric):
    assert str(metric.label).strip()
    # A definition is a sentence, and more than the label again.
    assert str(metric.formula).endswith("。")
    assert len(str(metric.formula)) > len(str(metric.label))
    assert metric.unit.label
    assert metric.direction.label
    assert metric.kind.label
    assert metric.since == metric.since.replace(day=1)
    assert metric.version >= 1
    assert (metric.unit is Unit.PERCENT) == (metric.kind in {Kind.RATE, Kind.STOCK_RATE})


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_a_file_of_metrics_is_loaded_and_names_its_metrics_after_its_feature(path: Path):
    area, feature = path.parts[-3:-1]
    module = sys.modules[f"kyoso.{area}.{feature}.metrics"]
    kept = [one for one in vars(module).values() if isinstance(one, Metric)]
    kept += [
        one
        for table in vars(module).values()
        if isinstance(table, dict)
        for one in table.values()
        if isinstance(one, Metric)
    ]
    assert kept
    for metric in kept:
        assert METRICS[metric.id] is metric
        assert re.fullmatch(rf"{feature}\.[a-z_]+", metric.id)


def test_no_two_metrics_have_an_id_or_a_label_in_common():
    # One declared again under a taken id would silently stand in its place.
    calls = [
        node.args[0].value
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Metric"
        if isinstance(node.args[0], ast.Constant)
    ]
    assert len(set(calls)) == len(calls)
    labels = [str(metric.label) for metric in DECLARED]
    assert [label for label in labels if labels.count(label) > 1] == []


def test_labels_of_units_kinds_and_directions_are_all_there():
    for words in (Unit, Kind, Direction):
        assert all(word.label for word in words)


def test_a_month_begins_and_ends_at_midnight_in_japan():
    october = Month(2026, 10)
    assert october.begins == dt.datetime(2026, 9, 30, 15, tzinfo=dt.UTC)
    assert october.ends == dt.datetime(2026, 10, 31, 15, tzinfo=dt.UTC)
    assert (october.first, october.last) == (dt.date(2026, 10, 1), dt.date(2026, 10, 31))
    assert (Month(2028, 2).last, Month(2026, 2).last) == (
        dt.date(2028, 2, 29),
        dt.date(2026, 2, 28),
    )
    assert str(october) == "2026-10"
    assert october.label == "2026年10月"


@pytest.mark.parametrize(
    ("month", "year"),
    [(Month(2026, 3), 2025), (Month(2026, 4), 2026), (Month(2027, 3), 2026)],
)
def test_a_fiscal_year_begins_in_april(month, year):
    assert month.fiscal_year == year


@given(MONTHS, st.integers(-600, 600))
def test_months_add_up_and_follow_each_other(month, count):
    assert (month + count) + -count == month
    assert month.next == month + 1 > month
    assert month.ends == month.next.begins
    assert Month.of(month.last) == month == Month.of(month.first)
    assert Month.of(month.last + dt.timedelta(days=1)) == month.next
    assert month.begins.astimezone(JST).date() == month.first


def test_counting_asks_every_function_and_names_figures_by_id(monkeypatch):
    one = Metric("one.a", "一", Unit.CASES, "一。", Kind.FLOW, Direction.MORE, dt.date(2026, 4, 1))
    two = Metric("two.b", "二", Unit.CASES, "二。", Kind.FLOW, Direction.MORE, dt.date(2026, 4, 1))
    asked = []

    def first(actor: Actor, month: Month) -> dict[Metric, Figure]:
        asked.append((actor, month))
        return {one: Figure(1)}

    def second(actor: Actor, month: Month) -> dict[Metric, Figure]:
        return {two: Figure(2)}

    monkeypatch.setattr(metrics, "_counts", [])
    metrics.counts(first)
    metrics.counts(first)
    metrics.counts(second)

    found = metrics.count_town("町の人", Month(2026, 10))  # type: ignore[arg-type]

    assert found == {"one.a": Figure(1), "two.b": Figure(2)}
    assert asked == [("町の人", Month(2026, 10))]
