import datetime as dt
from pathlib import Path

import pytest

from kyoso.tenancy.declarations import (
    RESERVED_SLUGS,
    DeclarationError,
    first_day,
    last_day,
    overlap,
)
from kyoso.tenancy.folders import overlay, read_all
from kyoso.tenancy.new_folder import write_new
from kyoso.tenancy.sync import tenants_check
from support.folders import TownFolder, copy_of_tenants


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return copy_of_tenants(tmp_path)


@pytest.fixture
def town(root: Path) -> TownFolder:
    return TownFolder(root)


def mistakes(town: TownFolder) -> list[tuple[str, str, str]]:
    """Return (file without the folder's name, key, reason) of every mistake."""
    return [
        (mistake.file.removeprefix(f"{town.path.name}/"), mistake.key, mistake.reason)
        for mistake in tenants_check(town.root)
    ]


def test_tables_merge_and_anything_else_replaces() -> None:
    base = {"a": 1, "t": {"x": 1, "y": [1, 2]}, "kept": True}
    own = {"a": 2, "t": {"y": [3]}}
    assert overlay(base, own) == {"a": 2, "t": {"x": 1, "y": [3]}, "kept": True}
    assert base["t"] == {"x": 1, "y": [1, 2]}


def test_a_month_is_its_first_day_or_its_last() -> None:
    assert first_day("2020-07") == dt.date(2020, 7, 1)
    assert last_day("2022-03") == dt.date(2022, 3, 31)
    assert last_day("2024-02") == dt.date(2024, 2, 29)
    assert first_day("2020-07-15") == last_day("2020-07-15") == dt.date(2020, 7, 15)
    assert first_day(None) is None
    assert last_day(None) is None


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ((None, None), (None, None), True),
        ((None, "2022-03-31"), ("2022-04-01", None), False),
        ((None, "2022-04-01"), ("2022-04-01", None), True),
        (("2020-01-01", "2020-12-31"), ("2021-01-01", "2021-12-31"), False),
        (("2020-01-01", None), (None, "2019-12-31"), False),
    ],
)
def test_two_periods_overlap_when_they_share_a_day(
    one: tuple[str | None, str | None], other: tuple[str | None, str | None], shared: bool
) -> None:
    first = (first_day(one[0]), last_day(one[1]))
    second = (first_day(other[0]), last_day(other[1]))
    assert overlap(first, second) is shared
    assert overlap(second, first) is shared


def test_what_a_town_leaves_out_comes_from_the_defaults(town: TownFolder) -> None:
    town.write("intake_policy.toml", "answer_within_days = 45\n[windows]\nkind = 'monthly'\n")
    declared = town.read()
    assert declared.intake_policy["answer_within_days"] == 45
    assert declared.intake_policy["stance"] == "mixed"
    assert declared.intake_policy["windows"] == {"kind": "monthly"}
    assert declared.theme["key_color"] == "blue-900"
    assert [guideline.effective_from for guideline in declared.guidelines] == [dt.date(2026, 4, 1)]


def test_a_town_with_a_guideline_of_its_own_uses_only_its_own(town: TownFolder) -> None:
    town.write("guidelines/2024-04-01.md", "# 町の要綱\n\n本文\n")
    town.write("guidelines/2025-04-01.md", "# 町の要綱（改正）\n\n本文\n")
    town.write("guidelines/2025-04-01.en.md", "# Our rule\n\nText\n")
    old, new = town.read().guidelines
    assert (old.effective_from, old.title, old.title_en) == (dt.date(2024, 4, 1), "町の要綱", None)
    assert (new.title, new.title_en, new.body_en) == ("町の要綱（改正）", "Our rule", "Text\n")


def test_the_sender_is_named_after_town_and_programme_unless_said(town: TownFolder) -> None:
    assert town.read().sender_name == f"{town.read().name} 官民共創プログラム"
    town.write(
        "profile.toml",
        (town.path / "profile.toml").read_text("utf-8") + "\n[mail]\nsender_name = '事務局'\n",
    )
    assert town.read().sender_name == "事務局"


# Mistakes: a table of (file, its text, the key named, words of the reason)

UNIT = '[[departments]]\nslug = "{}"\nname = "課"\n'
TREE = (
    '[[visions]]\nnumber = 1\ntitle = "像"\n[[visions.strategies]]\nnumber = 1\ntitle = "略"\n'
    "tactics = [{}]\n"
)
MISTAKES = {
    "broken TOML": ("org_chart.toml", "departments = [", "", "TOML として読めません"),
    "an unknown key": ("intake_policy.toml", "stanse = 'open'\n", "stanse", "知らないキー"),
    "a wrong word": (
        "intake_policy.toml",
        "stance = 'wide'\n",
        "stance",
        "open、focused、mixed のどれか",
    ),
    "a word for a number": (
        "intake_policy.toml",
        "answer_within_days = 'soon'\n",
        "answer_within_days",
        "整数",
    ),
    "too small a number": (
        "intake_policy.toml",
        "answer_within_days = 0\n",
        "answer_within_days",
        "1以上",
    ),
    "too large a number": (
        "intake_policy.toml",
        "answer_within_days = 999\n",
        "answer_within_days",
        "365以下",
    ),
    "nothing where something must be": ("intake_policy.toml", "criteria = []\n", "criteria", "空"),
    "the same twice": (
        "intake_policy.toml",
        "proposer_kinds = ['company', 'company']\n",
        "proposer_kinds",
        "二度",
    ),
    "a criterion twice": (
        "intake_policy.toml",
        "criteria = [{key = 'a', label = 'あ'}, {key = 'a', label = 'い'}]\n",
        "criteria[2].key",
        "「a」が二度",
    ),
    "no date where one must be": (
        "intake_policy.toml",
        "[windows]\nkind = 'dated'\n",
        "windows.periods",
        "期間を書いてください",
    ),
    "a window that closes before it opens": (
        "intake_policy.toml",
        "[windows]\nkind = 'dated'\nperiods = [{opens_on = 2026-05-01, closes_on = 2026-04-01}]\n",
        "windows.periods[1].closes_on",
        "始まりより前",
    ),
    "a monthly window that closes before it opens": (
        "intake_policy.toml",
        "[windows]\nkind = 'monthly'\nmonthly = {opens_on_day = 20, closes_on_day = 10}\n",
        "windows.monthly.closes_on_day",
        "前です",
    ),
    "monthly days in a window that is always open": (
        "intake_policy.toml",
        "[windows]\nmonthly = {closes_on_day = 10}\n",
        "windows.monthly",
        "monthly にして",
    ),
    "periods in a window that is always open": (
        "intake_policy.toml",
        "[windows]\nperiods = [{opens_on = 2026-04-01, closes_on = 2026-05-01}]\n",
        "windows.periods",
        "dated にして",
    ),
    "no name": ("org_chart.toml", "[[departments]]\nslug = 'a'\n", "departments[1].name", "必ず"),
    "a slug in capitals": (
        "org_chart.toml",
        UNIT.format("Somu"),
        "departments[1].slug",
        "形に合いません",
    ),
    "a day that is none": (
        "org_chart.toml",
        UNIT.format("a") + "from = '2026-02-30'\n",
        "departments[1].from",
        "「2026-02-30」",
    ),
    "a month that is none": (
        "org_chart.toml",
        UNIT.format("a") + "from = '2026-13'\n",
        "departments[1].from",
        "「2026-13」",
    ),
    "a period reversed": (
        "org_chart.toml",
        UNIT.format("a") + "from = '2022-04'\nuntil = '2022-03'\n",
        "departments[1].until",
        "始まりより前",
    ),
    "two periods of one unit at once": (
        "org_chart.toml",
        UNIT.format("a") + "until = '2022-04'\n" + UNIT.format("a") + "from = '2022-04'\n",
        "departments[2]",
        "1 番目の項目と重なります",
    ),
    "a parent that is not there": (
        "org_chart.toml",
        UNIT.format("a") + "parent = 'b'\n",
        "departments[1].parent",
        "上の組織「b」がありません",
    ),
    "a parent that is its own child": (
        "org_chart.toml",
        UNIT.format("a") + "parent = 'b'\n" + UNIT.format("b") + "parent = 'a'\n",
        "departments",
        "自分に戻ります",
    ),
    "a department that is not there": (
        "strategy.toml",
        TREE.format("{id = '1-1', title = '術', departments = ['nowhere']}"),
        "visions[1].strategies[1].tactics[1].departments[1]",
        "課「nowhere」がありません",
    ),
    "two tactics of one id": (
        "strategy.toml",
        TREE.format(
            "{id = '1-1', title = '術', departments = []},"
            "{id = '1-1', title = '別の術', departments = []}"
        ),
        "visions[1].strategies[1].tactics[2].id",
        "同じ時期に二つ",
    ),
    "a tactic that ends before it begins": (
        "strategy.toml",
        TREE.format(
            "{id = '1-1', title = '術', departments = [], from = '2026-04', until = '2025-04'}"
        ),
        "visions[1].strategies[1].tactics[1].until",
        "より前",
    ),
    "a project twice": (
        "projects.toml",
        "[[projects]]\nnumber = 1\ntitle = 'あ'\nposted = 2021-05-15T19:59:00\nsummary = 'い'\n"
        * 2,
        "projects[2].number",
        "No.1 が二つ",
    ),
    "a project of a tactic that is not there": (
        "projects.toml",
        "[[projects]]\nnumber = 1\ntitle = 'あ'\nposted = 2021-05-15T19:59:00\nsummary = 'い'\n"
        "tactic = '9-9'\n",
        "projects[1].tactic",
        "戦術「9-9」がありません",
    ),
    "a day for a moment": (
        "projects.toml",
        "[[projects]]\nnumber = 1\ntitle = 'あ'\nposted = 2021-05-15\nsummary = 'い'\n",
        "projects[1].posted",
        "「2021-05-15」",
    ),
    "an agreement with a town of no such code": (
        "agreements.toml",
        "[[agreements]]\nkind = 'network'\nparties = ['113612']\n",
        "agreements[1].parties[1]",
        "末尾は「1」です",
    ),
    "an agreement of others": (
        "agreements.toml",
        "[[agreements]]\nkind = 'network'\nparties = ['113611', '325252']\n",
        "agreements[1].parties",
        "自分の団体コード",
    ),
    "a colour that is not on offer": (
        "theme/theme.toml",
        "key_color = 'yellow-300'\n",
        "key_color",
        "「yellow-300」は使えません",
    ),
    "a logo that is not there": (
        "theme/theme.toml",
        "key_color = 'blue-900'\nlogo = 'logo.svg'\nlogo_alt = '町章'\n",
        "logo",
        "theme/logo.svg がありません",
    ),
    "a guideline without a date": ("guidelines/new.md", "# 題\n\n本文\n", "", "施行日"),
    "a guideline on a day that is none": ("guidelines/2026-02-30.md", "# 題\n\n文\n", "", "施行日"),
    "a guideline without a title": (
        "guidelines/2026-04-01.md",
        "本文\n",
        "1行目",
        "「# 題名」で始め",
    ),
    "a guideline in HTML": (
        "guidelines/2026-04-01.md",
        "# 題\n\n<b>本文</b>\n",
        "",
        "HTML は使えません",
    ),
    "a guideline in English only": (
        "guidelines/2026-04-01.en.md",
        "# Title\n\nText\n",
        "",
        "日本語の 2026-04-01.md がありません",
    ),
    "a file nobody knows": ("orgchart.toml", "", "", "知らないファイル"),
    "a program": ("theme/run.toml", "", "", "知らないファイル"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_named_by_file_key_and_reason(case: str, town: TownFolder) -> None:
    file, text, key, reason = MISTAKES[case]
    assert mistakes(town) == []
    town.write(file, text)
    found = mistakes(town)
    assert len(found) == 1, found
    assert found[0][:2] == (file, key)
    assert reason in found[0][2]


PROFILE_MISTAKES = {
    "a wrong check digit": ("code", "code = '074070'", "末尾は「1」です"),
    "a code of no town": ("code", "code = '070009'", "全国の一覧にありません"),
    "another town's name": ("name", "name = '別の町'", "と違います"),
    "another kana": ("name_kana", "name_kana = 'べつのまち'", "と違います"),
    "another prefecture": ("prefecture", "prefecture = '別県'", "と違います"),
    "a slug that the product uses": ("slug", "slug = 'static'", "製品が使う名前"),
    "a slug unlike the folder": ("slug", "slug = 'other'", "のはずです"),
    "a number without its day": ("population.as_of", "population = {value = 3309}", "必ず"),
    "a month that no year has": (
        "budget.request_month",
        "budget = {request_month = 13, request_day = 1}",
        "12",
    ),
    "a host with a path": ("hosts[1]", "hosts = ['example.jp/town']", "ホスト名は"),
}


@pytest.mark.parametrize("case", PROFILE_MISTAKES)
def test_a_mistake_in_the_profile_is_named(case: str, town: TownFolder) -> None:
    key, line, reason = PROFILE_MISTAKES[case]
    assert mistakes(town) == []
    town.set_profile(key.partition(".")[0].partition("[")[0], line)
    assert any(
        found[:2] == ("profile.toml", key) and reason in found[2] for found in mistakes(town)
    ), mistakes(town)


def test_an_owner_that_is_no_department_and_two_owners_at_once_are_named(town: TownFolder) -> None:
    profile = (town.path / "profile.toml").read_text("utf-8")
    owners = "[{department = 'a', until = '2022-04'}, {department = 'b', from = '2022-04'}]"
    town.write("profile.toml", f"{profile}\n[programme]\nowners = {owners}\n")
    town.write("org_chart.toml", UNIT.format("a"))
    assert {(key, reason) for _, key, reason in mistakes(town)} == {
        ("programme.owners[2].department", "org_chart.toml に課「b」がありません。"),
        ("programme.owners[2]", "「所管」の時期が 1 番目の項目と重なります。"),
    }


def test_all_mistakes_are_named_at_once(town: TownFolder) -> None:
    town.write("intake_policy.toml", "stance = 'wide'\nreviewers_needed = 0\nx = 1\n")
    town.write("faq.toml", "questions = 3\n")
    assert {(file, key) for file, key, _ in mistakes(town)} == {
        ("intake_policy.toml", "stance"),
        ("intake_policy.toml", "reviewers_needed"),
        ("intake_policy.toml", "x"),
        ("faq.toml", "questions"),
    }


def test_a_mistake_of_the_defaults_is_named_as_theirs(town: TownFolder) -> None:
    (town.root / "_default/faq.toml").write_text("questions = 3\n", "utf-8")
    assert mistakes(town) == [("_default/faq.toml", "questions", "配列（[ … ]）で書いてください。")]


def test_text_in_another_encoding_is_named(town: TownFolder) -> None:
    (town.path / "org_chart.toml").write_bytes("# 組織\n".encode("cp932"))
    assert mistakes(town) == [("org_chart.toml", "", "文字コードを UTF-8 にしてください。")]


def test_a_logo_that_could_run_is_refused_and_a_plain_one_is_taken(town: TownFolder) -> None:
    town.write("theme/logo.svg", "<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>")
    town.write("theme/theme.toml", "key_color = 'blue-900'\nlogo = 'logo.svg'\n")
    assert "logo_alt も書いてください。" in [reason for _, _, reason in mistakes(town)]
    town.write("theme/theme.toml", "key_color = 'blue-900'\nlogo = 'logo.svg'\nlogo_alt = '町章'\n")
    assert [reason for _, _, reason in mistakes(town)] == [
        "theme/logo.svg にスクリプトが入っています。"
    ]
    town.write("theme/logo.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>" + " " * 65536)
    assert "64 KB まで" in mistakes(town)[0][2]
    town.write("theme/logo.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>")
    assert (town.read().logo or "").startswith("data:image/svg+xml;base64,")


def test_two_towns_may_not_share_a_host(root: Path) -> None:
    one, other = TownFolder(root), TownFolder(root)
    for town in (one, other):
        town.set_profile("hosts", "hosts = ['kyoso.example.jp']")
    found = tenants_check(root)
    assert [(mistake.key, "も使っています" in mistake.reason) for mistake in found] == [
        ("hosts", True)
    ]


def test_a_folder_of_another_name_is_named(root: Path) -> None:
    (root / "hinode").mkdir()
    assert [str(mistake) for mistake in read_all(root)[1]] == [
        "hinode: フォルダー名は「団体コード6桁-英小文字の名前」にしてください。",
        "hinode/profile.toml: このファイルは必ず要ります。",
    ]


def test_a_folder_with_mistakes_gives_no_declaration_and_the_others_are_read(root: Path) -> None:
    good, bad = TownFolder(root), TownFolder(root)
    bad.write("faq.toml", "questions = 3\n")
    declarations, found = read_all(root)
    assert [declaration.folder for declaration in declarations] == [good.path.name]
    assert len(found) == 1


# A new folder


def test_a_new_folder_has_no_mistake(root: Path) -> None:
    path = write_new(root, "074080", "inawashiro")
    assert path.name == "074080-inawashiro"
    assert tenants_check(root) == []
    assert 'name = "猪苗代町"' in (path / "profile.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("code", "slug", "why"),
    [
        ("074081", "inawashiro", "末尾は「0」です"),
        ("070009", "fukushima", "全国の一覧にありません"),
        ("074080", "Inawashiro", "英小文字"),
        ("074080", "../x", "英小文字"),
        ("074080", "sign-in", "製品が使う名前"),
        ("074071", "bandai", "すでにあります"),
        ("074071", "other", "すでにあります"),
        ("074080", "bandai", "すでにあります"),
    ],
)
def test_a_new_folder_that_cannot_be_is_refused_with_the_reason(
    tmp_path: Path, code: str, slug: str, why: str
) -> None:
    root = copy_of_tenants(tmp_path, "074071-bandai")
    before = sorted(root.rglob("*"))
    with pytest.raises(DeclarationError, match=why):
        write_new(root, code, slug)
    assert sorted(root.rglob("*")) == before


def test_the_first_parts_of_our_own_addresses_are_reserved() -> None:
    assert {
        "static",
        "sign-in",
        "networks",
        "me",
        "ops",
        "api",
        "demo",
        "feeds",
        "invitations",
    } <= (RESERVED_SLUGS)
