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


@dataclass(frozen=True, slots=True)
class TalentNoted(Event):
    """Staff noted something about a talent."""

    label: ClassVar[Any] = _l("人材台帳にメモを書きました")


@dataclass(frozen=True, slots=True)
class TalentLeft(Event):
    """Somebody was taken out of the town's register; the row stays for what they did."""

    label: ClassVar[Any] = _l("人材台帳から外しました")

    name: str
    reason: str
    person_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class TalentsShownAnew(Event):
    """A person's saved profile was written into the registers of their towns."""

    label: ClassVar[Any] = _l("登録している自治体に、プロフィールを反映しました")
    routine: ClassVar[bool] = True

    count: int
