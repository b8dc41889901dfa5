"""What can happen to a town's intake: one event for each operation."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class IntakeSynced(Event):
    """The policy, its windows or the guidelines were taken over from the town's folder."""

    label: ClassVar[Any] = _l("受付方針とガイドラインを反映しました")

    #: Sentences, each one change.
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IntakePaused(Event):
    """The town stopped taking proposals in for a while."""

    label: ClassVar[Any] = _l("受付を休止しました")

    starts_on: dt.date
    ends_on: dt.date | None
    reason: str


@dataclass(frozen=True, slots=True)
class IntakeResumed(Event):
    """A pause was lifted."""

    label: ClassVar[Any] = _l("受付を再開しました")


@dataclass(frozen=True, slots=True)
class IntakeWindowAdded(Event):
    """Staff added a window."""

    label: ClassVar[Any] = _l("受付期間を加えました")

    opens_on: dt.date
    closes_on: dt.date | None


@dataclass(frozen=True, slots=True)
class IntakeWindowEnded(Event):
    """Staff ended a window before its last day, or took back one to come."""

    label: ClassVar[Any] = _l("受付期間を終えました")

    opens_on: dt.date
    closes_on: dt.date | None
