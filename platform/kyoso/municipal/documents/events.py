"""What can happen to documents and to their wording: one event for each operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class DocumentIssued(Event):
    """A document got its number and was kept as PDF. The subject is what it is about."""

    label: ClassVar[Any] = _l("文書を発行しました")

    reference: str
    title: str


@dataclass(frozen=True, slots=True)
class DocumentsVoided(Event):
    """Documents about something lost their force; they are kept as they were sent."""

    label: ClassVar[Any] = _l("発行した文書を無効にしました")

    references: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class WordingEdited(Event):
    """A kind of document is worded differently from now on; the words before are kept."""

    label: ClassVar[Any] = _l("文書のひな型を書き直しました")

    kind: str
    locale: str
    version: int


@dataclass(frozen=True, slots=True)
class WordingReset(Event):
    """A kind of document is worded as the platform proposes it again."""

    label: ClassVar[Any] = _l("文書のひな型を初めの文面に戻しました")

    kind: str
    locale: str
    version: int
