"""A picture says the same numbers as its table, in well-formed SVG without any style."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyoso.core.charts import FONT, WIDTH, Figure, Series, bars, lines, short_number
from kyoso.core.i18n import force_locale, yen

SVG = "{http://www.w3.org/2000/svg}"
YEARS = ["令和元\n年度", "令和2\n年度", "令和3\n年度"]
TWO = [Series("一般財源", [100_000, 200_000, 0]), Series("交付金", [50_000, None, 1_234_000])]


def tree(figure: Figure) -> ET.Element:
    return ET.fromstring(figure.picture)  # noqa: S314 (our own)


def said(figure: Figure) -> list[str]:
    """Return what the marks say, without the picture's own title."""
    root = tree(figure)
    own = root.find(f"{SVG}title")
    return sorted(t.text or "" for t in root.iter(f"{SVG}title") if t is not own)


def table(figure: Figure) -> list[str]:
    return sorted(
        f"{label} {one.name} {value}"
        for label, values in figure.rows
        for one, value in zip(figure.series, values, strict=True)
        if value
    )


PICTURES = {
    "grouped": lambda series, labels: bars(series, labels, title="費用", say=yen),
    "stacked": lambda series, labels: bars(series, labels, title="費用", say=yen, stacked=True),
    "lines": lambda series, labels: lines(series, labels, title="費用", say=yen),
    "limit": lambda series, labels: bars(
        series, labels, title="費用", say=yen, limit=Series("上限", [9] * len(labels))
    ),
}


@pytest.mark.parametrize("draw", PICTURES.values(), ids=PICTURES)
def test_the_picture_and_the_table_say_the_same_numbers(draw):
    figure = draw(TWO, YEARS)
    assert said(figure) == table(figure)
    assert "令和元年度 一般財源 100,000円" in said(figure)


numbers = st.lists(st.one_of(st.none(), st.integers(-(10**12), 10**12)), min_size=1, max_size=14)


@given(numbers, st.text(min_size=1, max_size=12).filter(str.isprintable))
@pytest.mark.parametrize("draw", PICTURES.values(), ids=PICTURES)
def test_any_numbers_and_names_give_a_well_formed_picture_inside_its_box(draw, values, name):
    figure = draw([Series(name, values)], [f"{n}月" for n in range(len(values))])
    root = tree(figure)
    assert not any("style" in e.attrib or e.tag == f"{SVG}style" for e in root.iter())
    _x, _y, width, height = map(float, root.get("viewBox", "").split())
    for rect in root.iter(f"{SVG}rect"):
        assert float(rect.get("x", 0)) + float(rect.get("width", 0)) <= width + 1
        assert float(rect.get("y", 0)) + float(rect.get("height", 0)) <= height + 1
    assert said(figure) == table(figure)


def test_bars_stand_on_each_other_and_go_down_below_zero():
    figure = bars(
        [Series("a", [10]), Series("b", [30]), Series("c", [-20])], ["4月"], title="x", stacked=True
    )
    rects = [r for r in tree(figure).iter(f"{SVG}rect") if r.find(f"{SVG}title") is not None]
    first, second, third = [(float(r.get("y", 0)), float(r.get("height", 0))) for r in rects]
    assert second[0] + second[1] == pytest.approx(first[0], abs=0.2)
    assert second[1] == pytest.approx(first[1] * 3, abs=0.3)
    assert third[0] == pytest.approx(first[0] + first[1], abs=0.2)


def test_it_is_named_and_described_for_those_who_do_not_see_it():
    root = tree(bars(TWO, YEARS, title="5年間の費用", description="説明"))
    named = [
        e.text for i in root.get("aria-labelledby", "").split() for e in root if e.get("id") == i
    ]
    assert root.get("role") == "img"
    assert named == ["5年間の費用", "説明"]


def test_links_make_it_a_group_whose_marks_lead_on():
    figure = bars([Series("a", [1, 2], ["/a?x=1&y=2", None])], ["x", "y"], title="t")
    root = tree(figure)
    (link,) = root.iter(f"{SVG}a")
    assert (root.get("role"), link.get("href")) == ("group", "/a?x=1&y=2")
    assert link.get("aria-label") == "x a 1"


def test_series_differ_by_more_than_colour():
    many = [Series(str(n), [1, 2]) for n in range(5)]
    fills = {r.get("fill") for r in tree(bars(many, ["x", "y"], title="t")).iter(f"{SVG}rect")}
    assert len([f for f in fills if f and f.startswith("url(")]) == 4
    drawn = list(tree(lines(many, ["x", "y"], title="t")).iter(f"{SVG}path"))
    dashes = {p.get("stroke-dasharray") for p in drawn if p.get("stroke-linejoin")}
    shapes = {re.sub(r"^M[\d. -]+", "", p.get("d", "")) for p in drawn if len(p)}
    assert (len(dashes), len(shapes)) == (5, 5)


def test_text_stays_readable_on_the_narrowest_screen():
    # What a panel leaves of 320 px.
    assert FONT * 254 / WIDTH >= 10


def test_two_pictures_on_a_page_share_no_id():
    first, second = (tree(bars(TWO, YEARS, title="t", key=key)) for key in "ab")
    ids = [{e.get("id") for e in root.iter() if e.get("id")} for root in (first, second)]
    assert ids[0].isdisjoint(ids[1])


def test_numbers_that_do_not_fit_their_labels_are_refused():
    with pytest.raises(ValueError, match="a: 1 numbers, 2 labels"):
        bars([Series("a", [1])], ["x", "y"], title="t")


@pytest.mark.parametrize(
    ("value", "japanese", "english"),
    [
        (0, "0", "0"),
        (999, "999", "999"),
        (2.5, "2.5", "2.5"),
        (12_000, "1.2万", "12k"),
        (12_000_000, "1,200万", "12M"),
        (250_000_000, "2.5億", "250M"),
        (-30_000, "-3万", "-30k"),
    ],
)
def test_an_axis_says_numbers_shortly(value, japanese, english):
    assert short_number(value) == japanese
    with force_locale("en"):
        assert short_number(value) == english
