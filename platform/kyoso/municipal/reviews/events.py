"""What can happen to the review of a proposal. The subject of each is the proposal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class ReviewersAssigned(Event):
    """Members of staff were asked to review."""

    label: ClassVar = _l("審査の担当者を決めました")
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReviewerUnassigned(Event):
    """A reviewer is no longer asked."""

    label: ClassVar = _l("審査の担当者を外しました")
    name: str


@dataclass(frozen=True, slots=True)
class ReviewSaved(Event):
    """A reviewer kept a draft. What it says stays out of the journal."""

    label: ClassVar = _l("審査の下書きを保存しました")
    routine: ClassVar = True


@dataclass(frozen=True, slots=True)
class ReviewSubmitted(Event):
    """A reviewer handed in. What it says stays out of the journal."""

    label: ClassVar = _l("審査を提出しました")


@dataclass(frozen=True, slots=True)
class InterestDeclared(Event):
    """A reviewer has an interest in the proposal and is out."""

    label: ClassVar = _l("利害関係を申し出て、審査から外れました")
