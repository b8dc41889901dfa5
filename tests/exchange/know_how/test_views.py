"""What people see of know-how: writing, publishing, searching, reading; and the public page."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.db import db, new_id
from kyoso.core.journal import JournalEntry
from kyoso.core.scope import tenant_scope
from kyoso.exchange.know_how.models import KnowHow
from kyoso.municipal.projects.rules import ProjectStage
from support.gates import walking
from support.know_how import FORM, borrow, publish, rewrite, write
from support.networks import make_network
from support.pages import text_of
from support.people import make_town
from support.projects import make_project

FILLED = {
    "genre": "form",
    "title": "空き家バンクの申込書",
    "summary": "空き家の登録を受け付ける様式です。",
    "body": "## 使い方\n\n窓口で渡します。<script>alert(1)</script>",
    "field": "housing",
    "licence": "cc0",
}


@pytest.fixture
def network(hinode, minato):
    return make_network(hinode, minato)


@pytest.fixture
def desk(hinode, member_of, browser):
    return browser(member_of(hinode, Role.SECRETARIAT))


@pytest.fixture
def staff(hinode, member_of, browser):
    return browser(member_of(hinode, Role.STAFF))


@pytest.fixture
def theirs(minato, member_of, browser):
    return browser(member_of(minato, Role.STAFF))


def at(town, what="", query=""):
    return f"/{town.slug}/exchange/know-how/{what}{query}"


def test_staff_write_and_the_office_publishes(hinode, minato, network, staff, desk, theirs):
    form = {**FILLED, "form_id": str(new_id())}
    first = staff.post(at(hinode, "new"), form)
    again = staff.post(at(hinode, "new"), form)
    assert first.headers["Location"] == again.headers["Location"]
    here = first.headers["Location"]
    ident = here.rpartition("/")[2]
    page = staff.get(here)
    assert "下書き" in page
    assert "<script>alert" not in page
    file = (io.BytesIO("項目,記入\n合言葉すずめ,\n".encode()), "様式.csv")
    staff.post(f"{here}/files", {"files": [file]})
    assert "様式.csv" in staff.get(here)
    staff.get(f"{here}/publish", status=403)
    theirs.get(at(minato, ident), status=404)

    page = text_of(desk.get(f"{here}/publish"))
    assert "見本の共創ネットワーク" in page
    bad = text_of(desk.post(f"{here}/publish", {}, status=422).text)
    assert "見せる相手を一つ以上選んでください" in bad
    desk.post(f"{here}/publish", {"network_ids": str(network)})
    page = text_of(desk.get(here))
    assert "掲載中" in page
    assert "第1版" in page

    found = text_of(theirs.get(at(minato, query="?q=すずめ")))
    assert "空き家バンクの申込書" in found
    assert "題名か添付ファイルの中" in found
    shown = text_of(theirs.get(at(minato, ident)))
    for words in ("ひので町", "移住・空き家", "CC0 1.0", "様式.csv", "窓口で渡します"):
        assert words in shown
    address = theirs.get(at(minato, ident)).partition(f"{ident}/files/")[2].partition('"')[0]
    with theirs.fetch(at(minato, f"{ident}/files/{address}")) as sent:
        assert "すずめ" in sent.text
    theirs.get(at(minato, f"own/{ident}"), status=404)
    theirs.get(at(minato, f"own/{ident}/files/{address}"), status=404)


def test_mistakes_stand_at_their_fields_and_nothing_typed_is_lost(hinode, staff):
    form = {**FILLED, "form_id": str(new_id()), "title": "", "genre": "poem"}
    page = staff.post(at(hinode, "new"), form, status=422).text
    assert "「題名」を入力してください" in text_of(page)
    assert "窓口で渡します" in page
    staff.post(at(hinode, "new"), {**form, "title": "題", "genre": "form", "x": "1"}, status=422)


def test_nobody_overwrites_what_another_saved_meanwhile(hinode, staff):
    ident = write(hinode)
    page = staff.get(at(hinode, f"own/{ident}/edit"))
    assert 'name="based_on" value="0"' in page
    rewrite(hinode, ident, title="先に保存した題")
    page = staff.post(at(hinode, f"own/{ident}/edit"), {**FILLED, "based_on": "0"}, status=409).text
    assert "ほかの人が先に保存しました" in text_of(page)
    assert "窓口で渡します" in page


def test_what_is_personal_is_pointed_out_before_it_is_published(hinode, network, desk):
    ident = write(hinode, body="担当は taro@example.jp、090-1234-5678、1234 5678 9012 です。")
    here = at(hinode, f"own/{ident}/publish")
    page = desk.post(here, {"network_ids": str(network)}, status=422).text
    for words in ("taro@example.jp", "090-1234-5678", "1234 5678 9012", "マイナンバー"):
        assert words in text_of(page)
    seal = page.partition('name="looked_at" value="')[2].partition('"')[0]
    rewrite(hinode, ident, body="担当は hanako@example.jp です。")
    page = desk.post(here, {"network_ids": str(network), "looked_at": seal}, status=422).text
    assert "hanako@example.jp" in page
    seal = page.partition('name="looked_at" value="')[2].partition('"')[0]
    desk.post(here, {"network_ids": str(network), "looked_at": seal})


def test_a_town_that_hides_its_name_is_told_where_it_stands(hinode, minato, network, desk, theirs):
    ident = write(hinode, "ひので町の失敗", genre="lesson", files=[FORM])
    here = at(hinode, f"own/{ident}/publish")
    form = {"network_ids": str(network), "nameless": "yes"}
    page = text_of(desk.post(here, form, status=422).text)
    assert "町の名前がわかる言葉" in page
    rewrite(hinode, ident, title="説明会の失敗")
    desk.post(here, form)
    page = theirs.get(at(minato, str(ident)))
    assert "町の名前は非公開" in text_of(page)
    for words in ("ひので", hinode.slug, str(hinode.id), "様式.csv"):
        assert words not in page
    found = theirs.get(at(minato, query="?q=説明会"))
    assert "説明会の失敗" in text_of(found)
    assert "ひので" not in found
    assert hinode.slug not in found


def test_facets_count_and_narrow(hinode, minato, network, theirs):
    publish(hinode, write(hinode, "様式その一"), network)
    publish(hinode, write(hinode, "手引きその二", genre="playbook"), network)
    publish(minato, write(minato, "様式その三"), network)
    page = text_of(theirs.get(at(minato)))
    for words in ("3件", "様式 2", "手引き・進め方 1", "ひので町 2", "みなと町 1"):
        assert words in page
    page = text_of(theirs.get(at(minato, query=f"?genre=form&town={hinode.slug}")))
    assert "1件" in page
    assert "様式その一" in page
    assert "様式その三" not in page
    assert "見つかりませんでした" in text_of(theirs.get(at(minato, query="?q=どこにもない")))


def test_pages_follow_by_key_and_cost_the_same(hinode, minato, network, theirs, count_statements):
    for number in range(23):
        publish(hinode, write(hinode, f"様式{number:02}"), network)
    with count_statements() as seen:
        first = theirs.get(at(minato, query="?q=様式"))
    assert len(seen) <= 9, seen
    assert "様式22" in first
    assert "様式02" not in first
    following = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    with count_statements() as later:
        second = theirs.get(following)
    assert len(later) <= len(seen)
    assert "様式02" in second
    assert "様式22" not in second


@pytest.mark.parametrize("typed", ["様" * 10_000, "%", "＊＊！！", "'; DROP TABLE x;--", "\x00a"])
def test_whatever_is_typed_is_only_looked_for(hinode, network, staff, typed):
    staff.open("GET", at(hinode), 200, query_string={"q": typed, "after": typed, "genre": typed})


def test_versions_say_what_changed(hinode, network, desk):
    ident = write(hinode, body="一つめの文。変わらない文。")
    publish(hinode, ident, network)
    rewrite(hinode, ident, body="二つめの文。変わらない文。")
    assert "掲載し直すまで" in text_of(desk.get(at(hinode, f"own/{ident}")))
    publish(hinode, ident, network, note="言い方を直した。")
    page = desk.get(at(hinode, f"own/{ident}"))
    assert "<ins>二つめの文。</ins>" in page
    assert "<del>一つめの文。</del>" in page
    assert "言い方を直した。" in page
    # Shown to others again without a change: no new version.
    publish(hinode, ident, network, is_public=True)
    assert "第3版" not in desk.get(at(hinode, f"own/{ident}"))


def test_a_file_that_is_taken_off_is_gone_for_all_at_once(hinode, minato, network, desk, theirs):
    ident = publish(hinode, write(hinode, files=[FORM]), network)
    page = theirs.get(at(minato, str(ident)))
    file = page.partition(f"{ident}/files/")[2].partition('"')[0]
    assert "1件" in text_of(theirs.get(at(minato, query="?q=登記の有無")))
    desk.post(at(hinode, f"own/{ident}/files/{file}/remove"))
    theirs.get(at(minato, f"{ident}/files/{file}"), status=404)
    assert "見つかりませんでした" in text_of(theirs.get(at(minato, query="?q=登記の有無")))


def test_what_is_withdrawn_is_gone_at_once(hinode, minato, network, desk, theirs):
    ident = publish(hinode, write(hinode), network)
    theirs.get(at(minato, str(ident)))
    desk.post(at(hinode, f"own/{ident}/withdraw"))
    theirs.get(at(minato, str(ident)), status=404)
    desk.post(at(hinode, f"own/{ident}/withdraw"), status=409)


def test_the_public_reads_what_is_public(hinode, network, desk, visitor):
    kept = publish(hinode, write(hinode, "加盟する町だけ"), network)
    shown = publish(hinode, write(hinode, "みんなに", files=[FORM]), is_public=True)
    page = visitor.get(f"/{hinode.slug}/know-how")
    assert "みんなに" in page
    assert "加盟する町だけ" not in page
    page = visitor.get(f"/{hinode.slug}/know-how/{shown}")
    file = page.partition(f"{shown}/files/")[2].partition('"')[0]
    with visitor.fetch(f"/{hinode.slug}/know-how/{shown}/files/{file}") as sent:
        assert "登記" in sent.text
    visitor.get(f"/{hinode.slug}/know-how/{kept}", status=404)
    assert "公開ページを見る" in desk.get(at(hinode, f"own/{shown}"))


def test_what_others_show_to_everybody_is_found_on_asking(hinode, network, desk):
    stranger = make_town("よその町")
    publish(stranger, write(stranger, "よその様式"), is_public=True)
    assert "見つかりませんでした" in text_of(desk.get(at(hinode, query="?q=よその")))
    assert "よその様式" in text_of(desk.get(at(hinode, query="?q=よその&public=yes")))


def test_another_towns_public_page_does_not_show_it(hinode, minato, visitor):
    shown = publish(hinode, write(hinode), is_public=True)
    visitor.get(f"/{minato.slug}/know-how/{shown}", status=404)


def test_a_project_that_ends_leaves_its_lessons_as_a_draft(hinode, desk):
    project = make_project(hinode)
    for _again in range(2):
        with walking(hinode, project) as walk:
            walk.write_lessons(offered=True)
    with walking(hinode, project) as walk:
        walk.pass_gate(ProjectStage.CONCLUDED, "見本のため")
    with tenant_scope(hinode.id):
        (lesson,) = db.session.scalars(sa.select(KnowHow).where(KnowHow.project_id == project))
    page = text_of(desk.get(at(hinode, f"own/{lesson.id}")))
    assert "から分かったこと" in page
    assert "失敗談・学び" in page
    assert "もとのプロジェクトを見る" in page
    assert "地区の集まりで三回説明した" in page


def test_lessons_that_are_not_offered_stay_with_the_project(hinode):
    project = make_project(hinode)
    with walking(hinode, project) as walk:
        walk.write_lessons(offered=False)
        walk.pass_gate(ProjectStage.CONCLUDED, "見本のため")
    with tenant_scope(hinode.id):
        assert db.session.scalars(sa.select(KnowHow)).all() == []


def test_each_step_stands_in_the_journal(hinode, minato, network):
    ident = publish(hinode, write(hinode, files=[FORM]), network)
    borrow(minato, ident)
    with tenant_scope(hinode.id):
        kinds = db.session.scalars(
            sa.select(JournalEntry.kind).where(JournalEntry.subject_id == ident)
        ).all()
    assert sorted(kinds) == ["FilesAttached", "KnowHowDrafted", "KnowHowPublished"]


def test_empty_pages_say_what_they_are_for(hinode, network, desk):
    assert "まだ掲載されたノウハウはありません" in text_of(desk.get(at(hinode)))
    assert "町のノウハウは、まだありません" in text_of(desk.get(at(hinode, "own/")))
    home = text_of(desk.get(f"/{hinode.slug}/exchange/"))
    assert "ほかの町の様式や手引き" in home


def test_the_note_of_a_new_version_is_looked_through_too(hinode, network, desk):
    ident = write(hinode, body="窓口で渡す順番を間違えた。")
    publish(hinode, ident, network)
    rewrite(hinode, ident, body="窓口で渡す順番を二度間違えた。")
    form = {"network_ids": str(network), "nameless": "yes", "note": "ひので町の住民課で分かった。"}
    page = desk.post(at(hinode, f"own/{ident}/publish"), form, status=422).text
    assert "町の名前がわかる言葉" in page
    seal = page.partition('name="looked_at" value="')[2].partition('"')[0]
    desk.post(at(hinode, f"own/{ident}/publish"), form | {"looked_at": seal})


def test_the_name_of_a_file_is_looked_through_too(hinode, network, desk):
    file = replace(FORM, name="名簿 090-1234-5678.csv")
    ident = write(hinode, files=[file])
    page = desk.post(
        at(hinode, f"own/{ident}/publish"), {"network_ids": str(network)}, status=422
    ).text
    assert "電話番号" in page
