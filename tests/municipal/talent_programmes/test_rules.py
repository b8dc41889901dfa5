"""What the declared programmes ask, rule by rule, at and beside each limit."""

import dataclasses
import datetime as dt
import tomllib

import pytest

from kyoso.core.config import ROOT
from kyoso.core.errors import InvalidInput
from kyoso.municipal.talent_programmes.rules import (
    Cost,
    Missed,
    PayUnit,
    Programmes,
    Surroundings,
    Terms,
    check_missed,
    cost_in,
    fiscal_years,
    missed_rules,
)

DEFAULT = tomllib.loads((ROOT / "tenants/_default/talent_programmes.toml").read_text("utf-8"))
RULES = Programmes.of({"talent_programmes": DEFAULT})
ALONE = Surroundings()
D = dt.date


def terms(programme: str | None, role: str, **changes: object) -> Terms:
    """Return terms that miss no rule of any programme, but for what is changed."""
    base = Terms(
        role=role,
        programme=programme,
        starts_on=D(2026, 4, 1),
        ends_on=D(2027, 3, 31),
        hours_a_month=20,
        pay_unit=PayUnit.MONTH,
        pay_yen=80_000,
        days_a_month=15,
        in_town_days=15,
        employer="株式会社みほん（見本）",
    )
    return dataclasses.replace(base, **changes)


def missed(programme: str | None, role: str, around: Surroundings = ALONE, **changes: object):
    return [one.key for one in missed_rules(terms(programme, role, **changes), RULES, around)]


SIDE = ("revitalizer-side-job", "地域活性化起業人")
SENT = ("revitalizer-dispatched", "地域活性化起業人")
MANAGER = ("project-manager", "地域プロジェクトマネージャー")


@dataclasses.dataclass(frozen=True)
class Other:
    person_name: str
    starts_on: dt.date
    ends_on: dt.date


@pytest.mark.parametrize(
    ("which", "changes", "keys"),
    [
        (SIDE, {}, []),
        # 副業型: 4 days, 20 hours, 1 day in town.
        (SIDE, {"days_a_month": 4, "in_town_days": 1}, []),
        (SIDE, {"days_a_month": 3, "in_town_days": 1}, ["days_a_month_min"]),
        (SIDE, {"days_a_month": None, "in_town_days": 1}, ["days_a_month_min"]),
        (SIDE, {"hours_a_month": 20}, []),
        (SIDE, {"hours_a_month": 19}, ["hours_a_month_min"]),
        (SIDE, {"in_town_days": 1}, []),
        (SIDE, {"in_town_days": 0}, ["in_town_days_a_month_min"]),
        (SIDE, {"in_town_days": None}, ["in_town_days_a_month_min"]),
        # 100万円 of fee and of travel in a fiscal year.
        (SIDE, {"pay_unit": PayUnit.YEAR, "pay_yen": 1_000_000}, []),
        (SIDE, {"pay_unit": PayUnit.YEAR, "pay_yen": 1_000_001}, ["fee_yen_a_year_max"]),
        (SIDE, {"pay_yen": 83_333}, []),
        (SIDE, {"pay_yen": 83_334}, ["fee_yen_a_year_max"]),
        (SIDE, {"pay_unit": PayUnit.HOUR, "pay_yen": 4_166}, []),
        (SIDE, {"pay_unit": PayUnit.HOUR, "pay_yen": 4_167}, ["fee_yen_a_year_max"]),
        (SIDE, {"pay_unit": PayUnit.DAY, "pay_yen": 5_555}, []),
        (SIDE, {"pay_unit": PayUnit.DAY, "pay_yen": 5_556}, ["fee_yen_a_year_max"]),
        (SIDE, {"pay_unit": PayUnit.NONE, "pay_yen": 0}, []),
        (SIDE, {"travel_yen_a_year": 1_000_000}, []),
        (SIDE, {"travel_yen_a_year": 1_000_001}, ["travel_yen_a_year_max"]),
        (SIDE, {"employer": ""}, ["employer_needed"]),
        # Only the 企業派遣型 has a shortest and a longest time.
        (SIDE, {"ends_on": D(2026, 4, 30)}, []),
        (SENT, {}, []),
        (SENT, {"ends_on": D(2026, 9, 30)}, []),
        (SENT, {"ends_on": D(2026, 9, 29)}, ["months_min"]),
        (SENT, {"ends_on": D(2029, 3, 31)}, []),
        (SENT, {"ends_on": D(2029, 4, 1)}, ["months_max"]),
        (SENT, {"in_town_days": 15}, []),
        (SENT, {"in_town_days": 14}, ["in_town_days_a_month_min"]),
        (SENT, {"employer": ""}, ["employer_needed"]),
        (SENT, {"pay_yen": 466_666}, []),
        (SENT, {"pay_yen": 466_667}, ["yen_a_year_max"]),
        (SENT, {"pay_yen": 400_000, "travel_yen_a_year": 800_000}, []),
        (SENT, {"pay_yen": 400_000, "travel_yen_a_year": 800_001}, ["yen_a_year_max"]),
        # It asks for no hours and no days.
        (SENT, {"hours_a_month": 1, "days_a_month": None}, []),
        (MANAGER, {"employer": ""}, []),
        (MANAGER, {"pay_yen": 541_666}, []),
        (MANAGER, {"pay_yen": 541_667}, ["yen_a_year_max"]),
        # A role that has programmes wants one of them named.
        ((None, "地域活性化起業人"), {}, ["role"]),
        (("project-manager", "地域活性化起業人"), {}, ["role"]),
        ((None, "地域プロジェクトマネージャー"), {}, ["role"]),
        ((None, "アドバイザー"), {"hours_a_month": 1, "employer": ""}, []),
        # Public servants of elsewhere.
        (
            (None, "アドバイザー"),
            {"public_servant": True, "permit_by": "見本市長", "permit_on": D(2026, 3, 1)},
            [],
        ),
        ((None, "アドバイザー"), {"public_servant": True}, ["permit"]),
        ((None, "アドバイザー"), {"public_servant": True, "permit_by": "見本市長"}, ["permit"]),
        (
            (None, "アドバイザー"),
            {"public_servant": True, "permit_on": D(2026, 3, 1)},
            ["permit"],
        ),
        (
            (None, "アドバイザー"),
            {
                "public_servant": True,
                "permit_by": "見本市長",
                "permit_on": D(2026, 3, 1),
                "hours_a_month": 30,
            },
            [],
        ),
        (
            (None, "アドバイザー"),
            {"public_servant": True, "hours_a_month": 31},
            ["permit", "public_servant_hours"],
        ),
        # Several at once are all named.
        (
            SIDE,
            {"employer": "", "days_a_month": 3, "hours_a_month": 19, "in_town_days": 0},
            [
                "employer_needed",
                "days_a_month_min",
                "hours_a_month_min",
                "in_town_days_a_month_min",
            ],
        ),
    ],
)
def test_each_rule_at_its_limit(which, changes, keys):
    assert missed(*which, **changes) == keys


@pytest.mark.parametrize(
    ("others", "keys"),
    [
        ([], []),
        ([Other("甲", D(2026, 1, 1), D(2026, 4, 1))], ["per_municipality"]),
        ([Other("甲", D(2027, 3, 31), D(2028, 3, 31))], ["per_municipality"]),
        ([Other("甲", D(2026, 6, 1), D(2026, 6, 30))], ["per_municipality"]),
    ],
)
def test_there_is_one_project_manager_at_a_time(others, keys):
    assert missed(*MANAGER, Surroundings(others=others)) == keys


def test_two_are_counted_on_the_day_on_which_most_are_there():
    programme = dataclasses.replace(RULES.programmes["project-manager"], per_municipality=2)
    two = Programmes({"project-manager": programme})
    after_another = [
        Other("甲", D(2026, 4, 1), D(2026, 6, 30)),
        Other("乙", D(2026, 7, 1), D(2026, 9, 30)),
    ]
    wanted = terms(*MANAGER)
    assert missed_rules(wanted, two, Surroundings(others=after_another)) == []
    both = [*after_another, Other("丙", D(2026, 9, 1), D(2026, 12, 31))]
    assert [m.key for m in missed_rules(wanted, two, Surroundings(others=both))] == [
        "per_municipality"
    ]


def test_the_one_in_the_way_is_named_with_its_dates():
    other = Other("見本 一郎（見本）", D(2026, 1, 1), D(2026, 12, 31))
    found = missed_rules(terms(*MANAGER), RULES, Surroundings(others=[other]))
    assert (
        "見本 一郎（見本）さん（2026年1月1日（木）から2026年12月31日（木）まで）"
        in found[0].sentence
    )


def test_renewals_count_towards_the_longest_time():
    chain = Surroundings(since=D(2024, 4, 1))
    assert missed(*SENT, chain, ends_on=D(2027, 3, 31)) == []
    assert missed(*SENT, chain, ends_on=D(2027, 4, 1)) == ["months_max"]
    # A short renewal is no short engagement.
    assert missed(*SENT, chain, ends_on=D(2026, 4, 30)) == []


def test_what_the_person_gets_otherwise_counts_towards_the_cap():
    spent = Surroundings(spent={2026: Cost(fee=40_000)})
    assert missed(*SIDE, spent, pay_yen=80_000) == []
    assert missed(*SIDE, spent, pay_yen=80_001) == ["fee_yen_a_year_max"]


def test_a_sentence_names_programme_number_and_source():
    sentence = missed_rules(terms(*SIDE, hours_a_month=15), RULES, ALONE)[0].sentence
    for words in ("地域活性化起業人（副業型）", "20時間以上", "いま15時間", "総務省", "2026年11月"):
        assert words in sentence


def test_a_town_without_a_declaration_asks_for_nothing():
    assert missed_rules(terms(*SIDE, hours_a_month=1), Programmes.of({}), ALONE) == []


@pytest.mark.parametrize(
    ("changes", "year", "cost"),
    [
        ({"pay_unit": PayUnit.NONE, "pay_yen": 0}, 2026, Cost()),
        ({"pay_unit": PayUnit.MONTH, "pay_yen": 10}, 2026, Cost(120)),
        ({"pay_unit": PayUnit.HOUR, "pay_yen": 10}, 2026, Cost(2400)),
        ({"pay_unit": PayUnit.DAY, "pay_yen": 10}, 2026, Cost(1800)),
        ({"pay_unit": PayUnit.DAY, "pay_yen": 10, "days_a_month": None}, 2026, Cost()),
        ({"pay_unit": PayUnit.YEAR, "pay_yen": 1200}, 2026, Cost(1200)),
        ({"pay_unit": PayUnit.YEAR, "pay_yen": 1200, "ends_on": D(2026, 9, 30)}, 2026, Cost(600)),
        ({"pay_unit": PayUnit.NONE, "pay_yen": 0, "travel_yen_a_year": 1000}, 2026, Cost(0, 1000)),
        ({"pay_yen": 10}, 2025, Cost()),
        ({"pay_yen": 10}, 2027, Cost()),
        # A month belongs to the year in which it begins.
        ({"pay_yen": 10, "starts_on": D(2026, 3, 15), "ends_on": D(2026, 5, 14)}, 2025, Cost(10)),
        ({"pay_yen": 10, "starts_on": D(2026, 3, 15), "ends_on": D(2026, 5, 14)}, 2026, Cost(10)),
        ({"pay_yen": 10, "starts_on": D(2026, 3, 15), "ends_on": D(2026, 3, 16)}, 2025, Cost(10)),
        # The 31st does not lose a month on the way.
        ({"pay_yen": 10, "starts_on": D(2026, 5, 31), "ends_on": D(2027, 3, 31)}, 2026, Cost(110)),
    ],
)
def test_what_terms_cost_in_a_fiscal_year(changes, year, cost):
    assert cost_in(terms(None, "アドバイザー", **changes), year) == cost


def test_the_fiscal_years_of_a_period():
    assert list(fiscal_years(terms(None, "", starts_on=D(2026, 3, 31), ends_on=D(2027, 4, 1)))) == [
        2025,
        2026,
        2027,
    ]


def test_a_missed_rule_stands_at_its_field_and_asks_for_a_reason():
    found = [Missed("a", "hours_a_month", "20時間以上です。"), Missed("b", "employer", "所属。")]
    with pytest.raises(InvalidInput) as refusal:
        check_missed(found, "")
    assert refusal.value.errors["hours_a_month"] == ["20時間以上です。"]
    assert "2件" in refusal.value.errors["override_reason"][0]
    check_missed(found, "試行のため")
    check_missed([], "")


def test_the_cap_of_a_person():
    assert RULES.programmes["revitalizer-side-job"].cap == 2_000_000
    assert RULES.programmes["revitalizer-dispatched"].cap == 5_600_000
    assert RULES.programmes["project-manager"].cap == 6_500_000
    assert dataclasses.replace(RULES.programmes["project-manager"], yen_a_year_max=None).cap is None
