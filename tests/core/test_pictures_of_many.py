"""Time lines, small multiples, flows and funnels say the same numbers as their tables."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyoso.core.drawing import Figure, Series
from kyoso.core.flows import Stage, funnel, matrix
from kyoso.core.small_multiples import Panel, small_multiples
from kyoso.core.timelines import Sign, timeline

SVG = "{http://www.w3.org/2000/svg}"
MISSING, ABSENT = "未提出", "加盟前・脱退後"


def root_of(picture: str) -> ET.Element:
    root = ET.fromstring(picture)  # noqa: S314 (our own)
    assert not any("style" in e.attrib or e.tag == f"{SVG}style" for e in root.iter())
    width, height = (float(part) for part in root.get("viewBox", "").split()[2:])
    for rect in root.iter(f"{SVG}rect"):
        assert float(rect.get("width", 0)) >= 0
        assert float(rect.get("height", 0)) >= 0
    assert width > 0
    assert height > 0
    return root


def said(picture: str) -> list[str]:
    root = root_of(picture)
    own = root.find(f"{SVG}title")
    return sorted(t.text or "" for t in root.iter(f"{SVG}title") if t is not own)


def table(figure: Figure) -> list[str]:
    return sorted(
        f"{label} {one.name} {value}"
        for label, values in figure.rows
        for one, value in zip(figure.series, values, strict=True)
        if value
    )


numbers = st.lists(st.one_of(st.none(), st.integers(-(10**9), 10**9)), min_size=1, max_size=60)
names = st.text(min_size=1, max_size=12).filter(str.isprintable)


def months(count: int) -> list[str]:
    return [f"{2020 + n // 12}年\n{n % 12 + 1}月" for n in range(count)]


@given(numbers, names, st.sets(st.integers(0, 59)))
def test_a_time_line_shows_the_numbers_of_its_table(values, name, broken):
    labels = months(len(values))
    breaks = [Sign(n, "◆", f"第{n}版") for n in sorted(broken) if n < len(values)]
    towns = Series("公開した自治体", [None if v is None else 3 for v in values])
    figure = timeline(
        Series(name, values),
        labels,
        title="推移",
        ticks=[(n, "令和") for n in range(0, len(values), 12)],
        breaks=breaks,
        strip=towns,
    )
    marks = [one for one in said(figure.picture) if not one.startswith("第")]
    assert marks == table(figure)


def test_a_new_formula_breaks_the_line_and_says_so():
    figure = timeline(
        Series("件数", [1, 2, 3, 4]),
        months(4),
        title="推移",
        ticks=[(0, "令和2年度")],
        breaks=[Sign(2, "◆", "3月から数え方が変わりました")],
        notes=[Sign(1, "①", "合併")],
    )
    drawn = [p for p in root_of(figure.picture).iter(f"{SVG}path") if p.get("stroke-linejoin")]
    assert [(p.get("d", "").count("L"), p.get("stroke-dasharray")) for p in drawn] == [
        (1, None),
        (1, "6 3"),
    ]
    titles = said(figure.picture)
    assert "3月から数え方が変わりました" in titles
    assert "合併" in titles


def test_a_missing_month_is_a_gap_and_not_zero():
    figure = timeline(
        Series("件数", [1, None, 0], words=["1件", MISSING, "0件"]),
        months(3),
        title="推移",
        ticks=[],
    )
    (line,) = [p for p in root_of(figure.picture).iter(f"{SVG}path") if p.get("stroke-linejoin")]
    assert line.get("d", "").count("M") == 2
    assert [values for _label, values in figure.rows] == [["1件"], [MISSING], ["0件"]]
    assert [one for one in said(figure.picture) if MISSING in one] == []


@given(st.lists(st.tuples(names, numbers), min_size=1, max_size=8))
def test_small_multiples_show_the_numbers_of_their_table(rows):
    count = max(len(values) for _name, values in rows)
    panels = [
        Panel(
            f"{n}{name}",
            padded := [*values, *[None] * (count - len(values))],
            [MISSING if v is None else f"{v}件" for v in padded],
            absent=frozenset(range(len(values), count)),
        )
        for n, (name, values) in enumerate(rows)
    ]
    many = small_multiples(
        panels, months(count), title="自治体別", description="", missing=MISSING, absent=ABSENT
    )
    one_by_one = sorted(one for picture in many.panels for one in said(picture))
    assert one_by_one == said(many.figure.picture) == table(many.figure)


def test_what_is_missing_looks_different_from_what_is_not_expected_and_from_zero():
    many = small_multiples(
        [Panel("見本町", [None, None, 0], [ABSENT, MISSING, "0件"], absent=frozenset({0}))],
        months(3),
        title="自治体別",
        description="",
        missing=MISSING,
        absent=ABSENT,
    )
    rects = [
        r for r in root_of(many.panels[0]).iter(f"{SVG}rect") if r.find(f"{SVG}title") is not None
    ]
    assert [(r.get("fill"), bool(r.get("stroke-dasharray"))) for r in rects] == [
        ("#e6e6e6", False),
        ("none", True),
        ("#0017c1", False),
    ]


@given(
    st.integers(1, 30),
    st.dictionaries(st.tuples(st.integers(0, 29), st.integers(0, 29)), st.integers(0, 10**6)),
)
def test_a_matrix_shows_the_numbers_of_its_table(count, cells):
    inside = {pair: v for pair, v in cells.items() if max(pair) < count}
    figure = matrix(
        [f"{n}番の町" for n in range(count)],
        inside,
        title="人の流れ",
        description="",
        name="時間",
        sides="行から列へ",
    )
    assert said(figure.picture) == table(figure)
    assert len(figure.labels) == sum(1 for value in inside.values() if value)


def test_a_funnel_shows_the_numbers_of_its_table():
    stages = [
        Stage("提案", 40, "40件", link="/proposals"),
        Stage("採択", 10, "10件", "提案の25%"),
        Stage("実証", None, MISSING),
        Stage("実装", 0, "0件"),
    ]
    figure = funnel(stages, title="漏斗", description="", name="令和8年度", missing=MISSING)
    assert said(figure.picture) == table(figure)
    assert "提案の25%" in figure.picture


def test_numbers_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="1 numbers, 2 labels"):
        small_multiples(
            [Panel("a", [1], ["1"])],
            months(2),
            title="t",
            description="",
            missing=MISSING,
            absent=ABSENT,
        )
