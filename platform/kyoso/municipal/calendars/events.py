"""What can happen to the secret address of a calendar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class CalendarLinkIssued(Event):
    """A member got a secret address; one from before ended."""

    label: ClassVar = _l("予定表の専用アドレスを発行しました")


@dataclass(frozen=True, slots=True)
class CalendarLinkRevoked(Event):
    """A member's secret address ended."""

    label: ClassVar = _l("予定表の専用アドレスを無効にしました")
