"""What can happen to a notice: one event for each operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class NoticeCreated(Event):
    """A notice was written."""

    label: ClassVar[Any] = _l("お知らせを作成しました")

    title: str


@dataclass(frozen=True, slots=True)
class NoticeUpdated(Event):
    """A notice was changed; the journal keeps the words it had."""

    label: ClassVar[Any] = _l("お知らせを編集しました")

    old_title: str
    old_body: str


@dataclass(frozen=True, slots=True)
class NoticePublished(Event):
    """A notice went public."""

    label: ClassVar[Any] = _l("お知らせを公開しました")


@dataclass(frozen=True, slots=True)
class NoticeWithdrawn(Event):
    """A notice was taken off the portal."""

    label: ClassVar[Any] = _l("お知らせを取り下げました")

    reason: str
