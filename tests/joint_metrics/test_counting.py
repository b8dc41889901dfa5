"""All features together: what one town's month costs, and that nothing is counted twice."""

from __future__ import annotations

from collections import Counter

from kyoso.core.access import Actor
from kyoso.core.clock import frozen
from kyoso.core.metrics import METRICS, Month, count_in_network, count_town
from kyoso.core.scope import member_scope
from support.engagements import make_engagement
from support.know_how import borrow, publish, write
from support.months import jst
from support.networks import make_network
from support.people import Town
from support.talents import make_talent

#: Statements for all of a town's month, its part in one network included.
BUDGET = 40
DECEMBER = Month(2026, 12)


def count_month(town: Town, network_id) -> list[str]:
    """Count all of a town's month and return the ids of what was counted, as often as it was."""
    with frozen(jst(1, 5, year=2027)), member_scope(town.id):
        actor = Actor.system(town.id, rule="tests")
        return [*count_town(actor, DECEMBER), *count_in_network(actor, DECEMBER, network_id)]


def test_a_town_s_month_takes_few_statements_however_much_there_is(
    hinode, minato, count_statements
):
    with frozen(jst(11, 25)):
        network_id = make_network(hinode, minato)
    with count_statements() as empty:
        count_month(hinode, network_id)
    with frozen(jst(12, 5)):
        for _ in range(3):
            make_engagement(hinode, make_talent(hinode))
            borrow(hinode, publish(minato, write(minato), network_id))
    with count_statements() as full:
        count_month(hinode, network_id)

    assert len(full) <= BUDGET, "\n".join(full)
    # The names of towns are asked for where anything came from one.
    assert len(full) <= len(empty) + 1


def test_every_metric_is_counted_once_and_says_how(hinode, minato):
    with frozen(jst(11, 25)):
        network_id = make_network(hinode, minato)
    often = Counter(count_month(hinode, network_id))

    # For a town that does not say how many live there, nothing is divided by them.
    assert set(METRICS) - set(often) == {"running_costs.per_resident"}
    assert set(often) <= set(METRICS)
    assert set(often.values()) == {1}
    for key, metric in METRICS.items():
        assert metric.id == key
        assert str(metric.formula).endswith("。"), key
