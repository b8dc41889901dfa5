"""Every read of projects. Lists return rows of columns, not entities: they are read often."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.text import like_pattern, search_key
from kyoso.municipal.projects.models import Project
from kyoso.municipal.projects.rules import ProjectStage

PER_PAGE = 20

PUBLIC = sa.and_(Project.published_at.is_not(None), Project.unpublished_at.is_(None))


class Shown(enum.StrEnum):
    """Whether a project is on the public pages."""

    PUBLIC = "public"
    HIDDEN = "hidden"


_STAGES = frozenset(ProjectStage)
_SHOWN = frozenset(Shown)

#: The orders that a list can be asked for; the key is the word in the address.
ORDERS: Mapping[str, Any] = {
    "number": Project.number,
    "title": Project.title,
    "published": Project.published_at,
    "changed": Project.changed_at,
}


@dataclass(frozen=True, slots=True)
class ProjectFilter:
    """What somebody asked a list for."""

    search: str = ""
    stage: ProjectStage | None = None
    shown: Shown | None = None
    recruiting: bool = False
    #: A key of ORDERS, with ``-`` before it for the reverse.
    sort: str = "-number"
    page: int = 1

    @classmethod
    def of(cls, address: Mapping[str, str]) -> ProjectFilter:
        """Return what an address asks for; what it says wrongly counts as not said."""
        words, sort, page = (
            address.get("q", "")[:100],
            address.get("sort", ""),
            address.get("page", ""),
        )
        stage, shown = address.get("stage", ""), address.get("shown", "")
        return cls(
            search=words.replace("\0", "").strip(),
            stage=ProjectStage(stage) if stage in _STAGES else None,
            shown=Shown(shown) if shown in _SHOWN else None,
            recruiting=address.get("recruiting") == "yes",
            sort=sort if sort.removeprefix("-") in ORDERS else "-number",
            page=max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 7 else 1,
        )

    def address(self, **changes: Any) -> dict[str, str]:
        """Return what to write into an address for this list, or for a changed one."""
        asked = replace(self, **{"page": 1, **changes})
        said = {
            "q": asked.search,
            "stage": asked.stage or "",
            "shown": asked.shown or "",
            "recruiting": "yes" if asked.recruiting else "",
            "sort": asked.sort if asked.sort != "-number" else "",
            "page": str(asked.page) if asked.page > 1 else "",
        }
        return {key: str(value) for key, value in said.items() if value}

    @property
    def narrowed(self) -> bool:
        """Tell whether anything is left out of the list."""
        return bool(self.search or self.stage or self.shown or self.recruiting)


@dataclass(frozen=True, slots=True)
class ProjectList:
    """One page of a list, and how much there is in all."""

    rows: Sequence[Any]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // PER_PAGE))


_DESK_COLUMNS = (
    Project.id,
    Project.number,
    Project.title,
    Project.proposer_name,
    Project.stage,
    Project.recruiting,
    Project.department_id,
    Project.decided_on,
    Project.published_at,
    Project.unpublished_at,
    Project.changed_at,
)
_CARD_COLUMNS = (
    Project.number,
    Project.title,
    Project.summary,
    Project.proposer_name,
    Project.stage,
    Project.recruiting,
    Project.published_at,
    Project.changed_at,
)
_PAGE_COLUMNS = (
    *_CARD_COLUMNS,
    Project.content,
    Project.team,
    Project.recruiting_text,
    Project.department_id,
    Project.decided_on,
    Project.adopted_with_conditions,
)


def get_project(actor: Actor, project_id: uuid.UUID, *, lock: bool = False) -> Project:
    """Return the project, or NotFound: another municipality's looks just like a missing one.

    `lock` holds the row until the transaction ends; take it before changing anything.
    """
    query = sa.select(Project).where(Project.tenant_id == actor.tenant_id, Project.id == project_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    project = db.session.scalar(query)
    if project is None:
        raise NotFound
    return project


def get_by_proposal(actor: Actor, proposal_id: uuid.UUID) -> Project | None:
    """Return the project that a proposal became, to be changed; None if it became none."""
    return db.session.scalar(
        sa.select(Project)
        .where(Project.tenant_id == actor.tenant_id, Project.proposal_id == proposal_id)
        .with_for_update()
    )


def get_by_number(actor: Actor, number: int) -> Project | None:
    """Return the project with a number, to be changed; None if there is none."""
    return db.session.scalar(
        sa.select(Project)
        .where(Project.tenant_id == actor.tenant_id, Project.number == number)
        .with_for_update()
    )


def list_projects(actor: Actor, wanted: ProjectFilter) -> ProjectList:
    """Return one page of the town's projects, public or not."""
    return _page(_DESK_COLUMNS, _conditions(actor, wanted), wanted)


def list_for_export(actor: Actor, wanted: ProjectFilter) -> Sequence[Any]:
    """Return all projects that a list would show page by page, with their texts."""
    columns = (*_DESK_COLUMNS, Project.summary, Project.team)
    query = sa.select(*columns).where(*_conditions(actor, wanted)).order_by(*_order(wanted.sort))
    return db.session.execute(query).all()


def count_by_stage(actor: Actor) -> dict[ProjectStage, int]:
    """Return how many projects the town has in each stage."""
    query = (
        sa.select(Project.stage, sa.func.count())
        .where(Project.tenant_id == actor.tenant_id)
        .group_by(Project.stage)
    )
    return dict(db.session.execute(query).all())


def list_published(actor: Actor, wanted: ProjectFilter) -> ProjectList:
    """Return one page of what the public may see."""
    wanted = replace(wanted, shown=Shown.PUBLIC)
    return _page(_CARD_COLUMNS, _conditions(actor, wanted), wanted)


def list_newest(actor: Actor, limit: int) -> Sequence[Any]:
    """Return the newest public projects: for the home page and the feed."""
    query = (
        sa.select(*_CARD_COLUMNS)
        .where(Project.tenant_id == actor.tenant_id, PUBLIC)
        .order_by(Project.number.desc())
        .limit(limit)
    )
    return db.session.execute(query).all()


def list_addresses(actor: Actor) -> Sequence[tuple[int, dt.datetime]]:
    """Return the number of every public project and when it changed: for the sitemap."""
    query = (
        sa.select(Project.number, Project.changed_at)
        .where(Project.tenant_id == actor.tenant_id, PUBLIC)
        .order_by(Project.number)
    )
    return db.session.execute(query).all()


def get_published(actor: Actor, number: int) -> Any:
    """Return what the public may see of a project, or NotFound, also for one taken off."""
    query = sa.select(*_PAGE_COLUMNS).where(
        Project.tenant_id == actor.tenant_id, Project.number == number, PUBLIC
    )
    # Larger numbers do not fit the column: PostgreSQL would raise instead of finding nothing.
    row = db.session.execute(query).one_or_none() if number < 2**31 else None
    if row is None:
        raise NotFound
    return row


def next_number(actor: Actor) -> int:
    """Return the number that the next project of this municipality gets."""
    # Two decisions at once would read the same maximum; the lock lasts until commit.
    db.session.execute(
        sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"projects:{actor.tenant_id}")))
    )
    query = sa.select(sa.func.coalesce(sa.func.max(Project.number), 0) + 1).where(
        Project.tenant_id == actor.tenant_id
    )
    return db.session.scalars(query).one()


def _conditions(actor: Actor, wanted: ProjectFilter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = [Project.tenant_id == actor.tenant_id]
    conditions += [
        Project.search_key.like(like_pattern(word))
        for word in search_key(wanted.search).split()[:8]
    ]
    if wanted.stage is not None:
        conditions.append(Project.stage == wanted.stage)
    if wanted.shown is not None:
        conditions.append(PUBLIC if wanted.shown is Shown.PUBLIC else sa.not_(PUBLIC))
    if wanted.recruiting:
        conditions.append(Project.recruiting.is_(True))
    return conditions


def _order(sort: str) -> tuple[Any, ...]:
    column = ORDERS[sort.removeprefix("-")]
    first = column.desc().nulls_last() if sort.startswith("-") else column.asc().nulls_last()
    return (first, Project.number.desc())


def _page(columns: Sequence[Any], conditions: Sequence[Any], wanted: ProjectFilter) -> ProjectList:
    # The count rides along, so that a list is one statement.
    counted = sa.select(sa.func.count()).select_from(Project).where(*conditions)
    query = (
        sa.select(*columns, counted.scalar_subquery().label("total"))
        .where(*conditions)
        .order_by(*_order(wanted.sort))
        .limit(PER_PAGE)
        .offset((wanted.page - 1) * PER_PAGE)
    )
    rows = db.session.execute(query).all()
    if not rows and wanted.page > 1:
        # Past the end, as after a change of the filter: show the last page there is.
        total = db.session.scalars(counted).one()
        return _page(columns, conditions, replace(wanted, page=max(1, -(-total // PER_PAGE))))
    return ProjectList(rows, rows[0].total if rows else 0, wanted.page)
