"""What is counted of consultations, held against three small towns and two networks."""

from __future__ import annotations

import datetime as dt

import pytest

from kyoso.core.clock import frozen
from kyoso.core.db import db, new_id
from kyoso.core.scope import member_scope, scope
from kyoso.exchange.consultations import operations, queries
from kyoso.exchange.consultations.metrics import count_consultations
from support.consultations import actor_of_writer, answer, ask
from support.months import counted_in, jst
from support.networks import join, leave, make_coordinator, make_network
from support.people import make_town

SECOND = dt.timedelta(seconds=1)
NEW_YEAR = jst(1, 1, 0, 0, year=2027)


@pytest.fixture
def network_id(hinode, minato):
    with frozen(jst(11, 25)):
        return make_network(hinode, minato)


def found(network_id, town, month: int, year: int = 2026) -> tuple:
    figures = counted_in(network_id, count_consultations, town, month, year)
    numbers = figures["asked"].number, figures["answered"].number
    return (*numbers, figures["hours_to_first_answer"].sample)


def ask_at(at: dt.datetime, town, network_id, **how):
    with frozen(at):
        return ask(town, network_id, **how)


def answer_at(at: dt.datetime, town, consultation_id):
    with frozen(at):
        return answer(town, consultation_id)


def test_three_small_towns(hinode, minato, network_id):
    with frozen(jst(11, 25)):
        third = make_town("三つ目の町")
        join(network_id, hinode, third)
        other_id = make_network(minato, hinode, name="もう一つのネットワーク")
    first = ask_at(jst(12, 1, 0, 0), hinode, network_id)
    second = ask_at(jst(12, 2, 0, 0), hinode, network_id)
    ask_at(jst(12, 1, 0, 0) - SECOND, hinode, network_id)
    ask_at(NEW_YEAR, hinode, network_id)
    beside = ask_at(jst(12, 3, 0, 0), hinode, other_id)
    # After a day and a half, and by others later; more of its own is no answer.
    answer_at(jst(12, 1, 6, 0), hinode, first)
    answer_at(jst(12, 2, 12, 0), minato, first)
    answer_at(jst(12, 3, 12, 0), minato, first)
    answer_at(jst(12, 3, 12, 0), third, first)
    answer_at(jst(12, 2, 2, 30), third, second)
    answer_at(jst(12, 3, 4, 0), minato, beside)
    answer_at(jst(1, 5, year=2027), minato, second)

    assert found(network_id, hinode, 12) == (2, 0, ())
    assert found(network_id, minato, 12) == (0, 1, (36,))
    assert found(network_id, third, 12) == (0, 2, (2.5,))
    assert found(network_id, hinode, 11) == (1, 0, ())
    assert found(network_id, hinode, 1, 2027) == (1, 0, ())
    assert found(network_id, minato, 1, 2027) == (0, 1, ())
    assert found(other_id, hinode, 12) == (1, 0, ())
    assert found(other_id, minato, 12) == (0, 1, (4,))


def test_a_question_without_a_name_counts_with_the_towns_that_answer(hinode, minato, network_id):
    quiet = ask_at(jst(12, 1, 0, 0), hinode, network_id, named=False)
    answer_at(jst(12, 1, 1, 0), hinode, quiet)
    answer_at(jst(12, 1, 6, 0), minato, quiet)

    # Who knows that nobody's name is on it would know whose it is from a number of the town.
    assert found(network_id, hinode, 12) == (0, 0, ())
    assert found(network_id, minato, 12) == (0, 1, (6,))


def test_what_is_taken_back_later_was_there_at_the_month_s_end(hinode, minato, network_id):
    first = ask_at(jst(12, 1, 0, 0), hinode, network_id)
    answer_at(jst(12, 1, 6, 0), minato, first)
    second = ask_at(jst(12, 5, 0, 0), hinode, network_id)
    at_once = answer_at(jst(12, 5, 6, 0), minato, second)
    third = ask_at(jst(12, 6, 0, 0), hinode, network_id)
    later = answer_at(jst(12, 6, 8, 0), minato, third)
    for one, given, at in ((second, at_once, jst(12, 5, 7, 0)), (third, later, NEW_YEAR)):
        actor = actor_of_writer(minato)
        with frozen(at), member_scope(minato.id):
            asked = queries.get_consultation(actor, one)
            answered = queries.get_answer(asked.consultation, given)
            operations.withdraw_answer(asked, answered, actor=actor, now=at)
            db.session.commit()
    assert found(network_id, minato, 12) == (0, 2, (6, 8))

    actor = actor_of_writer(hinode)
    with frozen(jst(1, 5, year=2027)), member_scope(hinode.id):
        own = queries.get_own(actor, first)
        operations.withdraw_consultation(own, actor=actor, now=jst(1, 5, year=2027))
        db.session.commit()
    assert found(network_id, hinode, 12) == (3, 0, ())
    assert found(network_id, minato, 12) == (0, 2, (6, 8))

    with frozen(jst(1, 10, year=2027)):
        leave(network_id, hinode)
    assert found(network_id, minato, 12) == (0, 2, (6, 8))


def test_where_a_coordinator_was_first_no_town_was(hinode, minato, network_id):
    with frozen(jst(11, 26)):
        coordinator = make_coordinator(network_id, hinode)
    first = ask_at(jst(12, 1, 0, 0), hinode, network_id)
    with frozen(jst(12, 1, 1, 0)), scope(coordinator.scope):
        one = queries.get_for_coordinators(coordinator.actor, first).consultation
        operations.answer_as_coordinator(
            one,
            "広域でお答えします。",
            answer_id=new_id(),
            actor=coordinator.actor,
            now=jst(12, 1, 1, 0),
        )
        db.session.commit()
    answer_at(jst(12, 1, 6, 0), minato, first)

    assert found(network_id, minato, 12) == (0, 1, ())
