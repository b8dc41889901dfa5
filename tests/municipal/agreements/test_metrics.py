"""What is counted of agreements, held against a small town."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from kyoso.core.access import Role
from kyoso.core.db import db
from kyoso.core.scope import tenant_scope
from kyoso.municipal.agreements import operations
from kyoso.municipal.agreements.metrics import count_agreements
from kyoso.municipal.agreements.queries import get_agreement, list_expiring
from kyoso.municipal.agreements.rules import AgreementStatus, Renewal
from support.agreements import make_agreement, terms
from support.months import jst, numbers
from support.people import Town, actor_of

D = dt.date
SIGNED = {"signed_on": D(2026, 4, 1), "starts_on": D(2026, 4, 1)}


@pytest.fixture
def town(hinode):
    return hinode


def figures(town: Town, *months: int) -> list[tuple[float, float]]:
    """Return for each month how many are in force, and how many of them end soon."""
    found = [numbers(count_agreements, town, month) for month in months]
    return [(one["in_force"], one["expiring"]) for one in found]


def change(town: Town, agreement_id: uuid.UUID, at: dt.datetime, **values: object) -> None:
    actor = actor_of(town, Role.SECRETARIAT)
    with tenant_scope(town.id):
        agreement = get_agreement(actor, agreement_id, lock=True)
        operations.update_agreement(agreement, terms(**values), actor=actor, now=at)
        db.session.commit()


def end(town: Town, agreement_id: uuid.UUID, on: dt.date, at: dt.datetime) -> None:
    actor = actor_of(town, Role.SECRETARIAT)
    with tenant_scope(town.id):
        agreement = get_agreement(actor, agreement_id, lock=True)
        to = AgreementStatus.TERMINATED
        operations.end_agreement(agreement, to, on, "続けられないため", actor=actor, now=at)
        db.session.commit()


def test_a_small_town(town):
    make_agreement(town, title="案", starts_on=D(2026, 4, 1))
    make_agreement(town, **SIGNED)
    # On 30 June the last of September is 92 days away; on 31 July 61.
    make_agreement(town, **SIGNED, ends_on=D(2026, 9, 30))
    # 90 days from 30 September.
    make_agreement(town, **SIGNED, ends_on=D(2026, 12, 29))
    make_agreement(town, signed_on=D(2026, 6, 1), starts_on=D(2026, 10, 31))

    assert figures(town, 3) == [(0, 0)]
    assert figures(town, 6, 7) == [(3, 0), (3, 1)]
    # The last day is a day of the agreement.
    assert figures(town, 8, 9, 10) == [(3, 1), (3, 2), (3, 1)]


def test_what_renews_itself_ends_with_each_term(town):
    renewed = {"renewal": Renewal.AUTOMATIC, "renewal_months": 6}
    make_agreement(town, **SIGNED, ends_on=D(2026, 6, 30), **renewed)

    assert figures(town, 6, 7, 9, 10) == [(1, 1), (1, 0), (1, 0), (1, 1)]


def test_what_was_prolonged_or_ended_later_stood_as_it_stood(town):
    prolonged = make_agreement(town, **SIGNED, ends_on=D(2026, 9, 30))
    ended = make_agreement(town, **SIGNED, ends_on=D(2026, 9, 30))
    before = figures(town, 7, 8)
    assert before == [(2, 2), (2, 2)]

    change(town, prolonged, jst(9, 20), starts_on=D(2026, 4, 1), ends_on=D(2027, 9, 30))
    change(town, prolonged, jst(9, 21), starts_on=D(2026, 4, 1), ends_on=D(2027, 3, 31))
    end(town, ended, D(2026, 9, 10), jst(9, 10))

    assert figures(town, 7, 8) == before
    assert figures(town, 9, 10) == [(1, 0), (1, 0)]


def test_the_number_is_that_of_the_list_of_the_day(town):
    for month in (10, 11, 12):
        make_agreement(town, **SIGNED, ends_on=D(2026, month, 28))
    with tenant_scope(town.id):
        listed = list_expiring(actor_of(town, Role.SECRETARIAT), D(2026, 9, 30))
    assert figures(town, 9) == [(3, len(listed))] == [(3, 3)]


def test_another_towns_agreements_are_not_counted(town, minato):
    make_agreement(minato, **SIGNED, ends_on=D(2026, 12, 1))

    assert figures(town, 10) == [(0, 0)]
    assert figures(minato, 10) == [(1, 1)]
