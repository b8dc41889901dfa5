"""Every change to indicators: one function for each verb, each guards, changes, records."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Protocol

from kyoso.core.access import Actor, Owned, authorise
from kyoso.core.clock import JST
from kyoso.core.db import db
from kyoso.core.errors import RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import record
from kyoso.municipal.indicators import rules
from kyoso.municipal.indicators.events import (
    IndicatorDefined,
    IndicatorMeasured,
    IndicatorRetired,
    IndicatorRevised,
    MeasurementWithdrawn,
)
from kyoso.municipal.indicators.models import Indicator, Measurement
from kyoso.municipal.indicators.permissions import IndicatorPermission
from kyoso.municipal.indicators.rules import Direction
from kyoso.municipal.projects.rules import check_may_edit


class InDepartment(Owned, Protocol):
    """A project, as far as indicators care."""

    @property
    def department_id(self) -> uuid.UUID | None:
        """Who in the town is in charge."""


@dataclass(frozen=True, slots=True)
class IndicatorDraft:
    """What an indicator says."""

    name: str
    shows: str
    unit: str
    direction: Direction
    baseline_value: Decimal | None = None
    baseline_on: dt.date | None = None
    target_value: Decimal | None = None
    target_by: dt.date | None = None

    def check(self) -> None:
        """Refuse what cannot be measured against."""
        rules.check_definition(
            self.direction,
            (self.baseline_value, self.baseline_on),
            (self.target_value, self.target_by),
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """One value that was measured."""

    value: Decimal
    measured_on: dt.date
    note: str = ""


def define_indicator(
    project: InDepartment,
    draft: IndicatorDraft,
    *,
    indicator_id: uuid.UUID,
    actor: Actor,
    now: dt.datetime,
) -> Indicator:
    """Give a project an indicator; without baseline and target it is a draft."""
    authorise(actor, IndicatorPermission.WRITE, project)
    check_may_edit(actor, project.department_id, project.department_id)
    draft.check()

    indicator = Indicator(
        id=indicator_id,
        tenant_id=actor.tenant_id,
        project_id=project.id,
        created_at=now,
        created_by=actor.name,
        **_values(draft),
    )
    db.session.add(indicator)

    record(IndicatorDefined(project.id, indicator.id, draft.name), actor=actor, now=now)
    return indicator


def revise_indicator(
    project: InDepartment,
    indicator: Indicator,
    draft: IndicatorDraft,
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Change what an indicator says; the history keeps what it said before."""
    authorise(actor, IndicatorPermission.WRITE, project)
    check_may_edit(actor, project.department_id, project.department_id)
    _check_in_use(indicator)
    draft.check()

    before = []
    for name, value in _values(draft).items():
        if getattr(indicator, name) != value:
            before.append(f"{name}: {getattr(indicator, name)}")
            setattr(indicator, name, value)

    record(
        IndicatorRevised(project.id, indicator.id, draft.name, tuple(before)), actor=actor, now=now
    )


def retire_indicator(
    project: InDepartment, indicator: Indicator, reason: str, *, actor: Actor, now: dt.datetime
) -> None:
    """Stop using an indicator, with a reason; what was measured stays."""
    authorise(actor, IndicatorPermission.WRITE, project)
    check_may_edit(actor, project.department_id, project.department_id)
    _check_in_use(indicator)

    indicator.retired_at, indicator.retired_reason = now, reason

    record(IndicatorRetired(project.id, indicator.id, indicator.name, reason), actor=actor, now=now)


def measure_indicator(
    project: InDepartment,
    indicator: Indicator,
    reading: Reading,
    *,
    measurement_id: uuid.UUID,
    actor: Actor,
    now: dt.datetime,
) -> Measurement:
    """Keep one measured value."""
    authorise(actor, IndicatorPermission.WRITE, project)
    check_may_edit(actor, project.department_id, project.department_id)
    _check_in_use(indicator)
    rules.check_measured_on(reading.measured_on, now.astimezone(JST).date())

    measurement = Measurement(
        id=measurement_id,
        tenant_id=actor.tenant_id,
        indicator_id=indicator.id,
        measured_by=actor.name,
        created_at=now,
        **_values(reading),
    )
    db.session.add(measurement)

    value = f"{rules.plain(reading.value)}{indicator.unit}"
    record(IndicatorMeasured(project.id, indicator.id, indicator.name, value), actor=actor, now=now)
    return measurement


def withdraw_measurement(
    project: InDepartment,
    indicator: Indicator,
    measurement: Measurement,
    reason: str,
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Let a wrong value count no longer, with a reason; it stays visible."""
    authorise(actor, IndicatorPermission.WRITE, project)
    check_may_edit(actor, project.department_id, project.department_id)
    if measurement.withdrawn_at is not None:
        raise RuleViolation(_("この測定値はすでに取り消されています。"))

    measurement.withdrawn_at, measurement.withdrawn_reason = now, reason

    value = f"{rules.plain(measurement.value)}{indicator.unit}"
    record(
        MeasurementWithdrawn(project.id, indicator.id, indicator.name, value, reason),
        actor=actor,
        now=now,
    )


def _values(said: IndicatorDraft | Reading) -> dict[str, object]:
    return {field.name: getattr(said, field.name) for field in fields(said)}


def _check_in_use(indicator: Indicator) -> None:
    if indicator.retired_at is not None:
        raise RuleViolation(_("この指標は使うのをやめています。"))
