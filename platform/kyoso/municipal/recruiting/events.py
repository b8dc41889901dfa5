"""What can happen when a project looks for people: one event for each operation."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class OpeningAdded(Event):
    """A role was put out; the subject is the project."""

    label: ClassVar = _l("参加者の募集を始めました")
    role: str


@dataclass(frozen=True, slots=True)
class OpeningClosed(Event):
    """A role is wanted no longer; the subject is the project."""

    label: ClassVar = _l("参加者の募集を締め切りました")
    role: str


@dataclass(frozen=True, slots=True)
class JoinAnswered(Event):
    """Somebody wants to join; the subject is the project. Who it is stays in the answer."""

    label: ClassVar = _l("参加の応募がありました")
    answer_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class JoinAnswerMoved(Event):
    """The town went a step further with somebody; the subject is the project."""

    label: ClassVar = _l("応募への対応を進めました")
    answer_id: uuid.UUID
    before: str
    after: str
