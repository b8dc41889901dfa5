"""What can happen to a workshop: one event for each operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class WorkshopCreated(Event):
    """A workshop was written down."""

    label: ClassVar[Any] = _l("ワークショップを登録しました")

    title: str


@dataclass(frozen=True, slots=True)
class WorkshopUpdated(Event):
    """What is said of a workshop changed."""

    label: ClassVar[Any] = _l("ワークショップの内容を変更しました")

    old_summary: str


@dataclass(frozen=True, slots=True)
class IdeasAdded(Event):
    """Ideas were taken down."""

    label: ClassVar[Any] = _l("アイデアを追加しました")

    count: int
    source: str


@dataclass(frozen=True, slots=True)
class IdeasGrouped(Event):
    """Ideas were put into a group."""

    label: ClassVar[Any] = _l("アイデアをグループに分けました")

    group: str
    count: int


@dataclass(frozen=True, slots=True)
class IdeaSettled(Event):
    """It was said what became of an idea."""

    label: ClassVar[Any] = _l("アイデアの扱いを決めました")

    number: int
    fate: str


@dataclass(frozen=True, slots=True)
class WorkshopPublished(Event):
    """The summary was published."""

    label: ClassVar[Any] = _l("ワークショップを公開しました")


@dataclass(frozen=True, slots=True)
class WorkshopWithdrawn(Event):
    """The summary was withdrawn."""

    label: ClassVar[Any] = _l("ワークショップを取り下げました")
