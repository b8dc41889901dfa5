"""What can happen to worked hours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class HoursSaved(Event):
    """A person logged or changed hours, over all towns. Subject: the person."""

    label: ClassVar = _l("働いた時間を記録しました")
    routine: ClassVar = True
    #: One for each day of an engagement: ``2026-11-20 <engagement> 0 > 120``, in minutes.
    days: tuple[str, ...]
    #: How many of them were in a month that had ended.
    corrected: int
