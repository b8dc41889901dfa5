"""Every read of the strategy. A caller passes the actor; a query never guesses the tenant."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

import sqlalchemy as sa

from kyoso.core import clock
from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.municipal.strategy.models import Strategy, Tactic, TacticDepartment, Vision
from kyoso.municipal.strategy.rules import TacticKind
from kyoso.tenancy.queries import department_names, in_force

R = TypeVar("R", Vision, Strategy, Tactic, TacticDepartment)


@dataclass(frozen=True, slots=True)
class TacticInfo:
    """A tactic with the strategy that it serves."""

    id: uuid.UUID
    code: str
    title: str
    kind: TacticKind | None
    target_value: Decimal | None
    target_unit: str | None
    strategy_number: int
    strategy_title: str

    @property
    def label(self) -> str:
        """The tactic as lists show it: 15-01 職員の働き方の見直し."""
        return f"{self.code} {self.title}"


@dataclass(frozen=True, slots=True)
class TacticNode:
    """A tactic in the tree, with the names of the units it belongs to."""

    id: uuid.UUID
    code: str
    title: str
    kind: TacticKind | None
    target_value: Decimal | None
    target_unit: str | None
    departments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StrategyNode:
    """A strategy in the tree."""

    id: uuid.UUID
    number: int
    title: str
    target_talent: list[str]
    tactics: list[TacticNode] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class VisionNode:
    """A vision at the top of the tree."""

    id: uuid.UUID
    number: int
    title: str
    reasons: list[str]
    strategies: list[StrategyNode] = field(default_factory=list)


_TACTIC = (
    Tactic.id,
    Tactic.code,
    Tactic.title,
    Tactic.kind,
    Tactic.target_value,
    Tactic.target_unit,
)


def strategy_tree(actor: Actor, on: dt.date | None = None) -> list[VisionNode]:
    """Return the town's visions with their strategies and tactics on a day (today)."""
    day = on or clock.today()
    names = department_names(actor, day)
    rows = db.session.execute(
        sa.select(
            Vision.id,
            Vision.number,
            Vision.title,
            Vision.reasons,
            Strategy.id,
            Strategy.number,
            Strategy.title,
            Strategy.target_talent,
            *_TACTIC,
            _department_ids(day),
        )
        .outerjoin(Strategy, _within(Vision, Strategy, Strategy.vision_id, day))
        .outerjoin(Tactic, _within(Strategy, Tactic, Tactic.strategy_id, day))
        .where(Vision.tenant_id == actor.tenant_id, in_force(Vision, day))
        .order_by(Vision.number, Strategy.number, Tactic.position)
    )
    visions: dict[uuid.UUID, VisionNode] = {}
    strategies: dict[uuid.UUID, StrategyNode] = {}
    for row in rows:
        cells: tuple[Any, ...] = tuple(row)
        vision, strategy, tactic = cells[0:4], cells[4:8], cells[8:-1]
        owners = cells[-1] or ()
        if vision[0] not in visions:
            visions[vision[0]] = VisionNode(*vision)
        if strategy[0] is None:
            continue
        if strategy[0] not in strategies:
            strategies[strategy[0]] = StrategyNode(*strategy)
            visions[vision[0]].strategies.append(strategies[strategy[0]])
        if tactic[0] is not None:
            units = tuple(name for unit, name in names.items() if unit in owners)
            strategies[strategy[0]].tactics.append(TacticNode(*(*tactic, units)))
    return list(visions.values())


def _within(parent: Any, child: Any, key: Any, day: dt.date) -> sa.ColumnElement[bool]:
    return sa.and_(child.tenant_id == parent.tenant_id, key == parent.id, in_force(child, day))


def _department_ids(day: dt.date) -> sa.ScalarSelect[Any]:
    return (
        sa.select(sa.func.array_agg(TacticDepartment.department_id))
        .where(
            TacticDepartment.tenant_id == Tactic.tenant_id,
            TacticDepartment.tactic_id == Tactic.id,
            in_force(TacticDepartment, day),
        )
        .correlate(Tactic)
        .scalar_subquery()
    )


def list_tactics(actor: Actor, on: dt.date | None = None) -> list[TacticInfo]:
    """Return the tactics there are on a day (today), in the order of the plan: for choosing."""
    day = on or clock.today()
    query = (
        _tactics(actor)
        .join(
            Vision, sa.and_(Vision.tenant_id == Strategy.tenant_id, Vision.id == Strategy.vision_id)
        )
        .where(in_force(Tactic, day), in_force(Strategy, day), in_force(Vision, day))
        .order_by(Vision.number, Strategy.number, Tactic.position)
    )
    return [TacticInfo(*row) for row in db.session.execute(query)]


def get_tactic(actor: Actor, tactic_id: uuid.UUID) -> TacticInfo:
    """Return a tactic, also one that ended, or NotFound, as for another town's."""
    row = db.session.execute(_tactics(actor).where(Tactic.id == tactic_id)).one_or_none()
    if row is None:
        raise NotFound
    return TacticInfo(*row)


def tactic_labels(actor: Actor) -> dict[uuid.UUID, str]:
    """Return how every tactic is shown, also those that ended: for lists and history."""
    return {row.id: TacticInfo(*row).label for row in db.session.execute(_tactics(actor))}


def _tactics(actor: Actor) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(*_TACTIC, Strategy.number, Strategy.title)
        .join(
            Strategy,
            sa.and_(Strategy.tenant_id == Tactic.tenant_id, Strategy.id == Tactic.strategy_id),
        )
        .where(Tactic.tenant_id == actor.tenant_id)
    )


# What the sync changes


def load_visions(actor: Actor) -> Sequence[Vision]:
    """Return the visions to change, earliest first."""
    return _load(actor, Vision)


def load_strategies(actor: Actor) -> Sequence[Strategy]:
    """Return the strategies to change, earliest first."""
    return _load(actor, Strategy)


def load_tactics(actor: Actor) -> Sequence[Tactic]:
    """Return the tactics to change, earliest first."""
    return _load(actor, Tactic)


def load_tactic_departments(actor: Actor) -> Sequence[TacticDepartment]:
    """Return the units of the tactics to change, earliest first."""
    return _load(actor, TacticDepartment)


def _load(actor: Actor, kind: type[R]) -> Sequence[R]:
    return db.session.scalars(
        sa.select(kind)
        .where(kind.tenant_id == actor.tenant_id)
        .order_by(kind.starts_on.asc().nulls_first())
    ).all()
