"""What can happen to check-ins. No event holds what somebody answered: the journal is read widely."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class CheckInOpened(Event):
    """Both sides are asked."""

    label: ClassVar = _l("すり合わせを始めました")
    tenant_id: uuid.UUID
    engagement_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class CheckInAnswered(Event):
    """One side answered, or changed its answer before the other could see it."""

    label: ClassVar = _l("すり合わせに答えました")
    tenant_id: uuid.UUID
    engagement_id: uuid.UUID
    side: str
    #: Whether this was the second answer, so that both can be read now.
    revealed: bool


@dataclass(frozen=True, slots=True)
class CheckInReminded(Event):
    """Those who had not answered were asked again."""

    label: ClassVar = _l("すり合わせの答えをもう一度お願いしました")
    engagement_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class CheckInCancelled(Event):
    """The engagement ended before both had answered."""

    label: ClassVar = _l("関わりが終わったため、すり合わせを取りやめました")
    engagement_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class NoteWritten(Event):
    """One side wrote a note."""

    label: ClassVar = _l("すり合わせにメモを書きました")
    shared: bool


@dataclass(frozen=True, slots=True)
class TopicProposed(Event):
    """One side wants to talk about something."""

    label: ClassVar = _l("すり合わせの話題を出しました")
    topic_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class TopicDecided(Event):
    """What the two decided was written down."""

    label: ClassVar = _l("すり合わせで決めたことを書きました")
    topic_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class ActionRaised(Event):
    """The responsible member has to act. Subject: the engagement."""

    label: ClassVar = _l("すり合わせの対応事項ができました")
    action_id: uuid.UUID
    kind: str


@dataclass(frozen=True, slots=True)
class ActionClosed(Event):
    """What was done was written down. Subject: the engagement."""

    label: ClassVar = _l("すり合わせの対応事項を終えました")
    action_id: uuid.UUID
    done: str
