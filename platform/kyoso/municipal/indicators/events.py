"""What can happen to an indicator: one event for each operation."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class IndicatorDefined(Event):
    """A project got an indicator."""

    label: ClassVar = _l("成果指標を加えました")
    indicator_id: uuid.UUID
    name: str


@dataclass(frozen=True, slots=True)
class IndicatorRevised(Event):
    """What an indicator says was changed; `before` keeps what it said."""

    label: ClassVar = _l("成果指標を変更しました")
    indicator_id: uuid.UUID
    name: str
    before: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IndicatorRetired(Event):
    """An indicator is no longer used; what was measured stays."""

    label: ClassVar = _l("成果指標を使うのをやめました")
    indicator_id: uuid.UUID
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class IndicatorMeasured(Event):
    """Somebody measured."""

    label: ClassVar = _l("成果指標を測定しました")
    indicator_id: uuid.UUID
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class MeasurementWithdrawn(Event):
    """A measurement turned out to be wrong; it stays visible, crossed out."""

    label: ClassVar = _l("測定値を取り消しました")
    indicator_id: uuid.UUID
    name: str
    value: str
    reason: str
