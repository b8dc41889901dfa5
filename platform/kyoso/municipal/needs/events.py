"""What can happen to a need: one event for each operation."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class NeedCreated(Event):
    """A department wrote down what it looks for."""

    label: ClassVar[Any] = _l("求めていることを作成しました")

    title: str


@dataclass(frozen=True, slots=True)
class NeedUpdated(Event):
    """A need was changed."""

    label: ClassVar[Any] = _l("求めていることを編集しました")

    #: The names of the fields that changed.
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NeedPublished(Event):
    """A need went public."""

    label: ClassVar[Any] = _l("求めていることを公開しました")


@dataclass(frozen=True, slots=True)
class NeedClosed(Event):
    """The department stopped looking."""

    label: ClassVar[Any] = _l("募集を終了しました")

    note: str


@dataclass(frozen=True, slots=True)
class NeedReopened(Event):
    """The department looks again."""

    label: ClassVar[Any] = _l("募集を再開しました")

    closes_on: dt.date | None
