"""What can happen to a network as a whole. All stand in its journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from kyoso.core.events import NetworkEvent
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class ClosingAnnounced(NetworkEvent):
    """The founding town set the day; it was shown this of its own."""

    label: ClassVar[Any] = _l("ネットワークを閉じる日を決めました")
    kept_to_itself: ClassVar[frozenset[str]] = frozenset({"foreseen"})

    closing_on: str
    reason: str
    foreseen: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClosingWithdrawn(NetworkEvent):
    """The network stays open after all."""

    label: ClassVar[Any] = _l("ネットワークを閉じる予定を取り消しました")
