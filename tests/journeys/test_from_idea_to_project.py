"""The main road: propose → screen → revise → review → adopt → public, as people walk it.

In Japanese and in English, on a wide and on a narrow screen, with and without JavaScript.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from kyoso.core.access import Role
from kyoso.core.i18n import force_locale, gettext
from support.folders import TownFolder, copy_of_tenants
from support.live import Live, check_narrow
from support.members import PASSWORD, Person, make_member
from support.people import Town, make_town

pytestmark = [pytest.mark.browser]

EMAIL = "resident@example.jp"
TITLE = "空き家で開く月に一度の食堂"


class Walk:
    """One person at one screen, in one language."""

    def __init__(self, page: Page, language: str) -> None:
        self.page, self.language = page, language

    def say(self, sentence: str) -> str:
        """Return what the button or the heading is called in the language of this walk."""
        with force_locale(self.language):
            return gettext(sentence)

    def press(self, sentence: str, *, nth: int = 0) -> None:
        self.page.get_by_role("button", name=self.say(sentence), exact=True).nth(nth).click()
        self.looks_right()

    def follow(self, sentence: str) -> None:
        self.page.get_by_role("link", name=self.say(sentence), exact=True).first.click()
        self.looks_right()

    def fill(self, name: str, text: str) -> None:
        self.page.locator(f"#f-{name}").fill(text)

    def sees(self, text: str) -> None:
        expect(self.page.locator("main")).to_contain_text(text)

    def go(self, address: str) -> None:
        self.page.goto(address)
        self.looks_right()

    def looks_right(self) -> None:
        expect(self.page.locator("h1")).to_have_count(1)
        expect(self.page.locator("html")).to_have_attribute("lang", self.language)
        check_narrow(self.page)


@pytest.fixture
def town(live: Live, app, tmp_path: Path) -> Town:
    folder = TownFolder(copy_of_tenants(tmp_path))
    folder.write("org_chart.toml", '[[departments]]\nslug = "seisaku"\nname = "政策課"\n')
    folder.sync()
    read = folder.read()
    return Town(read.tenant_id, read.slug, read.name)


# Every two of language, width and JavaScript meet; all eight would take twice as long.
@pytest.mark.parametrize(
    ("language", "width", "javascript"),
    [("ja", 1280, True), ("ja", 320, False), ("en", 1280, False), ("en", 320, True)],
)
def test_from_an_idea_to_a_numbered_project(live, town, open_page, language, width, javascript):
    secretariat = make_member(town, Role.SECRETARIAT, name="見本 事務（見本）")
    reviewer = make_member(town, Role.STAFF, name="見本 職員（見本）")
    resident = Walk(open_page(width=width, javascript=javascript), language)
    desk = Walk(open_page(width=width, javascript=javascript), language)

    propose(resident, town, live)
    screen_and_ask(desk, resident, secretariat, town, live)
    review(desk, town, secretariat, reviewer, open_page, width, javascript)
    adopt(desk, resident, town, live)


def propose(resident: Walk, town: Town, live: Live) -> None:
    resident.go(f"/{town.slug}/?lang={resident.language}")
    resident.page.locator(".hero").get_by_role("link", name=resident.say("提案する")).click()
    resident.follow("提案をはじめる")
    resident.page.locator("#f-proposer_kind").check()
    resident.press("保存して次へ")
    resident.sees("＊")
    resident.page.locator("#f-proposer_kind").check()
    # As a person types: faster than three seconds is for programs.
    resident.page.locator("#f-proposer_name").press_sequentially("見本 一郎（見本）", delay=300)
    resident.fill("email", EMAIL)
    resident.fill("public_name", "見本の会（見本）")
    resident.press("保存して次へ")
    resident.fill("title", TITLE)
    resident.fill("wish", "空き家を直して、月に一度、みんなで食べる場をつくりたい。")
    resident.fill("ability", "料理人が二人います。")
    resident.press("保存して次へ")
    resident.fill("merit_residents", "一人で食べる人が減ります。")
    resident.press("保存して次へ")
    resident.page.locator("#f-files").set_input_files(
        {"name": "見積.csv", "mimeType": "text/csv", "buffer": "項目,円\n".encode()}
    )
    resident.press("追加する")
    resident.sees("見積.csv")
    resident.follow("確認へ進む")
    resident.sees(TITLE)
    resident.press("提出する")
    resident.sees("＊")
    resident.page.locator("#f-consent").check()
    resident.press("提出する")
    expect(resident.page.locator("h1")).to_have_text(resident.say("提案を受け付けました"))
    assert any(TITLE in mail for mail in live.mails(EMAIL))


def screen_and_ask(desk: Walk, resident: Walk, secretariat: Person, town: Town, live: Live) -> None:
    sign_in(desk, secretariat, town)
    desk.page.locator("main").get_by_role("link", name=TITLE).first.click()
    desk.press("内容の確認を始める")
    desk.follow("修正をお願いする")
    desk.fill("body", "場所の候補を書いてください。")
    desk.press("修正をお願いする")
    desk.sees(desk.say("修正のお願い中"))

    resident.go(live.link_in_mail(EMAIL, "場所の候補"))
    resident.sees("場所の候補を書いてください。")
    resident.follow("内容を直す")
    resident.fill("wish", "駅前の空き家を直して、月に一度、みんなで食べる場をつくりたい。")
    resident.press("保存して次へ")
    resident.press("保存して次へ")
    resident.follow("確認へ進む")
    resident.press("再提出する")
    expect(resident.page.locator("h1")).to_have_text(resident.say("再提出を受け付けました"))


def review(
    desk: Walk, town: Town, secretariat: Person, reviewer: Person, open_page, width, javascript
) -> None:
    desk.go(f"/{town.slug}/desk/")
    desk.page.locator("main").get_by_role("link", name=TITLE).first.click()
    desk.sees("駅前の空き家を直して")
    desk.follow("審査の担当者を選んで、審査を始める")
    for person in (secretariat, reviewer):
        desk.page.get_by_role("checkbox", name=person.name).check()
    desk.press("審査を始める")
    for person in (secretariat, reviewer):
        one = Walk(open_page(width=width, javascript=javascript), desk.language)
        sign_in(one, person, town)
        one.page.locator("main").get_by_role("link", name=TITLE).first.click()
        submit = one.page.get_by_role("button", name=one.say("審査を提出する"))
        expect(submit).to_be_visible()
        form = one.page.locator("form").filter(has=submit)
        for group in form.locator("fieldset").all():
            group.locator("input[type=radio]").first.check()
        one.fill("note", "やってみる価値があります。")
        one.press("審査を提出する")
        one.sees(one.say("提出済み"))


def adopt(desk: Walk, resident: Walk, town: Town, live: Live) -> None:
    desk.go(desk.page.url.partition("#")[0])
    desk.follow("決定を入力する")
    desk.page.locator("#f-outcome").check()
    desk.fill("grounds", "町の空き家対策に合うため。")
    desk.fill("public_summary", "駅前の空き家で、月に一度の食堂を開きます。")
    desk.press("決定を記録して、通知書を確認する")
    desk.sees("町の空き家対策に合うため。")

    # Nobody outside knows yet: not the public, not the proposer, not another town.
    resident.go(f"/{town.slug}/projects")
    expect(resident.page.locator("main")).not_to_contain_text(TITLE)
    resident.go(live.link_in_mail(EMAIL, "場所の候補"))
    expect(resident.page.locator("main")).not_to_contain_text("町の空き家対策に合うため。")

    desk.press("送付して公開する")
    resident.go(live.link_in_mail(EMAIL, "町の空き家対策に合うため。"))
    resident.sees(resident.say("採択"))
    resident.sees("町の空き家対策に合うため。")
    resident.go(f"/{town.slug}/projects")
    resident.page.get_by_role("link", name=TITLE).click()
    resident.sees("No.1")
    resident.sees("見本の会（見本）")

    other = make_town("となりまち")
    make_member(other, Role.ADMIN, email="neighbour@example.jp")
    resident.go(f"/{other.slug}/projects")
    expect(resident.page.locator("main")).not_to_contain_text(TITLE)


def sign_in(walk: Walk, person: Person, town: Town) -> None:
    walk.go(f"/{town.slug}/desk/?lang={walk.language}".replace("/desk/?", "/?"))
    walk.go(f"/{town.slug}/desk/")
    walk.fill("email", person.email)
    walk.fill("password", PASSWORD)
    walk.press("サインインする")
    expect(walk.page.locator("h1")).to_have_text(walk.say("今日やること"))
