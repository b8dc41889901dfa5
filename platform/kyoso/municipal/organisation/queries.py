"""Who stood where, on any day: every read of the organisation. Never without the town."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from kyoso.core.access import Actor
from kyoso.core.errors import NotFound
from kyoso.identity.members.queries import list_members
from kyoso.municipal.organisation import rules
from kyoso.municipal.organisation.rules import Chart, Place, Roles
from kyoso.municipal.posts.queries import list_engaged, list_engaged_in, list_posts
from kyoso.municipal.workloads.queries import list_promoters
from kyoso.tenancy.queries import (
    DepartmentInfo,
    department_names,
    list_department_periods,
    list_departments,
    load_department_periods,
)


def _places(
    actor: Actor,
    roles: Roles,
    host: uuid.UUID | None,
    department_id: uuid.UUID | None,
    *,
    promoters: bool = True,
) -> list[Place]:
    """Return everybody who ever stood in a unit, or in any.

    `host` is the unit in which the digital promoters of all departments stand together.
    """
    posts = list_posts(actor, department_id)
    if department_id is None:
        found = list_engaged(actor)
    else:
        by_post = [post.engagement_id for post in posts if post.engagement_id]
        found = list_engaged_in(actor, department_id, by_post)
    engaged = {one.id: one for one in found}
    places = [
        place
        for post in posts
        if (place := rules.place_of_post(post, engaged.get(post.engagement_id), roles))  # type: ignore[arg-type]
    ]
    places += [
        rules.place_of_engagement(one, roles)
        for one in engaged.values()
        if department_id in {None, one.department_id}
    ]
    if promoters and (host is None or department_id in {None, host}):
        terms = list_promoters(actor, department_id if host is None else None)
        names = {one.id: one.name for one in list_members(actor)} if terms else {}
        places += [
            rules.place_of_promoter(
                one.id,
                names[one.membership_id],
                (one.starts_on, one.ends_on),
                unit_id=host or one.department_id,
                home_id=one.department_id,
                roles=roles,
            )
            for one in terms
        ]
    return places


def _host(units: Sequence[DepartmentInfo], roles: Roles) -> uuid.UUID | None:
    return next((unit.id for unit in units if unit.slug == roles.department), None)


@dataclass(frozen=True, slots=True)
class UnitChart:
    """A unit on a day, and who stands in it."""

    #: As it was called on the day, or at last if it was not there.
    unit: DepartmentInfo
    there: bool
    parent: DepartmentInfo | None
    children: tuple[DepartmentInfo, ...]
    chart: Chart
    #: The name of every unit, for the homes of those who are here beside other work.
    names: dict[uuid.UUID, str]
    before: dt.date | None
    after: dt.date | None


def chart_of_unit(actor: Actor, department_id: uuid.UUID, day: dt.date, roles: Roles) -> UnitChart:
    """Return a unit as it stood on a day, or NotFound."""
    periods = list_department_periods(actor, department_id)
    if not periods:
        raise NotFound
    units = list_departments(actor, day)
    unit = next((one for one in units if one.id == department_id), periods[0])
    there = any(one.id == department_id for one in units)
    host = _host(units, roles)
    places = _places(actor, roles, host, department_id)
    before, after = rules.neighbours_of(rules.changes_of([*places, *periods]), day)
    declared = roles.core_line if there and host == department_id else ()
    return UnitChart(
        unit=unit,
        there=there,
        parent=next((one for one in units if one.id == unit.parent_id), None) if there else None,
        children=tuple(one for one in units if one.parent_id == department_id),
        chart=rules.chart_of(places if there else (), day, declared_core=declared),
        names=department_names(actor, day),
        before=before,
        after=after,
    )


def list_places(actor: Actor, unit: DepartmentInfo, roles: Roles) -> list[Place]:
    """Return who ever stood in a unit, for its own page, which names its promoter itself."""
    host = unit.id if unit.slug == roles.department else None
    return _places(actor, roles, host, unit.id, promoters=host is not None)


@dataclass(frozen=True, slots=True)
class TownChart:
    """The units of a town on a day, as a tree, and who stands in each."""

    tree: tuple[rules.Node, ...]
    charts: dict[uuid.UUID, Chart]
    before: dt.date | None
    after: dt.date | None


def chart_of_town(actor: Actor, day: dt.date, roles: Roles) -> TownChart:
    """Return all units as they stood on a day, and who stood in each."""
    units, periods = list_departments(actor, day), load_department_periods(actor)
    places = _places(actor, roles, _host(units, roles), None)
    before, after = rules.neighbours_of(rules.changes_of([*places, *periods]), day)
    return TownChart(
        tree=rules.tree_of(units),
        charts={
            unit.id: rules.chart_of([p for p in places if p.unit_id == unit.id], day)
            for unit in units
        },
        before=before,
        after=after,
    )
