"""What happens when a person leaves: in the person's record, and in the town's."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class TownLeft(Event):
    """A person left the register of a town; the subject is their row there."""

    label: ClassVar[Any] = _l("自治体の人材台帳から抜けました")

    tenant_id: uuid.UUID
    town: str


@dataclass(frozen=True, slots=True)
class DepartureNoted(Event):
    """A town learned that somebody left its register, or wants to be erased."""

    label: ClassVar[Any] = _l("ご本人の申出を受け取りました")

    what: str
    #: When the person decided it: a job that runs twice tells once.
    decided_at: str
