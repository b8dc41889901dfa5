import re
import xml.etree.ElementTree as ET

import pytest

from kyoso.core.diagrams import WIDTH, Box, Entry, Shape, diagram, wide, wrap

SVG = "{http://www.w3.org/2000/svg}"
LONG = "地域プロジェクトマネージャー（情報政策・データ活用担当） 2026年12月 Featherstonehaugh"


def drawn(stack, branches=(), **more):
    picture = diagram(stack, branches, title="図", description="一覧にあります", **more)
    return ET.fromstring(str(picture))  # noqa: S314 (our own picture)


def rects(root):
    found = []
    for rect in root.iter(f"{SVG}rect"):
        x, y, w, h = (float(rect.get(name, 0)) for name in ("x", "y", "width", "height"))
        if (w, h) != (WIDTH, float(root.get("height"))):
            found.append((x, y, w, h))
    return found


@pytest.mark.parametrize("width", [60, 100, 200, 400])
@pytest.mark.parametrize("size", [11, 13, 14])
def test_wrapped_lines_fit_and_lose_nothing_but_spaces(width, size):
    lines = wrap(LONG, size, width)
    assert "".join(lines).replace(" ", "") == LONG.replace(" ", "")
    assert all(wide(line, size) <= width for line in lines)
    assert not any(line[0] in "、。・）ー" for line in lines[1:])


def test_numbers_and_words_stay_whole_where_there_is_room():
    assert wrap("うち外部人材1人・兼任14人", 13, 150) == ["うち外部人材1人・兼任", "14人"]
    assert wrap("", 13, 100) == [""]


@pytest.mark.parametrize("branches", range(8))
@pytest.mark.parametrize("stack", range(1, 5))
@pytest.mark.parametrize("people", [0, 1, 7])
def test_every_box_is_inside_the_picture_and_none_lies_on_another(branches, stack, people):
    entries = [Entry(f"見本 {n}（見本）", "外部人材・非常勤", Shape.DIAMOND) for n in range(people)]
    below = [Box("係", [], below=[Box("班")]), Box("室")]
    root = drawn(
        [Box(f"上{n}", entries[:1]) for n in range(stack)],
        [
            Box(f"{LONG}{n}", entries[: n % 4], below=below if n % 3 == 0 else ())
            for n in range(branches)
        ],
        legend=[(shape, shape.value) for shape in Shape],
    )
    boxes = rects(root)
    hung = sum(3 if n % 3 == 0 else 0 for n in range(branches))
    assert len(boxes) == stack + branches + hung
    height = float(root.get("height"))
    for x, y, w, h in boxes:
        assert x >= 0
        assert x + w <= WIDTH
        assert y >= 0
        assert y + h <= height
    for place, (x, y, w, h) in enumerate(boxes):
        for other_x, other_y, other_w, other_h in boxes[place + 1 :]:
            assert (
                x + w <= other_x
                or other_x + other_w <= x
                or y + h <= other_y
                or other_y + other_h <= y
            )


def test_three_columns_are_filled_before_any_is_long():
    lefts = {
        x for x, _y, _w, _h in rects(drawn([Box("上")], [Box(f"課{n}") for n in range(12)]))[1:]
    }
    assert len(lefts) == 3


def test_what_people_wrote_stays_words_and_nothing_is_styled():
    entry = Entry('<script>alert("x")</script>', "a & b", Shape.SQUARE)
    picture = str(diagram([Box("<b>", [entry], link="/?a=1&b=<")], title="<t>", description="&"))
    assert "<script" not in picture
    assert "<b>" not in picture
    assert "style=" not in picture
    assert "class=" not in picture
    ET.fromstring(picture)  # noqa: S314


def test_marks_say_themselves_and_the_picture_is_named():
    root = drawn([Box("課", [Entry("見本 一郎", "兼任", Shape.SQUARE)])])
    titles = [title.text for title in root.iter(f"{SVG}title")]
    assert titles == ["図", "課", "見本 一郎 兼任"]
    assert root.get("role") == "img"
    named = re.split(" ", root.get("aria-labelledby"))
    assert [e.get("id") for e in root.iter() if e.get("id")] == named


def test_shapes_differ_and_an_empty_box_is_dashed_and_says_so():
    pictures = {
        shape: str(diagram([Box("課", [Entry("名", shape=shape)])], title="", description=""))
        for shape in Shape
    }
    assert len(set(pictures.values())) == 3
    empty = str(diagram([Box("課", empty="登録なし")], title="", description=""))
    assert "stroke-dasharray" in empty
    assert "登録なし" in empty


def test_links_can_be_reached_and_make_it_a_group():
    root = drawn([Box("町")], [Box("課", link="/x")])
    (link,) = root.iter(f"{SVG}a")
    assert (link.get("href"), link.get("aria-label"), root.get("role")) == ("/x", "課", "group")


def test_the_same_things_give_the_same_picture():
    assert str(diagram([Box("課")], title="", description="")) == str(
        diagram([Box("課")], title="", description="")
    )
