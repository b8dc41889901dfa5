"""What can happen to what is public: it stands in the network's journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from kyoso.core.events import NetworkEvent
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class PublicFiguresChosen(NetworkEvent):
    """Coordinators chose which numbers everybody sees, or that nobody does."""

    label: ClassVar[Any] = _l("一般に公開する数字を決めました")

    is_public: bool
    metric_ids: tuple[str, ...]
