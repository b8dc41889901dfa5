import pytest

from kyoso.core.markdown import render


def test_headings_leave_the_first_level_to_the_page():
    assert render("# 目的\n\n## 対象") == "<h2>目的</h2>\n<h3>対象</h3>\n"


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        '<img src=x onerror="alert(1)">',
        "![x](https://example.jp/track.png)",
        '<a href="https://example.jp" style="position:fixed">x</a>',
    ],
)
def test_nothing_runs_and_nothing_is_fetched(text):
    html = render(text)
    # What is shown as text begins with &lt; and does nothing.
    for tag in ("<script", "<img", '<a href="https://example.jp" style', 'href="javascript:'):
        assert tag not in html


def test_a_table_stays_a_table():
    html = render("| 項目 | 額 |\n| --- | --- |\n| 旅費 | 1円 |")
    assert "<th>項目</th>" in html
    assert "<td>1円</td>" in html
