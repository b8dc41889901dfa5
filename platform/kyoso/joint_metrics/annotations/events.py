"""What can happen to targets and notes: one event for each operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from kyoso.core.events import NetworkEvent
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class TargetSet(NetworkEvent):
    """Coordinators said what a metric should reach in a fiscal year; with what it was before."""

    label: ClassVar[Any] = _l("指標の目標を決めました")

    metric_id: str
    fiscal_year: int
    value: str
    before: str
    reason: str


@dataclass(frozen=True, slots=True)
class TargetCleared(NetworkEvent):
    """A metric has no target in a fiscal year any more."""

    label: ClassVar[Any] = _l("指標の目標を取り消しました")

    metric_id: str
    fiscal_year: int
    before: str


@dataclass(frozen=True, slots=True)
class NoteWritten(NetworkEvent):
    """Something was written on the time line."""

    label: ClassVar[Any] = _l("指標の時系列に注記を書きました")

    month: str
    text: str


@dataclass(frozen=True, slots=True)
class NoteChanged(NetworkEvent):
    """A note says something else now."""

    label: ClassVar[Any] = _l("指標の時系列の注記を書き直しました")

    month: str
    old_text: str


@dataclass(frozen=True, slots=True)
class NoteRemoved(NetworkEvent):
    """A note was taken off the time line."""

    label: ClassVar[Any] = _l("指標の時系列の注記を取り除きました")

    month: str
    old_text: str
