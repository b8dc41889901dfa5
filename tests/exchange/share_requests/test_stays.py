"""Whom a town lends: only by its administrator, and not another once it is asked about."""

from __future__ import annotations

import uuid

import pytest

from kyoso.core.access import Role
from kyoso.core.clock import now
from kyoso.core.db import new_id
from kyoso.core.errors import Forbidden, InvalidInput
from kyoso.exchange.share_requests import operations, queries
from kyoso.exchange.share_requests.rules import Side
from support.members import Person, make_member
from support.shares import Deal, make_deal, stay_draft


@pytest.fixture
def deal(app) -> Deal:
    return make_deal()


def offered(deal: Deal) -> uuid.UUID:
    """Let the home town's administrator offer themselves, and return the request's id."""
    with deal.as_home() as actor:
        made = operations.draft_stay(
            stay_draft(membership_id=deal.boss.membership_id),
            deal.network_id,
            deal.asker.id,
            Side.HOME,
            request_id=new_id(),
            actor=actor,
            now=now(),
        )
        return made.id


def revise(deal: Deal, request_id: uuid.UUID, who: Person, lent: Person, purpose: str) -> None:
    with deal.as_home():
        one = queries.get_request(who.actor, request_id, lock=True)
        draft = stay_draft(membership_id=lent.membership_id, purpose=purpose)
        operations.revise_request(one, draft, actor=who.actor, now=now())


def test_only_an_administrator_changes_whom_a_town_lends(deal):
    staff = make_member(deal.home, Role.STAFF, name="別野 人（見本）")
    request_id = offered(deal)
    deal.answers(request_id, operations.send_request)
    with pytest.raises(Forbidden):
        revise(deal, request_id, staff, staff, "わたしが行きたい")
    assert deal.row(request_id).person_id == deal.boss.person_id


def test_a_draft_may_name_another_but_what_was_sent_may_not(deal):
    other = make_member(deal.home, Role.STAFF, name="別野 人（見本）")
    request_id = offered(deal)
    revise(deal, request_id, deal.boss, other, "学びたい")
    revise(deal, request_id, deal.boss, deal.boss, "学びたい")
    deal.answers(request_id, operations.send_request)
    with pytest.raises(InvalidInput) as refused:
        revise(deal, request_id, deal.boss, other, "学びたい")
    assert "送った後は" in refused.value.errors["membership_id"][0]
    revise(deal, request_id, deal.boss, deal.boss, "もっと学びたい")
    row = deal.row(request_id)
    assert (row.purpose, row.person_id) == ("もっと学びたい", deal.boss.person_id)
