"""What a person does with their consents; the exchange hears it in the same transaction."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any, ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class ConsentGiven(Event):
    """A person gave consent; the one it takes the place of, if any, has ended."""

    label: ClassVar[Any] = _l("同意しました")

    purpose: str
    recipient: str
    town_id: uuid.UUID | None
    network_id: uuid.UUID | None
    fields: tuple[str, ...]
    until: dt.date
    replaced_id: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class ConsentWithdrawn(Event):
    """A person took a consent back: what it allowed is over at once."""

    label: ClassVar[Any] = _l("同意を取り消しました")

    purpose: str
    recipient: str
    town_id: uuid.UUID | None
    network_id: uuid.UUID | None
