"""What can happen to an engagement: one event for each operation."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class EngagementOffered(Event):
    """An engagement was offered to a person."""

    label: ClassVar[Any] = _l("関与を申し出ました")

    person_id: uuid.UUID
    renews_id: uuid.UUID | None
    #: The rules of the programme that it misses.
    missed: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class EngagementRegistered(Event):
    """An engagement that was agreed on paper was entered."""

    label: ClassVar[Any] = _l("紙で合意した関与を登録しました")

    person_id: uuid.UUID
    renews_id: uuid.UUID | None
    missed: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class EngagementRevised(Event):
    """What is offered changed before the person answered."""

    label: ClassVar[Any] = _l("申し出の内容を変更しました")

    revision: int
    #: What was changed: the names of the fields.
    changed: tuple[str, ...]
    missed: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class EngagementReassigned(Event):
    """Who is responsible, or what a running engagement belongs to, changed."""

    label: ClassVar[Any] = _l("担当などを変更しました")

    old_responsible: str
    responsible: str


@dataclass(frozen=True, slots=True)
class EngagementAnswered(Event):
    """The person answered; the person's own record. The town's follows: the two below."""

    label: ClassVar[Any] = _l("関与の申し出に返事をしました")

    tenant_id: uuid.UUID
    accepted: bool


@dataclass(frozen=True, slots=True)
class EngagementAccepted(Event):
    """The person accepted: it is agreed."""

    label: ClassVar[Any] = _l("本人が承諾しました")


@dataclass(frozen=True, slots=True)
class EngagementDeclined(Event):
    """The person declined."""

    label: ClassVar[Any] = _l("本人が辞退しました")

    note: str


@dataclass(frozen=True, slots=True)
class EngagementWithdrawn(Event):
    """The town took an offer back, or what was agreed before its first day."""

    label: ClassVar[Any] = _l("関与を取り下げました")

    reason: str


@dataclass(frozen=True, slots=True)
class EngagementShortened(Event):
    """An engagement ends before the day that was agreed."""

    label: ClassVar[Any] = _l("関与を早く終えることにしました")

    last_day: str
    reason: str


@dataclass(frozen=True, slots=True)
class EngagementEnded(Event):
    """The last day of an engagement is over."""

    label: ClassVar[Any] = _l("関与の期間が終わりました")
