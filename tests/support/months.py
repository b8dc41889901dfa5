"""Counting a town's months, for tests of metrics."""

from __future__ import annotations

import datetime as dt
import uuid

from kyoso.core.access import Actor
from kyoso.core.clock import frozen
from kyoso.core.i18n import JST
from kyoso.core.metrics import Count, CountInNetwork, Figure, Month
from kyoso.core.scope import member_scope, tenant_scope
from support.people import Town


def jst(month: int, day: int, hour: int = 12, minute: int = 0, *, year: int = 2026) -> dt.datetime:
    """Return a moment in Japan."""
    return dt.datetime(year, month, day, hour, minute, tzinfo=JST)


def counted(function: Count, town: Town, month: int, year: int = 2026) -> dict[str, Figure]:
    """Return what a feature counts of a town's month, by the metric's name without the feature's."""
    with tenant_scope(town.id):
        figures = function(Actor.system(town.id, rule="月次の集計"), Month(year, month))
    return {metric.id.partition(".")[2]: figure for metric, figure in figures.items()}


def numbers(function: Count, town: Town, month: int, year: int = 2026) -> dict[str, float]:
    """Return the plain numbers of what `counted` returns."""
    return {name: figure.number for name, figure in counted(function, town, month, year).items()}


def counted_in(
    network_id: uuid.UUID, function: CountInNetwork, town: Town, month: int, year: int = 2026
) -> dict[str, Figure]:
    """Return what a feature counts of a town's month in a network, by the name as above.

    It is counted half a year later: whatever came after the month changes nothing.
    """
    counting = Month(year, month)
    with frozen((counting + 6).begins), member_scope(town.id):
        actor = Actor.system(town.id, rule="月次の集計")
        figures = function(actor, counting, network_id)
    return {metric.id.partition(".")[2]: figure for metric, figure in figures.items()}


def numbers_in(
    network_id: uuid.UUID, function: CountInNetwork, town: Town, month: int, year: int = 2026
) -> dict[str, float]:
    """Return the plain numbers of what `counted_in` returns."""
    found = counted_in(network_id, function, town, month, year)
    return {name: figure.number for name, figure in found.items()}
