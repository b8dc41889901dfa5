"""PDF that everybody can read: tagged, with our fonts, and nothing in it that was not said."""

import io

import pypdf
import pytest

from kyoso.core.documents import FAMILY, NotRendered, render_pdf

LAYOUT = """
#set page(paper: "a4")
= #data.heading
#data.text
#list(..data.points)
"""
DATA = {"heading": "お知らせ", "text": "本文です。", "points": ["一つ目", "二つ目"]}


def open_pdf(data: dict[str, object] = DATA, **said: str) -> pypdf.PdfReader:
    pdf = render_pdf(LAYOUT, data, **({"title": "題名", "lang": "ja"} | said))
    return pypdf.PdfReader(io.BytesIO(pdf))


def test_a_pdf_says_its_title_its_language_and_its_structure():
    pdf = open_pdf(title="通知書", lang="en")
    root = pdf.trailer["/Root"]
    assert root["/Lang"] == "en"
    assert pdf.metadata.title == "通知書"
    assert root["/MarkInfo"]["/Marked"].value
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value
    assert b"pdfuaid:part>1<" in root["/Metadata"].get_data()
    tags = set()

    def walk(node: object) -> None:
        if isinstance(node, pypdf.generic.IndirectObject):
            node = node.get_object()
        if isinstance(node, dict):
            tags.add(node.get("/S"))
            walk(node.get("/K"))
        elif isinstance(node, list):
            for each in node:
                walk(each)

    walk(root["/StructTreeRoot"]["/K"])
    assert {"/Document", "/H1", "/L", "/LI", "/LBody"} <= tags


def test_the_fonts_are_ours_and_inside():
    fonts = open_pdf().pages[0]["/Resources"]["/Font"]
    for font in fonts.values():
        (inner,) = font["/DescendantFonts"]
        inner = inner.get_object()
        assert FAMILY.replace(" ", "") in str(inner["/BaseFont"]).replace("-", "")
        assert {"/FontFile2", "/FontFile3"} & set(inner["/FontDescriptor"])


@pytest.mark.parametrize(
    "text",
    [
        '#panic("x")',
        "*太字* _斜体_ = 見出し",
        "$x^2$ @ref <label> https://example.jp",
        '#import "@preview/cetz:0.3.0"',
        '"); #read("/etc/passwd")',
        "{{件名}} \\ #[x]",
    ],
)
def test_markup_in_what_people_wrote_stays_words(text: str):
    found = open_pdf({**DATA, "text": text}).pages[0].extract_text()
    assert text.replace(" ", "") in found.replace(" ", "").replace("\n", "")


def test_the_same_words_are_the_same_bytes():
    one, other = (render_pdf(LAYOUT, DATA, title="題名", lang="ja") for _ in range(2))
    assert one == other


def test_a_character_that_the_font_lacks_is_a_geta_and_never_an_error():
    text = (
        open_pdf({**DATA, "text": "髙﨑さんの😀 邉\U000e0100 👨‍👩‍👧"}, title="😀")
        .pages[0]
        .extract_text()
    )
    assert "髙﨑さんの〓 邉" in text
    assert "\ufffd" not in text


@pytest.mark.parametrize(
    "layout",
    [
        "#unknown",
        "#image(bytes((1, 2, 3)), alt: [x])",
        '#import "@preview/x:1.0.0": *',
        "#read('x')",
    ],
)
def test_what_cannot_be_set_is_a_clear_refusal(layout: str):
    with pytest.raises(NotRendered, match="PDFを作れませんでした"):
        render_pdf(layout, {}, title="題名", lang="ja")
