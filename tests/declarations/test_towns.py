"""The three towns of the demonstration say what the documents say, and nothing more."""

import datetime as dt
import json
import re
import tomllib
from collections import Counter

import pytest

from kyoso.core.config import ROOT
from kyoso.tenancy.declarations import FILES, Declaration
from kyoso.tenancy.folders import read_declaration
from kyoso.tenancy.sync import tenants_check

TENANTS = ROOT / "tenants"


@pytest.fixture(scope="module")
def bandai() -> Declaration:
    return read_declaration(TENANTS, "074071-bandai")


@pytest.fixture(scope="module")
def yokoze() -> Declaration:
    return read_declaration(TENANTS, "113611-yokoze")


@pytest.fixture(scope="module")
def ama() -> Declaration:
    return read_declaration(TENANTS, "325252-ama")


def test_no_folder_holds_a_mistake() -> None:
    assert [str(mistake) for mistake in tenants_check(TENANTS)] == []


def test_bandai_has_its_figures_with_their_days(bandai: Declaration) -> None:
    profile = bandai.profile
    assert profile["population"] == {"value": 3309, "as_of": "2022-06-30"}
    assert profile["general_staff"] == {"value": 54, "as_of": "2020-04-01"}
    assert profile["area_km2"] == 59.77


def test_bandai_has_all_thirteen_units(bandai: Declaration) -> None:
    units = {unit["slug"]: unit for unit in bandai.org_chart["departments"]}
    assert [unit["name"] for unit in units.values()] == [
        "デジタル変革戦略室",
        "総合計画推進本部",
        "総務課",
        "政策課",
        "町民課",
        "農林課",
        "商工観光課",
        "建設課",
        "会計室",
        "教育課",
        "こども課",
        "文化課",
        "行政委員会・審議会・附属機関等",
    ]
    assert units["dx"]["time_limited"] is True
    assert units["dx"]["from"] == "2020-07"
    # No document says when it ended.
    assert not any("until" in unit for unit in units.values())


def test_bandai_has_its_vision_with_thirty_three_tactics(bandai: Declaration) -> None:
    [vision] = bandai.strategy["visions"]
    assert vision["number"] == 5
    assert vision["reasons"] == ["不確実性", "多様化"]
    assert {s["number"]: len(s["tactics"]) for s in vision["strategies"]} == {13: 2, 14: 2, 15: 29}
    tactics = {t["id"]: t for s in vision["strategies"] for t in s["tactics"]}
    assert Counter(t.get("kind") for t in tactics.values()) == {
        None: 4,
        "own": 17,
        "pilot": 5,
        "cooperation": 7,
    }
    assert Counter(d for t in tactics.values() for d in t["departments"]) == {
        "dx": 2,
        "seisaku": 6,
        "somu": 9,
        "chomin": 2,
        "norin": 2,
        "shoko": 1,
        "kensetsu": 2,
        "kaikei": 2,
        "kyoiku": 2,
        "kodomo": 1,
        "bunka": 3,
        "iinkai": 1,
    }
    assert tactics["15-14"]["target"] == {"value": 100, "unit": "%"}


def test_bandai_has_its_programme_with_owners_over_time(bandai: Declaration) -> None:
    programme = bandai.profile["programme"]
    assert programme["name"] == "ばんだい宝ラボ"
    assert programme["owners"] == [
        {"department": "dx", "until": "2022-03"},
        {"department": "seisaku", "from": "2022-04"},
    ]
    assert programme["counts"] == {"proposals": 7, "adopted": 7, "as_of": "2021-03-28"}
    assert len(programme["site_menu"]) == 7
    assert programme["rule"]["number"] == "令和2年12月8日 訓令第50号"
    assert len(programme["rule"]["features"]) == 5
    assert bandai.intake_policy["proposer_kinds"] == ["individual", "company", "group"]


def test_bandai_has_the_two_documented_projects(bandai: Declaration) -> None:
    assert [(p["number"], p["posted"][:16]) for p in bandai.projects["projects"]] == [
        (7, "2021-05-15T19:59"),
        (6, "2021-05-15T19:36"),
    ]


def test_bandai_has_roles_lessons_and_agreements(bandai: Declaration) -> None:
    assert len(bandai.profile["roles"]["members"]) == 7
    assert len(bandai.profile["lessons"]) == 6
    assert [a.get("signed") for a in bandai.agreements["agreements"]] == [
        None,
        "2022-09-06",
        "2024-01-15",
    ]


def test_the_three_towns_show_the_three_stances(
    bandai: Declaration, yokoze: Declaration, ama: Declaration
) -> None:
    stances = [town.intake_policy["stance"] for town in (bandai, yokoze, ama)]
    assert stances == ["mixed", "open", "focused"]


def test_yokoze_has_its_public_facts(yokoze: Declaration) -> None:
    programme = yokoze.profile["programme"]
    assert (programme["name"], programme["since"]) == ("よこらぼ", "2016-09")
    assert programme["counts"] == {"proposals": 234, "adopted": 141, "as_of": "2023-09-25"}
    assert yokoze.intake_policy["windows"]["kind"] == "monthly"
    assert yokoze.intake_policy["merit_asked_for"] == ["proposer", "residents", "town"]


def test_ama_joined_by_the_agreement_of_three_towns(ama: Declaration) -> None:
    [agreement] = ama.agreements["agreements"]
    assert (agreement["name"], agreement["signed"]) == ("三町未来共創協定", "2024-01-15")
    assert "population" not in ama.profile


def test_every_town_has_a_guideline_in_force_today(
    bandai: Declaration, yokoze: Declaration, ama: Declaration
) -> None:
    today = dt.date(2026, 11, 21)
    for town in (bandai, yokoze, ama):
        assert any(guideline.effective_from <= today for guideline in town.guidelines)
    assert [g.effective_from for g in bandai.guidelines] == [
        dt.date(2020, 12, 8),
        dt.date(2026, 4, 1),
    ]


def test_every_file_that_differs_says_why() -> None:
    files = [path for path in TENANTS.rglob("*.toml") if "_schema" not in path.parts]
    assert len(files) > 15
    assert [path for path in files if not path.read_text("utf-8").startswith("# ")] == []


def test_the_folders_hold_declarations_only() -> None:
    kinds = {path.suffix for path in TENANTS.rglob("*") if path.is_file()}
    assert kinds <= {".toml", ".md", ".json", ".svg", ".png"}


def test_no_telephone_of_a_person_and_no_private_address_is_written_down() -> None:
    private = re.compile(r"0[789]0-?\d{4}-?\d{4}|@(gmail|yahoo|outlook|icloud|docomo|ezweb)\.")
    found = [
        path
        for path in TENANTS.rglob("*")
        if path.suffix in {".toml", ".md"} and private.search(path.read_text("utf-8"))
    ]
    assert found == []


def test_the_default_set_is_complete() -> None:
    for path in (TENANTS / "_schema").glob("*.schema.json"):
        name = path.name.removesuffix(".schema.json")
        declared = tomllib.loads((TENANTS / "_default" / FILES[name]).read_text("utf-8"))
        # Only what no two towns share has no default.
        own = {"code", "slug", "name", "name_kana", "prefecture"} if name == "profile" else set()
        assert set(json.loads(path.read_text("utf-8"))["required"]) - own <= declared.keys()
