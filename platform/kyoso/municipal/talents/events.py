"""What happens to the register of talents: one event for each operation."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class TalentJoined(Event):
    """Somebody came into the town's register."""

    label: ClassVar[Any] = _l("人材台帳に登録しました")

    name: str
    source: str
    person_id: uuid.UUID
