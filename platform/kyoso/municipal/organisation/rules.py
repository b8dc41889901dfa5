"""Who stands where in a unit on a day. Pure: no database, no clock."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kyoso.core.i18n import gettext as _
from kyoso.municipal.posts.rules import Engaged, Line, Mark

ONE_DAY = dt.timedelta(days=1)
#: What the towns that declare it call the role of a digital promoter (workloads).
PROMOTER = "デジタル活用推進委員"
#: Behind everything that has a place of its own.
_LAST = 10_000


class Origin(enum.StrEnum):
    """From what it is known that somebody stands there."""

    POST = "post"
    ENGAGEMENT = "engagement"
    PROMOTER = "promoter"


@dataclass(frozen=True, slots=True)
class Roles:
    """The roles that a town declares (profile.toml), and the unit whose they are."""

    core_line: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    #: Slug of the unit, if the town names one.
    department: str = ""

    @classmethod
    def of(cls, declaration: Mapping[str, Any]) -> Roles:
        """Return what a town's declaration says."""
        said = declaration.get("roles", {})
        return cls(
            tuple(said.get("core_line", ())),
            tuple(said.get("members", ())),
            str(said.get("department", "")),
        )

    def line_of(self, role: str) -> Line:
        """Return where somebody with a role stands, if nobody says otherwise."""
        return Line.CORE if role in self.core_line else Line.MEMBER

    def position_of(self, line: Line, title: str) -> int:
        """Return the place that the declaration gives a title: tens, so that others fit between."""
        order = self.core_line if line is Line.CORE else self.members
        return (order.index(title) + 1) * 10 if title in order else _LAST


@dataclass(frozen=True, slots=True)
class Place:
    """Somebody who stands in a unit for a time."""

    origin: Origin
    #: Of the post, the engagement or the promoter's term.
    source_id: uuid.UUID
    unit_id: uuid.UUID
    line: Line
    title: str
    position: int
    name: str
    marks: tuple[Mark, ...]
    starts_on: dt.date
    ends_on: dt.date | None
    #: Where somebody belongs who stands here beside other work.
    home_id: uuid.UUID | None = None
    engagement_id: uuid.UUID | None = None
    #: What they are called beside the title.
    also: str = ""
    hours_a_month: int | None = None

    def holds_on(self, day: dt.date) -> bool:
        """Tell whether they stand there on a day."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


def place_of_post(post: Any, engaged: Engaged | None, roles: Roles) -> Place | None:
    """Return where a post puts its holder; nowhere if it rests on an engagement that is not there.

    Such a post lasts no longer than the engagement.
    """
    if post.engagement_id is not None and engaged is None:
        return None
    starts_on, ends_on = post.starts_on, post.ends_on
    if engaged is not None:
        starts_on = max(starts_on, engaged.starts_on)
        ends_on = min(ends_on or engaged.ends_on, engaged.ends_on)
        if ends_on < starts_on:
            return None
        marks = engaged.marks
    else:
        marks = tuple(
            mark
            for mark, said in ((Mark.PART_TIME, post.part_time), (Mark.ONLINE, post.online))
            if said
        )
    if post.concurrent:
        marks = (*marks[:1], Mark.CONCURRENT, *marks[1:]) if engaged else (Mark.CONCURRENT, *marks)
    declared = roles.position_of(post.line, post.title)
    return Place(
        Origin.POST,
        post.id,
        post.department_id,
        post.line,
        post.title,
        declared if post.position is None else post.position,
        post.holder_name,
        marks,
        starts_on,
        ends_on,
        home_id=post.home_department_id,
        engagement_id=post.engagement_id,
        hours_a_month=engaged.hours_a_month if engaged else None,
    )


def place_of_engagement(engaged: Engaged, roles: Roles) -> Place:
    """Return where somebody from outside stands by the engagement alone."""
    line = roles.line_of(engaged.role)
    return Place(
        Origin.ENGAGEMENT,
        engaged.id,
        engaged.department_id,
        line,
        engaged.role,
        roles.position_of(line, engaged.role),
        engaged.person_name,
        engaged.marks,
        engaged.starts_on,
        engaged.ends_on,
        engagement_id=engaged.id,
        also=engaged.title if engaged.title != engaged.role else "",
        hours_a_month=engaged.hours_a_month,
    )


def place_of_promoter(
    promoter_id: uuid.UUID,
    name: str,
    period: tuple[dt.date, dt.date | None],
    *,
    unit_id: uuid.UUID,
    home_id: uuid.UUID,
    roles: Roles,
) -> Place:
    """Return where a department's digital promoter stands: beside the work of their own."""
    return Place(
        Origin.PROMOTER,
        promoter_id,
        unit_id,
        Line.MEMBER,
        _("デジタル活用推進委員"),
        roles.position_of(Line.MEMBER, PROMOTER),
        name,
        (Mark.CONCURRENT,),
        *period,
        home_id=home_id if home_id != unit_id else None,
    )


@dataclass(frozen=True, slots=True)
class Group:
    """Everybody who has one title; nobody where the town declares a title that is vacant."""

    title: str
    people: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Who stands in a unit on a day: the core line from the top, then the members."""

    core: tuple[Group, ...]
    members: tuple[Group, ...]

    @property
    def people(self) -> list[Place]:
        """Everybody, in the chart's order."""
        return [place for group in (*self.core, *self.members) for place in group.people]

    def count(self, mark: Mark) -> int:
        """Return how many carry a mark."""
        return sum(mark in place.marks for place in self.people)


def chart_of(places: Iterable[Place], day: dt.date, *, declared_core: Sequence[str] = ()) -> Chart:
    """Return who of some places of one unit stands where on a day.

    An engagement gives way to a post that rests on it. `declared_core` names the titles of the
    core line that are shown also when nobody holds them.
    """
    there = [place for place in places if place.holds_on(day)]
    by_post = {place.engagement_id for place in there if place.origin is Origin.POST}
    there = [
        place
        for place in there
        if place.origin is not Origin.ENGAGEMENT or place.engagement_id not in by_post
    ]
    return Chart(
        _groups([place for place in there if place.line is Line.CORE], declared_core),
        _groups([place for place in there if place.line is Line.MEMBER], ()),
    )


def _groups(places: Sequence[Place], declared: Sequence[str]) -> tuple[Group, ...]:
    by_title: dict[str, list[Place]] = {title: [] for title in declared}
    for place in places:
        by_title.setdefault(place.title, []).append(place)
    rank = {title: ((order + 1) * 10, "") for order, title in enumerate(declared)}
    for title, people in by_title.items():
        people.sort(key=lambda p: (p.position, p.starts_on, p.name, str(p.source_id)))
        if people:
            # Of two with one place, the one that was written first: ids sort by time.
            rank[title] = (people[0].position, min(str(p.source_id) for p in people))
    return tuple(
        Group(title, tuple(by_title[title]))
        for title in sorted(by_title, key=lambda title: rank[title])
    )


def changes_of(periods: Iterable[Any]) -> list[dt.date]:
    """Return the days on which something is not as it was the day before, in order."""
    days: set[dt.date] = set()
    for period in periods:
        if period.starts_on is not None:
            days.add(period.starts_on)
        if period.ends_on is not None and period.ends_on < dt.date.max:
            days.add(period.ends_on + ONE_DAY)
    return sorted(days)


def neighbours_of(
    changes: Sequence[dt.date], day: dt.date
) -> tuple[dt.date | None, dt.date | None]:
    """Return the days to look at before and after one.

    Before: the last day on which it was different from now; after: the next change.
    """
    began = max((change for change in changes if change <= day), default=None)
    later = min((change for change in changes if change > day), default=None)
    return (None if began is None else began - ONE_DAY), later


@dataclass(frozen=True, slots=True)
class Node:
    """A unit and those below it."""

    unit: Any
    below: tuple[Node, ...]


def tree_of(units: Sequence[Any]) -> tuple[Node, ...]:
    """Return units as a tree, in their order; one whose parent is not there stands on top."""
    ids = {unit.id for unit in units}

    def below(parent_id: uuid.UUID | None) -> tuple[Node, ...]:
        return tuple(
            Node(unit, below(unit.id))
            for unit in units
            if (unit.parent_id if unit.parent_id in ids else None) == parent_id
        )

    return below(None)
