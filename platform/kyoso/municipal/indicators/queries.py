"""Every read of indicators. A caller passes the actor; a query never guesses the town."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.municipal.indicators import rules
from kyoso.municipal.indicators.models import Indicator, Measurement
from kyoso.municipal.indicators.rules import Direction


@dataclass(frozen=True, slots=True)
class MeasurementInfo:
    """One measured value."""

    id: uuid.UUID
    value: Decimal
    measured_on: dt.date
    note: str
    measured_by: str
    withdrawn_reason: str | None


@dataclass(frozen=True, slots=True)
class IndicatorInfo:
    """An indicator with everything that was measured, oldest first."""

    id: uuid.UUID
    project_id: uuid.UUID
    name: str
    shows: str
    unit: str
    direction: Direction
    baseline_value: Decimal | None
    baseline_on: dt.date | None
    target_value: Decimal | None
    target_by: dt.date | None
    retired_reason: str | None
    measurements: tuple[MeasurementInfo, ...] = ()

    @property
    def has_baseline_and_target(self) -> bool:
        """Tell whether it is complete; without, it is a draft."""
        return self.baseline_value is not None and self.target_value is not None

    @property
    def valid(self) -> tuple[MeasurementInfo, ...]:
        """The measurements that count."""
        return tuple(m for m in self.measurements if m.withdrawn_reason is None)

    @property
    def measured(self) -> bool:
        """Tell whether anything was measured."""
        return bool(self.valid)

    @property
    def latest(self) -> MeasurementInfo | None:
        """The newest measurement that counts."""
        return self.valid[-1] if self.valid else None

    @property
    def latest_value(self) -> Decimal | None:
        """The newest value."""
        return self.latest.value if self.latest else None

    @property
    def progress(self) -> int | None:
        """How much of the way to the target is gone, in per cent."""
        return rules.progress(self.baseline_value, self.target_value, self.latest_value)

    @property
    def reached(self) -> bool:
        """Tell whether the target has been reached."""
        return rules.reached(self.direction, self.target_value, self.latest_value)


_ROW = (
    Indicator.id,
    Indicator.project_id,
    Indicator.name,
    Indicator.shows,
    Indicator.unit,
    Indicator.direction,
    Indicator.baseline_value,
    Indicator.baseline_on,
    Indicator.target_value,
    Indicator.target_by,
    Indicator.retired_reason,
)
_MEASURED = (
    Measurement.id,
    Measurement.value,
    Measurement.measured_on,
    Measurement.note,
    Measurement.measured_by,
    Measurement.withdrawn_reason,
)


def list_indicators(
    actor: Actor, project_id: uuid.UUID, *, retired: bool = False
) -> list[IndicatorInfo]:
    """Return the project's indicators with their measurements; those given up only if asked."""
    query = _measured(actor).where(Indicator.project_id == project_id)
    return _infos(query if retired else query.where(Indicator.retired_at.is_(None)))


def list_by_project(actor: Actor) -> dict[uuid.UUID, list[IndicatorInfo]]:
    """Return the indicators in use of every project that has any, in one statement."""
    found: dict[uuid.UUID, list[IndicatorInfo]] = {}
    for info in _infos(_measured(actor).where(Indicator.retired_at.is_(None))):
        found.setdefault(info.project_id, []).append(info)
    return found


def _measured(actor: Actor) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(*_ROW, *_MEASURED)
        .outerjoin(
            Measurement,
            sa.and_(
                Measurement.tenant_id == Indicator.tenant_id,
                Measurement.indicator_id == Indicator.id,
            ),
        )
        .where(Indicator.tenant_id == actor.tenant_id)
        .order_by(Indicator.created_at, Indicator.id, Measurement.measured_on, Measurement.id)
    )


def _infos(query: sa.Select[*tuple[Any, ...]]) -> list[IndicatorInfo]:
    found: dict[uuid.UUID, IndicatorInfo] = {}
    for row in db.session.execute(query):
        cells = tuple(row)
        info = found.setdefault(cells[0], IndicatorInfo(*cells[: len(_ROW)]))
        if cells[len(_ROW)] is not None:
            one = MeasurementInfo(*cells[len(_ROW) :])
            found[info.id] = replace(info, measurements=(*info.measurements, one))
    return list(found.values())


def get_indicator(
    actor: Actor, project_id: uuid.UUID, indicator_id: uuid.UUID, *, lock: bool = False
) -> Indicator:
    """Return the project's indicator, or NotFound: another town's looks like a missing one.

    `lock` holds the row until the transaction ends; take it before changing anything.
    """
    query = sa.select(Indicator).where(
        Indicator.tenant_id == actor.tenant_id,
        Indicator.project_id == project_id,
        Indicator.id == indicator_id,
    )
    indicator = db.session.scalar(query.with_for_update() if lock else query)
    if indicator is None:
        raise NotFound
    return indicator


def get_measurement(
    actor: Actor, indicator_id: uuid.UUID, measurement_id: uuid.UUID
) -> Measurement:
    """Return a measurement of an indicator, to be withdrawn, or NotFound."""
    measurement = db.session.scalar(
        sa.select(Measurement)
        .where(
            Measurement.tenant_id == actor.tenant_id,
            Measurement.indicator_id == indicator_id,
            Measurement.id == measurement_id,
        )
        .with_for_update()
    )
    if measurement is None:
        raise NotFound
    return measurement


def list_measurements(actor: Actor, indicator_id: uuid.UUID) -> Sequence[Measurement]:
    """Return what was measured for an indicator, newest first, withdrawn values as well."""
    return db.session.scalars(
        sa.select(Measurement)
        .where(Measurement.tenant_id == actor.tenant_id, Measurement.indicator_id == indicator_id)
        .order_by(Measurement.measured_on.desc(), Measurement.id.desc())
    ).all()


def was_sent(actor: Actor, form_id: uuid.UUID) -> bool:
    """Tell whether a form was sent already; a twin that is being saved is waited for."""
    db.session.execute(
        sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"indicators:{form_id}")))
    )
    return bool(
        db.session.scalar(
            sa.select(
                sa.or_(
                    *(
                        sa.exists().where(table.tenant_id == actor.tenant_id, table.id == form_id)
                        for table in (Indicator, Measurement)
                    )
                )
            )
        )
    )
