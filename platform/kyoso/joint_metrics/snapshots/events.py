"""What can happen to a town's months: one event for each operation."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, ClassVar

from kyoso.core.events import Event, NetworkEvent
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class MonthMeasured(Event):
    """A town's month was counted, for some networks. Its subject is the town."""

    label: ClassVar[Any] = _l("月の指標を集計しました")
    routine: ClassVar[bool] = True

    month: str
    network_ids: tuple[uuid.UUID, ...]


@dataclass(frozen=True, slots=True)
class MeasuringAsked(Event):
    """Somebody asked to count some months now. Its subject is the town."""

    label: ClassVar[Any] = _l("月の指標の集計を始めました")

    months: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RemarksSaved(Event):
    """It was said what is not published, and what there is to say about the numbers."""

    label: ClassVar[Any] = _l("月の指標の説明と、公開しない指標を保存しました")

    withheld: tuple[str, ...]
    released: tuple[str, ...]
    old_comment: str


@dataclass(frozen=True, slots=True)
class MonthPublished(NetworkEvent):
    """A town published a month to a network, or corrected it."""

    label: ClassVar[Any] = _l("月の指標を公開しました")

    month: str
    version: int
    reason: str


@dataclass(frozen=True, slots=True)
class PublishingChosen(Event):
    """A town said whether its months are published by themselves. Its subject is the network."""

    label: ClassVar[Any] = _l("月の指標の自動公開を変更しました")

    automatic: bool
