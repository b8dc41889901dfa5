"""What is counted of share requests, held against two small towns and two networks."""

from __future__ import annotations

import datetime as dt

import pytest

from kyoso.core.clock import frozen
from kyoso.exchange.share_requests import operations as requests
from kyoso.exchange.share_requests.metrics import count_requests
from kyoso.exchange.share_requests.operations import Names
from support.months import counted_in, jst
from support.networks import leave, make_network
from support.shares import ask_for_stay, make_deal

SECOND = dt.timedelta(seconds=1)
NEW_YEAR = jst(1, 1, 0, 0, year=2027)


@pytest.fixture
def deal(app):
    with frozen(jst(11, 25)):
        return make_deal()


def found(deal, town, month: int, year: int = 2026, network_id=None) -> tuple:
    figures = counted_in(network_id or deal.network_id, count_requests, town, month, year)
    return figures["sent"].number, figures["days_to_answer"].sample


def send(deal, at: dt.datetime, **said):
    with frozen(at):
        return deal.sent(**({"hours_a_month": 1} | said))


def answer(deal, at: dt.datetime, request_id, step, *given) -> None:
    with frozen(at):
        deal.answers(request_id, step, *given)


def test_two_small_towns(deal):
    with frozen(jst(11, 25)):
        other_id = make_network(deal.home, deal.asker, name="もう一つのネットワーク")
        deal.drafted(hours_a_month=1)
    before = send(deal, jst(12, 1, 0, 0) - SECOND)
    first, second, third = (send(deal, jst(12, 1, 0, 0)) for _ in range(3))
    send(deal, NEW_YEAR)
    # Two days and a half; ten days; a month; the first answer counts, also if it is taken back.
    answer(deal, jst(12, 3, 12, 0), first, requests.approve_request, 1, Names())
    answer(deal, jst(12, 20), first, requests.decline_request, "事情が変わりました。")
    answer(deal, jst(12, 11, 0, 0), second, requests.decline_request, "手がいっぱいです。")
    answer(deal, NEW_YEAR, third, requests.decline_request, "手がいっぱいです。")
    answer(deal, jst(12, 2, 0, 0) - SECOND, before, requests.decline_request, "いまは難しい。")

    assert found(deal, deal.asker, 12) == (3, ())
    assert found(deal, deal.asker, 11) == (1, ())
    assert found(deal, deal.asker, 1, 2027) == (1, ())
    # Who was asked, answers: the joint numbers have each request and each answer once.
    assert found(deal, deal.home, 12) == (0, (1, 2.5, 10))
    assert found(deal, deal.home, 1, 2027) == (0, (31,))
    assert found(deal, deal.home, 12, network_id=other_id) == (0, ())
    assert found(deal, deal.asker, 12, network_id=other_id) == (0, ())


def test_what_comes_to_nothing_afterwards_was_sent_all_the_same(deal):
    with frozen(jst(12, 1)):
        stay = ask_for_stay(deal)
        deal.asks(stay, requests.send_request)
    sent = send(deal, jst(12, 2))
    with frozen(jst(12, 5)):
        deal.asks(stay, requests.withdraw_request, "日程が合わないため")
    with frozen(jst(1, 5, year=2027)):
        leave(deal.network_id, deal.home)

    assert found(deal, deal.asker, 12) == (2, ())
    assert found(deal, deal.home, 12) == (0, ())
    assert found(deal, deal.asker, 1, 2027) == (0, ())
    assert deal.row(sent).ended_at is not None


def test_what_waits_for_an_answer_at_the_months_end(deal):
    before = send(deal, jst(12, 1, 0, 0) - SECOND)
    first, second = (send(deal, jst(12, 1, 0, 0)) for _ in range(2))
    with frozen(jst(12, 5)):
        stay = ask_for_stay(deal)
        deal.asks(stay, requests.send_request)
    answer(deal, jst(12, 2), before, requests.decline_request, "いまは難しい。")
    answer(deal, jst(12, 3), first, requests.approve_request, 1, Names())
    with frozen(jst(12, 6)):
        deal.asks(stay, requests.withdraw_request, "日程が合わないため")
    answer(deal, NEW_YEAR, second, requests.decline_request, "手がいっぱいです。")

    def waiting(town, month: int, year: int = 2026) -> float:
        figures = counted_in(deal.network_id, count_requests, town, month, year)
        return figures["unanswered"].number

    # Counted again later, the same: what was answered or withdrawn since waited all the same.
    assert [waiting(deal.home, 11), waiting(deal.home, 12), waiting(deal.home, 1, 2027)] == [
        1,
        1,
        0,
    ]
    assert waiting(deal.asker, 12) == 0
