import dataclasses
import datetime as dt
import itertools

import pytest

from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.municipal.agreements.rules import AgreementKind, AgreementStatus
from kyoso.municipal.engagements import rules
from kyoso.municipal.engagements.rules import ContractKind, EngagementStatus
from kyoso.municipal.talent_programmes.rules import PayUnit, Programmes, TalentProgramme, Terms

D = dt.date
ALLOWED = {
    ("offered", "active"),
    ("offered", "declined"),
    ("offered", "withdrawn"),
    ("active", "ended"),
    ("active", "withdrawn"),
}
BASE = Terms(
    role="アドバイザー",
    programme=None,
    starts_on=D(2026, 4, 1),
    ends_on=D(2027, 3, 31),
    hours_a_month=10,
    pay_unit=PayUnit.NONE,
)


@pytest.mark.parametrize(("now", "to"), list(itertools.product(EngagementStatus, repeat=2)))
def test_only_the_listed_moves_are_allowed(now, to):
    if (now.value, to.value) in ALLOWED:
        rules.check_move(now, to)
    else:
        with pytest.raises(RuleViolation, match=now.label):
            rules.check_move(now, to)


@pytest.mark.parametrize(
    ("changes", "kind", "field"),
    [
        ({}, ContractKind.COMMISSION, None),
        ({"ends_on": D(2026, 4, 1)}, ContractKind.COMMISSION, None),
        ({"ends_on": D(2026, 3, 31)}, ContractKind.COMMISSION, "ends_on"),
        ({"ends_on": D(2031, 3, 31)}, ContractKind.COMMISSION, None),
        ({"ends_on": D(2031, 4, 1)}, ContractKind.COMMISSION, "ends_on"),
        ({}, ContractKind.PRO_BONO, None),
        ({"pay_unit": PayUnit.MONTH, "pay_yen": 1}, ContractKind.PRO_BONO, "pay_unit"),
        ({"pay_yen": 1}, ContractKind.COMMISSION, "pay_yen"),
        ({"pay_unit": PayUnit.MONTH}, ContractKind.COMMISSION, "pay_yen"),
        ({"pay_unit": PayUnit.MONTH, "pay_yen": 1}, ContractKind.EMPLOYMENT, None),
        ({"pay_unit": PayUnit.DAY, "pay_yen": 1}, ContractKind.COMMISSION, "days_a_month"),
        (
            {"pay_unit": PayUnit.DAY, "pay_yen": 1, "days_a_month": 3},
            ContractKind.OUTSOURCING,
            None,
        ),
        ({"days_a_month": 4, "in_town_days": 4}, ContractKind.COMMISSION, None),
        ({"days_a_month": 4, "in_town_days": 5}, ContractKind.COMMISSION, "in_town_days"),
    ],
)
def test_terms_may_not_contradict_themselves(changes, kind, field):
    terms = dataclasses.replace(BASE, **changes)
    if field is None:
        rules.check_terms(terms, kind)
    else:
        with pytest.raises(InvalidInput) as refusal:
            rules.check_terms(terms, kind)
        assert set(refusal.value.errors) == {field}


@dataclasses.dataclass(frozen=True)
class Paper:
    title: str = "委嘱契約"
    kind: AgreementKind = AgreementKind.ENGAGEMENT
    status: AgreementStatus = AgreementStatus.SIGNED
    signed_on: dt.date | None = D(2026, 3, 25)
    starts_on: dt.date | None = D(2026, 4, 1)
    ends_on: dt.date | None = D(2027, 3, 31)
    renewal_months: int | None = None
    ended_on: dt.date | None = None


@pytest.mark.parametrize(
    ("changes", "period", "field"),
    [
        ({}, (D(2026, 4, 1), D(2027, 3, 31)), None),
        ({}, (D(2026, 3, 31), D(2027, 3, 31)), "agreement_id"),
        ({}, (D(2026, 4, 1), D(2027, 4, 1)), "agreement_id"),
        ({"ends_on": None}, (D(2026, 4, 1), D(2029, 4, 1)), None),
        ({"renewal_months": 12}, (D(2026, 4, 1), D(2029, 4, 1)), None),
        (
            {"ended_on": D(2026, 9, 30), "status": AgreementStatus.TERMINATED},
            (D(2026, 4, 1), D(2026, 10, 1)),
            "agreement_id",
        ),
        ({"status": AgreementStatus.DRAFT}, (D(2026, 4, 1), D(2026, 10, 1)), "agreement_id"),
        ({"kind": AgreementKind.PILOT}, (D(2026, 4, 1), D(2026, 10, 1)), "agreement_id"),
    ],
)
def test_the_period_lies_inside_that_of_its_agreement(changes, period, field):
    paper = dataclasses.replace(Paper(), **changes)
    terms = dataclasses.replace(BASE, starts_on=period[0], ends_on=period[1])
    if field is None:
        rules.check_agreement(paper, terms)
    else:
        with pytest.raises(InvalidInput) as refusal:
            rules.check_agreement(paper, terms)
        assert set(refusal.value.errors) == {field}


def test_a_period_outside_its_agreement_is_told_both_ends():
    terms = dataclasses.replace(BASE, ends_on=D(2027, 4, 30))
    with pytest.raises(InvalidInput) as refusal:
        rules.check_agreement(Paper(), terms)
    assert (
        "2026年4月1日（水）から2027年3月31日（水）まで" in refusal.value.errors["agreement_id"][0]
    )


@pytest.mark.parametrize(
    ("status", "starts_on", "refused"),
    [
        (EngagementStatus.OFFERED, D(2026, 1, 1), False),
        (EngagementStatus.ACTIVE, D(2026, 5, 2), False),
        (EngagementStatus.ACTIVE, D(2026, 5, 1), True),
        (EngagementStatus.DECLINED, D(2026, 5, 2), True),
        (EngagementStatus.WITHDRAWN, D(2026, 5, 2), True),
        (EngagementStatus.ENDED, D(2026, 5, 2), True),
    ],
)
def test_what_has_begun_is_not_taken_back(status, starts_on, refused):
    if refused:
        with pytest.raises(RuleViolation):
            rules.check_withdrawable(status, starts_on, D(2026, 5, 1))
    else:
        rules.check_withdrawable(status, starts_on, D(2026, 5, 1))


@pytest.mark.parametrize(
    ("last_day", "refused"),
    [
        (D(2026, 3, 31), True),
        (D(2026, 4, 1), False),
        (D(2027, 3, 30), False),
        (D(2027, 3, 31), True),
        (D(2027, 4, 1), True),
    ],
)
def test_an_early_end_lies_inside_the_period_and_before_its_end(last_day, refused):
    if refused:
        with pytest.raises(InvalidInput):
            rules.check_last_day(last_day, BASE.starts_on, BASE.ends_on)
    else:
        rules.check_last_day(last_day, BASE.starts_on, BASE.ends_on)


@pytest.mark.parametrize(
    ("read", "today", "refused"),
    [
        (2, D(2027, 3, 31), False),
        (1, D(2026, 3, 31), True),
        (3, D(2026, 3, 31), True),
        (2, D(2027, 4, 1), True),
    ],
)
def test_nobody_agrees_to_other_words_or_to_what_is_over(read, today, refused):
    if refused:
        with pytest.raises(RuleViolation):
            rules.check_answerable(BASE.ends_on, 2, read, today)
    else:
        rules.check_answerable(BASE.ends_on, 2, read, today)


@dataclasses.dataclass(frozen=True)
class Row:
    talent_id: int
    programme: str | None
    status: EngagementStatus
    terms: Terms


def test_costs_are_added_up_by_programme_beside_the_cap_of_all_its_people():
    declared = TalentProgramme("p", "見本制度", ("A",), "要綱", "2026", yen_a_year_max=1000)
    paid = dataclasses.replace(BASE, pay_unit=PayUnit.YEAR, pay_yen=600, travel_yen_a_year=120)
    rows = [
        Row(1, "p", EngagementStatus.ACTIVE, paid),
        Row(2, "p", EngagementStatus.OFFERED, paid),
        Row(2, "p", EngagementStatus.ENDED, paid),
        Row(3, None, EngagementStatus.ACTIVE, paid),
        Row(4, "gone", EngagementStatus.ACTIVE, paid),
    ]
    found = rules.costs_of(rows, Programmes({"p": declared, "unused": declared}), 2026)
    assert [(one.key, one.name, one.people, one.cap) for one in found] == [
        ("p", "見本制度", 2, 2000),
        ("gone", "gone", 1, None),
        ("", "", 1, None),
    ]
    assert (found[0].agreed.total, found[0].offered.total) == (1440, 720)
    assert found[0].left == 2000 - 2160


def test_roles_come_in_the_order_of_the_declaration_and_once():
    said = {"roles": {"core_line": ["CDO", "室長"], "members": ["アドバイザー", "CDO"]}}
    assert rules.roles_of(said) == ["CDO", "室長", "アドバイザー"]
    assert rules.roles_of({}) == []


@pytest.mark.parametrize(
    ("starts_on", "today", "renewed", "first"),
    [
        (D(2026, 4, 16), D(2026, 3, 1), None, D(2026, 4, 16)),
        (D(2026, 4, 16), D(2026, 5, 2), None, D(2026, 5, 2)),
        # In the month of the change the hours of before are those of the renewal.
        (D(2026, 4, 16), D(2026, 3, 1), (10, D(2026, 4, 15)), D(2026, 5, 1)),
        (D(2026, 4, 16), D(2026, 3, 1), (11, D(2026, 4, 15)), D(2026, 5, 1)),
        (D(2026, 4, 16), D(2026, 3, 1), (9, D(2026, 4, 15)), D(2026, 4, 16)),
        (D(2026, 4, 16), D(2026, 3, 1), (10, D(2026, 3, 31)), D(2026, 4, 16)),
        (D(2026, 4, 16), D(2026, 3, 1), (10, D(2025, 4, 15)), D(2026, 4, 16)),
    ],
)
def test_from_which_month_on_hours_are_booked(starts_on, today, renewed, first):
    terms = dataclasses.replace(BASE, starts_on=starts_on)
    before = renewed and dataclasses.replace(BASE, hours_a_month=renewed[0], ends_on=renewed[1])
    assert rules.booked_from(terms, today, before) == first
