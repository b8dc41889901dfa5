"""What can happen to the strategy: one event for each operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class StrategySynced(Event):
    """Visions, strategies or tactics were taken over from the town's folder."""

    label: ClassVar[Any] = _l("将来像・戦略・戦術を反映しました")

    #: Sentences, each one change.
    changes: tuple[str, ...]
