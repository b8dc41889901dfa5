import re
import uuid

import pytest

from kyoso.municipal.needs.rules import NeedStatus
from kyoso.municipal.notices.rules import NoticeStatus
from kyoso.tenancy.models import TenantStatus
from support.departments import make_department
from support.pages import parse, text_of
from support.projects import NOON, make_project
from support.site import declare, make_need, make_notice


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_page_opens_in_both_languages(open_town, visitor, language) -> None:
    _town, addresses = open_town
    for address in addresses:
        page = visitor.get(f"{address}{'&' if '?' in address else '?'}lang={language}")
        assert f'<html lang="{language}">' in page


def test_every_page_opens_for_a_town_that_has_nothing_yet(hinode, visitor) -> None:
    for place in ("", "about", "projects", "needs", "news", "faq", "town", "how-to-propose"):
        visitor.get(f"/{hinode.slug}/{place}")
    visitor.get(f"/{hinode.slug}/guideline", status=404)


def test_the_menu_has_the_towns_own_words_and_marks_the_page(open_town, visitor) -> None:
    town, _addresses = open_town
    page = visitor.get(f"/{town.slug}/projects/7")
    for words in (
        "宝ラボとは",
        "プロジェクト一覧",
        "お知らせ",
        "町について",
        "よくある質問",
        "提案する",
    ):
        assert words in page
    assert f'<a href="/{town.slug}/projects" aria-current="page">' in page
    assert "ひので宝ラボ" in page


def test_words_in_japanese_only_say_so_to_readers_of_english(open_town, visitor) -> None:
    town, _addresses = open_town
    english = visitor.get(f"/{town.slug}/projects/7?lang=en")
    assert '<h1 lang="ja">空き家の活用 その7</h1>' in english
    faq = visitor.get(f"/{town.slug}/faq?lang=en")
    assert "<summary>Who may propose?</summary>" in faq
    assert '<summary lang="ja">費用はかかりますか。</summary>' in faq
    assert "<h1>空き家の活用 その7</h1>" in visitor.get(f"/{town.slug}/projects/7?lang=ja")


def test_figures_are_shown_with_their_day(open_town, visitor) -> None:
    town, _addresses = open_town
    assert "3,309人2022年6月30日（木）現在" in text_of(visitor.get(f"/{town.slug}/town"))
    about = text_of(visitor.get(f"/{town.slug}/about"))
    assert "2021年3月28日（日）現在" in about
    assert "官民共創のデザイン" in about
    assert "令和2年度" in about


def test_the_guideline_in_force_is_shown_and_older_ones_say_so(open_town, visitor) -> None:
    town, _addresses = open_town
    assert "<h1>ガイドライン 2026</h1>" in visitor.get(f"/{town.slug}/guideline")
    older = visitor.get(f"/{town.slug}/guideline/2020-12-08")
    assert "いまは使われていません" in older
    assert "<h2>目的</h2>" in older
    for wrong in ("2021-01-01", "2020", "x"):
        visitor.get(f"/{town.slug}/guideline/{wrong}", status=404)


def test_projects_are_searched_filtered_and_paged(hinode, visitor) -> None:
    address = f"/{hinode.slug}/projects"
    for number in range(1, 23):
        make_project(hinode, number)
    make_project(hinode, 30, title="ランタン散策", recruiting=True)

    first = visitor.get(address)
    assert "23件" in first
    assert "No.30" in first
    assert "1 / 2" in first
    assert "No.1<" in visitor.get(f"{address}?page=2")
    found = visitor.get(f"{address}?q=らんたん")
    assert "ランタン散策" in found
    assert "1件" in found
    assert "1件" in visitor.get(f"{address}?recruiting=yes")
    assert "条件に合うプロジェクトはありません" in visitor.get(f"{address}?stage=pilot")


def test_what_is_not_public_looks_like_what_is_not_there(hinode, minato, visitor) -> None:
    make_project(hinode, 1, public=False)
    make_project(hinode, 2, unpublished_at=NOON, unpublished_reason="x")
    make_project(minato, 3)
    department = make_department(hinode)
    draft = make_need(hinode, department, status=NeedStatus.DRAFT, published_at=None)
    hidden = make_notice(hinode, status=NoticeStatus.WITHDRAWN, withdrawn_at=NOON)

    listed = visitor.get(f"/{hinode.slug}/projects")
    assert "公開しているプロジェクトは、まだありません" in listed
    unknown = _without_address(visitor.get(f"/{hinode.slug}/projects/99", status=404))
    for number in (1, 2, 3, 99999999999):
        page = visitor.get(f"/{hinode.slug}/projects/{number}", status=404)
        assert _without_address(page) == unknown
    for place in (f"needs/{draft}", f"news/{hidden}", f"needs/{uuid.uuid4()}"):
        page = visitor.get(f"/{hinode.slug}/{place}", status=404)
        assert _without_address(page) == unknown
    assert str(draft) not in visitor.get(f"/{hinode.slug}/sitemap.xml")


def _without_address(page: str) -> str:
    # The link to the other language repeats the address.
    return re.sub(r'href="/[^"]*\?lang=[^"]*"', "", page)


def test_another_towns_things_are_not_found_here(open_town, minato, visitor) -> None:
    town, addresses = open_town
    for address in addresses:
        place = address.removeprefix(f"/{town.slug}/")
        if re.match(r"(projects|needs|news)/", place):
            visitor.get(f"/{minato.slug}/{place}", status=404)


def test_what_people_wrote_runs_nowhere(hinode, visitor) -> None:
    make_project(
        hinode,
        1,
        title="<script>alert(1)</script>",
        content="<img src=x onerror=alert(1)>\n\n[x](javascript:alert(1))",
        team="<b>x</b>",
    )
    for place in ("", "projects", "projects/1", "feed/projects.atom"):
        page = visitor.get(f"/{hinode.slug}/{place}")
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert 'href="javascript' not in page


def test_the_card_for_a_shared_link_has_the_full_address(open_town, visitor, settings) -> None:
    town, _addresses = open_town
    page = visitor.get(f"/{town.slug}/projects/7?utm_source=x")
    address = f"{settings.base_url}/{town.slug}/projects/7"
    assert f'<meta property="og:url" content="{address}">' in page
    assert '<meta property="og:title" content="No.7 空き家の活用 その7">' in page


@pytest.mark.parametrize(
    ("place", "least"),
    [("", 1), ("projects", 1), ("projects/1", 1), ("needs", 1), ("news", 1), ("sitemap.xml", 1)],
)
def test_a_page_takes_as_many_statements_for_40_as_for_2(
    hinode, visitor, count_statements, place, least
) -> None:
    department = make_department(hinode)
    counts = []
    visitor.get(f"/{hinode.slug}/{place}", status=404 if place == "projects/1" else 200)
    for numbers in (range(1, 3), range(3, 41)):
        for number in numbers:
            make_project(hinode, number, department_id=department)
            make_need(hinode, department, number)
            make_notice(hinode)
        with count_statements() as seen:
            visitor.get(f"/{hinode.slug}/{place}")
        counts.append(len(seen))
    assert least < counts[0] == counts[1] <= 8


def test_the_hot_pages_take_few_statements_and_their_scope(
    hinode, visitor, count_statements
) -> None:
    make_project(hinode, 1, department_id=make_department(hinode))
    for place, most in (("projects", 2), ("projects/1", 4)):
        visitor.get(f"/{hinode.slug}/{place}")
        with count_statements() as seen:
            visitor.get(f"/{hinode.slug}/{place}")
        assert len(seen) <= most, seen


def test_a_suspended_town_says_so_politely_on_every_page(open_town, visitor) -> None:
    town, addresses = open_town
    declare(town, status=TenantStatus.SUSPENDED)
    for address in (*addresses, f"/{town.slug}/sitemap.xml"):
        page = visitor.get(address, status=503)
        assert "ただいまお休みしています" in page


def test_a_closed_town_is_not_found(open_town, visitor) -> None:
    town, _addresses = open_town
    declare(town, status=TenantStatus.CLOSED)
    visitor.get(f"/{town.slug}/", status=404)


def test_public_pages_ask_for_no_session(open_town, visitor) -> None:
    _town, addresses = open_town
    for address in addresses:
        assert "Set-Cookie" not in visitor.fetch(address).headers


def test_the_town_chooses_its_colours_and_nothing_else(open_town, visitor) -> None:
    town, _addresses = open_town
    declare(town, declaration={"theme": {"key_color": "red;} body{display:none"}})
    for _color in range(2):
        sheet = visitor.fetch(f"/{town.slug}/theme.css").text
        names = set(re.findall(r"(--[a-z-]+):", sheet))
        assert names <= {"--town-key", "--town-key-dark", "--town-on-key"}
        assert re.fullmatch(r":root\{(--town-[a-z-]+:var\([-a-z0-9]+\);?)+\}\s*", sheet)


def test_every_link_on_the_home_page_leads_somewhere(open_town, visitor) -> None:
    town, _addresses = open_town
    tree = parse(visitor.get(f"/{town.slug}/"))
    links = {e.get("href") for e in tree.iter("{http://www.w3.org/1999/xhtml}a")}
    for link in sorted(link for link in links if link and link.startswith(f"/{town.slug}/")):
        if "/desk/" not in link:
            visitor.get(link)
