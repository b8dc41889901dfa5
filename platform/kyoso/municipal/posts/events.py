"""What can happen to a post: one event for each operation. Subject: the post."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any, ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class PostAdded(Event):
    """Somebody was given a post in a unit."""

    label: ClassVar[Any] = _l("役職を登録しました")

    department_id: uuid.UUID
    after: str


@dataclass(frozen=True, slots=True)
class PostCorrected(Event):
    """What was written of a post was put right."""

    label: ClassVar[Any] = _l("役職の内容を直しました")

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class PostEnded(Event):
    """A post was given its last day."""

    label: ClassVar[Any] = _l("役職の最後の日を決めました")

    before: str
    last_day: dt.date


@dataclass(frozen=True, slots=True)
class PostWithdrawn(Event):
    """A post that never was is no longer shown."""

    label: ClassVar[Any] = _l("誤って登録した役職を取り消しました")

    before: str
    reason: str
