"""Every read of projects. Lists return rows of columns, not entities: they are read often."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.search import like_pattern
from kyoso.core.search import wanted as searched
from kyoso.municipal.projects.models import Project as Project
from kyoso.municipal.projects.models import ProjectTactic
from kyoso.municipal.projects.rules import ProjectStage

PER_PAGE, BOARD_LIMIT = 20, 2000

#: The columns themselves: without the mapper between, a statement costs half.
_TABLE = Project.__table__.c

_MINE = _TABLE.tenant_id == sa.bindparam("tenant_id")
_PUBLIC = sa.and_(_TABLE.published_at.is_not(None), _TABLE.unpublished_at.is_(None))


class Shown(enum.StrEnum):
    """Whether a project is on the public pages."""

    PUBLIC = "public"
    HIDDEN = "hidden"


_STAGES, _SHOWN = frozenset(ProjectStage), frozenset(Shown)

#: The orders that a list can be asked for; the key is the word in the address.
ORDERS: Mapping[str, Any] = {
    "number": _TABLE.number,
    "title": _TABLE.title,
    "published": _TABLE.published_at,
    "changed": _TABLE.changed_at,
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


def _columns(*names: str) -> tuple[Any, ...]:
    return tuple(_TABLE[name] for name in names)


_DESK = _columns(
    "id",
    "number",
    "title",
    "proposer_name",
    "stage",
    "recruiting",
    "department_id",
    "decided_on",
    "published_at",
    "unpublished_at",
    "changed_at",
)
_SHEET = (*_DESK, *_columns("summary", "team"))
_CARD = _columns(
    "number",
    "title",
    "summary",
    "proposer_name",
    "stage",
    "recruiting",
    "published_at",
    "changed_at",
)
_PAGE = (
    *_CARD,
    *_columns(
        "content",
        "team",
        "recruiting_text",
        "department_id",
        "decided_on",
        "adopted_with_conditions",
    ),
)

# Written once: to put a statement together costs more than to run it.
_ON_BOARD = (
    # Bare words: to make an enum's member or an id of each costs more than reading the row.
    sa.select(
        *(sa.cast(_TABLE[name], sa.Text).label(name) for name in ("stage", "id", "department_id")),
        *_columns("number", "title", "recruiting", "pilot_ends_on"),
    )
    .where(_MINE)
    .order_by(_TABLE.number.desc())
    .limit(BOARD_LIMIT)
)
_COUNT_BY_STAGE = sa.select(_TABLE.stage, sa.func.count()).where(_MINE).group_by(_TABLE.stage)
_NEWEST = (
    sa.select(*_CARD)
    .where(_MINE, _PUBLIC)
    .order_by(_TABLE.number.desc())
    .limit(sa.bindparam("limit", type_=sa.Integer))
)
_ADDRESSES = (
    sa.select(_TABLE.number, _TABLE.changed_at).where(_MINE, _PUBLIC).order_by(_TABLE.number)
)
_PUBLISHED = sa.select(*_PAGE).where(_MINE, _PUBLIC, _TABLE.number == sa.bindparam("number"))


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


def find_sent(actor: Actor, form_id: uuid.UUID) -> Project | None:
    """Return the project that a form made already; a twin that is being saved is waited for."""
    _wait_for_twin(actor)
    return db.session.scalar(
        sa.select(Project).where(Project.tenant_id == actor.tenant_id, Project.id == form_id)
    )


def list_tactic_ids(actor: Actor, project_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """Return the tactics that a project serves."""
    return [link.tactic_id for link in load_tactics(actor, project_id)]


def load_tactics(actor: Actor, project_id: uuid.UUID) -> Sequence[ProjectTactic]:
    """Return the links of a project to its tactics, to change."""
    return db.session.scalars(
        sa.select(ProjectTactic).where(
            ProjectTactic.tenant_id == actor.tenant_id, ProjectTactic.project_id == project_id
        )
    ).all()


def list_by_tactic(actor: Actor) -> Sequence[Any]:
    """Return which projects serve which tactics: rows of tactic_id and what a card shows."""
    joined = sa.and_(
        _TABLE.tenant_id == ProjectTactic.tenant_id, _TABLE.id == ProjectTactic.project_id
    )
    return db.session.execute(
        sa.select(ProjectTactic.tactic_id, _TABLE.id, *_CARD, _TABLE.unpublished_at)
        .join(Project.__table__, joined)
        .where(ProjectTactic.tenant_id == actor.tenant_id)
        .order_by(_TABLE.number)
    ).all()


def list_pilots(actor: Actor, first: dt.date, last: dt.date) -> Sequence[Any]:
    """Return the projects with a pilot on some of these days: for the calendar."""
    return db.session.execute(
        sa.select(*_columns("id", "number", "title", "pilot_starts_on", "pilot_ends_on"))
        .where(
            _TABLE.tenant_id == actor.tenant_id,
            _TABLE.pilot_ends_on >= first,
            _TABLE.pilot_starts_on <= last,
            _TABLE.stage != ProjectStage.CANCELLED,
        )
        .order_by(_TABLE.pilot_starts_on, _TABLE.number)
    ).all()


def list_board(actor: Actor) -> Sequence[Any]:
    """Return every project as its card shows it; stage and ids are bare words."""
    return db.session.execute(_ON_BOARD, {"tenant_id": actor.tenant_id}).all()


def list_projects(actor: Actor, wanted: ProjectFilter) -> ProjectList:
    """Return one page of the town's projects, public or not."""
    return _page(_DESK, actor, wanted)


def list_for_export(actor: Actor, wanted: ProjectFilter) -> Sequence[Any]:
    """Return all projects that a list would show page by page, with their texts."""
    found, _counted = _statements(_SHEET, *_shape(wanted))
    values = {**_values(actor, wanted), "limit": 20_000, "offset": 0}
    return db.session.execute(found, values).all()


def count_by_stage(actor: Actor) -> dict[ProjectStage, int]:
    """Return how many projects the town has in each stage."""
    rows = db.session.execute(_COUNT_BY_STAGE, {"tenant_id": actor.tenant_id})
    return dict(rows.all())


def list_published(actor: Actor, wanted: ProjectFilter) -> ProjectList:
    """Return one page of what the public may see."""
    return _page(_CARD, actor, replace(wanted, shown=Shown.PUBLIC))


def list_newest(actor: Actor, limit: int) -> Sequence[Any]:
    """Return the newest public projects: for the home page and the feed."""
    values = {"tenant_id": actor.tenant_id, "limit": limit}
    return db.session.execute(_NEWEST, values).all()


def list_addresses(actor: Actor) -> Sequence[Any]:
    """Return the number of every public project and when it changed: for the sitemap."""
    return db.session.execute(_ADDRESSES, {"tenant_id": actor.tenant_id}).all()


def public_titles(actor: Actor) -> dict[uuid.UUID, tuple[int, str]]:
    """Return number and title of every public project by its id: for pages that point at some."""
    rows = db.session.execute(
        sa.select(*_columns("id", "number", "title")).where(
            _TABLE.tenant_id == actor.tenant_id,
            _TABLE.published_at.is_not(None),
            _TABLE.unpublished_at.is_(None),
        )
    )
    return {project_id: (number, title) for project_id, number, title in rows}


def get_published(actor: Actor, number: int) -> Any:
    """Return what the public may see of a project, or NotFound, also for one taken off."""
    values = {"tenant_id": actor.tenant_id, "number": number}
    # Larger numbers do not fit the column: PostgreSQL would raise instead of finding nothing.
    row = db.session.execute(_PUBLISHED, values).one_or_none() if number < 2**31 else None
    if row is None:
        raise NotFound
    return row


def next_number(actor: Actor) -> int:
    """Return the number that the next project of this municipality gets."""
    # Two decisions at once would read the same maximum; the lock lasts until commit.
    _wait_for_twin(actor)
    query = sa.select(sa.func.coalesce(sa.func.max(Project.number), 0) + 1).where(
        Project.tenant_id == actor.tenant_id
    )
    return db.session.scalars(query).one()


def _wait_for_twin(actor: Actor) -> None:
    db.session.execute(
        sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"projects:{actor.tenant_id}")))
    )


def _page(columns: tuple[Any, ...], actor: Actor, wanted: ProjectFilter) -> ProjectList:
    found, counted = _statements(columns, *_shape(wanted))
    values = _values(actor, wanted)
    bounds = {"limit": PER_PAGE, "offset": (wanted.page - 1) * PER_PAGE}
    rows = db.session.execute(found, {**values, **bounds}).all()
    if not rows and wanted.page > 1:
        # Past the end, as after a change of the filter: show the last page there is.
        total = db.session.execute(counted, values).scalar_one()
        return _page(columns, actor, replace(wanted, page=max(1, -(-total // PER_PAGE))))
    return ProjectList(rows, rows[0].total if rows else 0, wanted.page)


def _words(wanted: ProjectFilter) -> tuple[str, ...]:
    return searched(wanted.search).words


def _shape(wanted: ProjectFilter) -> tuple[int, bool, Shown | None, bool, str]:
    """Return what decides how the statement reads; everything else is a value in it."""
    return (
        len(_words(wanted)),
        wanted.stage is not None,
        wanted.shown,
        wanted.recruiting,
        wanted.sort,
    )


def _values(actor: Actor, wanted: ProjectFilter) -> dict[str, Any]:
    values: dict[str, Any] = {"tenant_id": actor.tenant_id}
    values |= {f"word_{n}": like_pattern(word) for n, word in enumerate(_words(wanted))}
    if wanted.stage is not None:
        values["stage"] = wanted.stage
    return values


@lru_cache(maxsize=256)
def _statements(
    columns: tuple[Any, ...],
    words: int,
    in_stage: bool,
    shown: Shown | None,
    recruiting: bool,
    sort: str,
) -> tuple[sa.Select[Any], sa.Select[Any]]:
    """Return the statement for one page of such a list, and the one that counts them all."""
    conditions: list[sa.ColumnElement[bool]] = [_MINE]
    conditions += [_TABLE.search_key.like(sa.bindparam(f"word_{n}")) for n in range(words)]
    if in_stage:
        conditions.append(_TABLE.stage == sa.bindparam("stage"))
    if shown is not None:
        conditions.append(_PUBLIC if shown is Shown.PUBLIC else sa.not_(_PUBLIC))
    if recruiting:
        conditions.append(_TABLE.recruiting.is_(True))
    counted = sa.select(sa.func.count()).select_from(Project.__table__).where(*conditions)
    column = ORDERS[sort.removeprefix("-")]
    order = column.desc() if sort.startswith("-") else column.asc()
    # The count rides along, so that a list is one statement.
    found = (
        sa.select(*columns, counted.scalar_subquery().label("total"))
        .where(*conditions)
        .order_by(order.nulls_last(), _TABLE.number.desc())
        .limit(sa.bindparam("limit", type_=sa.Integer))
        .offset(sa.bindparam("offset", type_=sa.Integer))
    )
    return found, counted
