"""What can happen to the needs that a town shows to its networks."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, ClassVar

from kyoso.core.events import Event, NetworkEvent
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class NeedListed(NetworkEvent):
    """A town shows one of its needs to a network."""

    label: ClassVar[Any] = _l("求めていることをネットワークに掲載しました")

    need_id: uuid.UUID
    title: str


@dataclass(frozen=True, slots=True)
class ListedNeedWithdrawn(NetworkEvent):
    """A town shows it no more."""

    label: ClassVar[Any] = _l("求めていることの掲載を取り下げました")


@dataclass(frozen=True, slots=True)
class ListedNeedsRewritten(Event):
    """What a need says was changed; its copies in the networks follow. The subject is the need."""

    label: ClassVar[Any] = _l("ネットワークへの掲載を、いまの内容に合わせました")
    routine: ClassVar[bool] = True

    count: int


@dataclass(frozen=True, slots=True)
class ListedNeedsEnded(Event):
    """Needs are shown no more, because of what happened elsewhere; the subject is that."""

    label: ClassVar[Any] = _l("求めていることの掲載が終わりました")

    reason: str
    listed_need_ids: tuple[uuid.UUID, ...]
