"""What can happen in moderation. What a network's journal says names neither item nor town."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, ClassVar

from kyoso.core.events import Event, NetworkEvent
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class ItemReported(Event):
    """Our town reported something; in our own journal only."""

    label: ClassVar[Any] = _l("ネットワークの掲載を通報しました")

    kind: int
    item_id: uuid.UUID
    ground: str


@dataclass(frozen=True, slots=True)
class ReportDismissed(NetworkEvent):
    """The coordinator found nothing wrong."""

    label: ClassVar[Any] = _l("通報を確かめ、そのまま掲載としました")

    kind: int


@dataclass(frozen=True, slots=True)
class ItemHidden(NetworkEvent):
    """The coordinator hid something in their network; the subject is the hiding."""

    label: ClassVar[Any] = _l("通報を受けて、掲載を非表示にしました")

    kind: int


@dataclass(frozen=True, slots=True)
class HidingLifted(NetworkEvent):
    """The coordinator lets something be seen again."""

    label: ClassVar[Any] = _l("非表示を解きました")

    kind: int


@dataclass(frozen=True, slots=True)
class OwnItemHidden(Event):
    """Something of our town is hidden in a network: by ourselves or by its coordinator."""

    label: ClassVar[Any] = _l("町の掲載が非表示になりました")

    kind: int
    item_id: uuid.UUID
    network_id: uuid.UUID
    reason: str


@dataclass(frozen=True, slots=True)
class OwnItemShown(Event):
    """Something of our town may be seen again; its feature puts it back into the search."""

    label: ClassVar[Any] = _l("町の掲載の非表示が解かれました")

    kind: int
    item_id: uuid.UUID
    network_id: uuid.UUID
