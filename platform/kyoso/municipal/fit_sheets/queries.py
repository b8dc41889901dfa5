"""Every read of fit sheets. A caller passes the actor; a query never guesses the tenant."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.i18n import gettext as _
from kyoso.municipal.fit_sheets.models import FitItem as FitItem
from kyoso.municipal.fit_sheets.models import FitSheet as FitSheet
from kyoso.municipal.fit_sheets.models import FitSheetAim, FitSheetVersion
from kyoso.municipal.fit_sheets.rules import (
    AIM,
    ITEM_FIELDS,
    SHEET_FIELDS,
    STATE_FIELDS,
    Group,
    ItemState,
    Side,
    content_of,
    differences,
    is_writable,
    key_of,
    parts_of,
)
from kyoso.municipal.proposals.queries import Proposal, get_received
from kyoso.municipal.proposals.rules import ProposalStatus
from kyoso.municipal.strategy.queries import strategy_tree

_OVER = frozenset({"concluded", "cancelled"})


@dataclass(frozen=True, slots=True)
class ProjectOf:
    """The project that a sheet is of, or that its proposal became."""

    id: uuid.UUID
    number: int
    title: str
    summary: str
    stage: str
    proposal_id: uuid.UUID | None
    department_id: uuid.UUID | None


# By name only, as the foreign key: projects stand above this feature.
_PROJECTS = sa.table(
    "projects", sa.column("tenant_id"), *map(sa.column, ProjectOf.__slots__), schema="municipal"
)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a sheet is about: a proposal, the project it became, or a project of the town's own."""

    tenant_id: uuid.UUID
    proposal: Proposal | None
    project: ProjectOf | None

    @property
    def id(self) -> uuid.UUID:
        """The proposal if there is one, else the project: what the sheet is kept by."""
        found = self.proposal or self.project
        assert found is not None  # made by the functions below only
        return found.id

    @property
    def title(self) -> str:
        """What people call it."""
        found = self.project or self.proposal
        return found.title if found else ""

    @property
    def status(self) -> ProposalStatus | None:
        """Where the proposal stands; None for a project of the town's own."""
        return self.proposal.status if self.proposal else None

    @property
    def ended(self) -> bool:
        """Tell whether the project is over."""
        return self.project is not None and self.project.stage in _OVER

    @property
    def department_id(self) -> uuid.UUID | None:
        """The department in charge, once there is one."""
        return self.project.department_id if self.project else None

    @property
    def writable(self) -> bool:
        """Tell whether its sheet may be written in now."""
        return is_writable(self.status, ended=self.ended)


def subject_of_proposal(actor: Actor, proposal_id: uuid.UUID) -> Subject:
    """Return a proposal with the project that it became, or NotFound."""
    proposal = get_received(actor, proposal_id)
    return Subject(
        actor.tenant_id, proposal, _project(actor, _PROJECTS.c.proposal_id == proposal_id)
    )


def subject_of_project(actor: Actor, project_id: uuid.UUID) -> Subject:
    """Return a project with the proposal that it comes from, or NotFound."""
    project = _project(actor, _PROJECTS.c.id == project_id)
    if project is None:
        raise NotFound
    proposal = get_received(actor, project.proposal_id) if project.proposal_id else None
    return Subject(actor.tenant_id, proposal, project)


def subject_of(actor: Actor, sheet: FitSheet) -> Subject:
    """Return what a sheet is about."""
    if sheet.proposal_id is not None:
        return subject_of_proposal(actor, sheet.proposal_id)
    return subject_of_project(actor, sheet.subject_id)


def _project(actor: Actor, condition: sa.ColumnElement[bool]) -> ProjectOf | None:
    columns = [_PROJECTS.c[name] for name in ProjectOf.__slots__]
    query = sa.select(*columns).where(_PROJECTS.c.tenant_id == actor.tenant_id, condition)
    row = db.session.execute(query).one_or_none()
    return ProjectOf(*row) if row else None


def get_sheet(actor: Actor, sheet_id: uuid.UUID, *, lock: bool = False) -> FitSheet:
    """Return a sheet, or NotFound: another municipality's looks just like a missing one.

    `lock` holds the row until the transaction ends: two people who save wait for each other.
    """
    return _one(FitSheet.id == sheet_id, actor, lock) or _missing()


def find_sheet(actor: Actor, subject: Subject, *, lock: bool = False) -> FitSheet | None:
    """Return the sheet of a proposal or project, if somebody has begun one."""
    key = FitSheet.proposal_id if subject.proposal else FitSheet.project_id
    return _one(key == subject.id, actor, lock)


def find_for_proposal(
    actor: Actor, proposal_id: uuid.UUID, *, lock: bool = False
) -> FitSheet | None:
    """Return the sheet of a proposal, if somebody has begun one."""
    return _one(FitSheet.proposal_id == proposal_id, actor, lock)


def _one(condition: sa.ColumnElement[bool], actor: Actor, lock: bool) -> FitSheet | None:
    query = sa.select(FitSheet).where(FitSheet.tenant_id == actor.tenant_id, condition)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return db.session.scalar(query)


def _missing() -> Any:
    raise NotFound


def hold_start(subject: Subject) -> None:
    """Let two who begin the same sheet at once wait for each other."""
    key = f"fit_sheets:{subject.id}"
    db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(key))))


def list_items(actor: Actor, sheet_id: uuid.UUID) -> Sequence[FitItem]:
    """Return the items of a sheet, in order."""
    return db.session.scalars(
        sa.select(FitItem)
        .where(FitItem.tenant_id == actor.tenant_id, FitItem.sheet_id == sheet_id)
        .order_by(FitItem.position, FitItem.id)
        .execution_options(populate_existing=True)
    ).all()


def get_item(actor: Actor, sheet: FitSheet, item_id: uuid.UUID) -> FitItem:
    """Return one item of a sheet, or NotFound; lock the sheet before changing it."""
    item = db.session.scalar(
        sa.select(FitItem)
        .where(
            FitItem.tenant_id == actor.tenant_id,
            FitItem.sheet_id == sheet.id,
            FitItem.id == item_id,
        )
        .execution_options(populate_existing=True)
    )
    return item or _missing()


def taken_ids(actor: Actor, item_ids: Sequence[uuid.UUID]) -> Sequence[uuid.UUID]:
    """Return which of these ids are items already, of whatever sheet."""
    return db.session.scalars(
        sa.select(FitItem.id).where(FitItem.tenant_id == actor.tenant_id, FitItem.id.in_(item_ids))
    ).all()


def count_states(items: Sequence[FitItem]) -> dict[ItemState, int]:
    """Return how many items there are in each state."""
    counted = Counter(item.state for item in items)
    return {state: counted[state] for state in ItemState}


def open_items(
    actor: Actor, proposal_id: uuid.UUID | None = None, project_id: uuid.UUID | None = None
) -> int | None:
    """Return how many items are still open; None if there is no sheet. For gates.

    A project's sheet is its own, or that of the proposal it comes from.
    """
    return db.session.scalar(sa.select(select_open(actor, proposal_id, project_id)))


def select_open(
    actor: Actor, proposal_id: uuid.UUID | None = None, project_id: uuid.UUID | None = None
) -> sa.ScalarSelect[int]:
    """Return open_items() as a part of somebody else's statement."""
    wanted = [FitSheet.proposal_id == proposal_id] if proposal_id else []
    if project_id:
        came_from = sa.select(_PROJECTS.c.proposal_id).where(
            _PROJECTS.c.tenant_id == actor.tenant_id, _PROJECTS.c.id == project_id
        )
        wanted += [
            FitSheet.project_id == project_id,
            FitSheet.proposal_id == came_from.scalar_subquery(),
        ]
    return (
        sa.select(sa.func.count(FitItem.id).filter(FitItem.state == ItemState.OPEN))
        .select_from(FitSheet)
        .outerjoin(
            FitItem,
            sa.and_(FitItem.tenant_id == FitSheet.tenant_id, FitItem.sheet_id == FitSheet.id),
        )
        .where(FitSheet.tenant_id == actor.tenant_id, sa.or_(sa.false(), *wanted))
        .group_by(FitSheet.id)
        .limit(1)
        .scalar_subquery()
    )


@dataclass(frozen=True, slots=True)
class Aim:
    """Something of the town's strategy that can be chosen."""

    id: uuid.UUID
    #: Which column of FitSheetAim points at it.
    column: str
    label: str


def list_aims(actor: Actor) -> list[Aim]:
    """Return the town's visions, strategies and tactics of today: for choosing."""
    aims = []
    for vision in strategy_tree(actor):
        aims.append(Aim(vision.id, "vision_id", _("将来像：%(title)s", title=vision.title)))
        for strategy in vision.strategies:
            label = _("戦略%(n)s：%(title)s", n=strategy.number, title=strategy.title)
            aims.append(Aim(strategy.id, "strategy_id", label))
            for tactic in strategy.tactics:
                words = _("戦術%(code)s：%(title)s", code=tactic.code, title=tactic.title)
                aims.append(Aim(tactic.id, "tactic_id", words))
    return aims


def list_chosen(actor: Actor, sheet_id: uuid.UUID) -> Sequence[FitSheetAim]:
    """Return what of the town's strategy the sheet serves, also what was dropped."""
    return db.session.scalars(
        sa.select(FitSheetAim)
        .where(FitSheetAim.tenant_id == actor.tenant_id, FitSheetAim.sheet_id == sheet_id)
        .order_by(FitSheetAim.id)
    ).all()


def list_versions(
    actor: Actor, sheet_id: uuid.UUID, *, after: int = 0, limit: int = 200
) -> Sequence[sa.Row[int, Side, str, dt.datetime]]:
    """Return number, side, name and time of each version after one, latest first."""
    return db.session.execute(
        sa.select(
            FitSheetVersion.number,
            FitSheetVersion.side,
            FitSheetVersion.saved_by,
            FitSheetVersion.saved_at,
        )
        .where(
            FitSheetVersion.tenant_id == actor.tenant_id,
            FitSheetVersion.sheet_id == sheet_id,
            FitSheetVersion.number > after,
        )
        .order_by(FitSheetVersion.number.desc())
        .limit(limit)
    ).all()


def get_snapshots(
    actor: Actor, sheet_id: uuid.UUID, numbers: Sequence[int]
) -> Mapping[int, dict[str, Any]]:
    """Return the whole sheet as it was in each of these versions."""
    rows = db.session.execute(
        sa.select(FitSheetVersion.number, FitSheetVersion.snapshot).where(
            FitSheetVersion.tenant_id == actor.tenant_id,
            FitSheetVersion.sheet_id == sheet_id,
            FitSheetVersion.number.in_(numbers),
        )
    )
    return dict(rows.all())


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions of a sheet, and what one of them changed."""

    rows: Sequence[sa.Row[int, Side, str, dt.datetime]]
    chosen: int
    changes: list[Group]


def read_versions(actor: Actor, sheet: FitSheet, wanted: str) -> Versions:
    """Return the versions of a sheet; `wanted` is what an address asks for, else the latest."""
    asked = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 9 else 0
    number = asked if 0 < asked <= sheet.version else sheet.version
    kept = get_snapshots(actor, sheet.id, [number, number - 1])
    before, after = (content_of(kept.get(n, {})) for n in (number - 1, number))
    return Versions(list_versions(actor, sheet.id), number, differences(before, after))


def snapshot_of(
    sheet: FitSheet, items: Sequence[FitItem], chosen: Sequence[FitSheetAim]
) -> dict[str, Any]:
    """Return the whole sheet as a version keeps it."""
    return {
        **{name: getattr(sheet, name) for name in SHEET_FIELDS},
        "aims": {str(aim.aim_id): aim.label for aim in chosen if aim.dropped_at is None},
        "items": [
            {
                "id": str(item.id),
                **{name: _plain(getattr(item, name)) for name in (*ITEM_FIELDS, *STATE_FIELDS)},
            }
            for item in items
        ],
    }


def _plain(value: Any) -> str:
    return "" if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Board:
    """A sheet with everything that its pages show."""

    sheet: FitSheet
    subject: Subject
    items: Sequence[FitItem]
    chosen: Sequence[FitSheetAim]

    @property
    def aims(self) -> list[str]:
        """What of the town's strategy it serves."""
        return [aim.label for aim in self.chosen if aim.dropped_at is None]

    @property
    def counts(self) -> dict[ItemState, int]:
        """How many items are in each state."""
        return count_states(self.items)

    @property
    def form(self) -> dict[str, Any]:
        """The sheet as its form shows it."""
        return self.with_typed(content_of(snapshot_of(self.sheet, self.items, self.chosen)))

    def with_typed(self, content: Mapping[str, str]) -> dict[str, Any]:
        """Return a content as the form shows it, on the version there is now."""
        ticked = [parts_of(key)[1] for key, label in content.items() if label and _is_aim(key)]
        return {**content, "aims": ticked, "version": self.sheet.version}

    def added(self, keys: Iterable[str]) -> list[str]:
        """Return the ids of items that a form adds."""
        known = {key_of("topic", item.id) for item in self.items}
        return [parts_of(key)[1] for key in keys if key.startswith("topic-") and key not in known]


def _is_aim(key: str) -> bool:
    return parts_of(key)[0] == AIM


def read_board(actor: Actor, sheet: FitSheet, subject: Subject | None = None) -> Board:
    """Return a sheet with everything that its pages show."""
    return Board(
        sheet,
        subject or subject_of(actor, sheet),
        list_items(actor, sheet.id),
        list_chosen(actor, sheet.id),
    )
