"""What can happen to a recruitment: one event for each operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class RecruitmentCreated(Event):
    """A recruitment was written down."""

    label: ClassVar = _l("複業人材募集の下書きを作りました")
    title: str


@dataclass(frozen=True, slots=True)
class RecruitmentUpdated(Event):
    """What a recruitment says changed; `changed` names the fields."""

    label: ClassVar = _l("複業人材募集の内容を変えました")
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecruitmentPublished(Event):
    """A recruitment was published, or published again."""

    label: ClassVar = _l("複業人材募集を公開しました")


@dataclass(frozen=True, slots=True)
class RecruitmentEnded(Event):
    """A recruitment ended: people were found, or it was closed."""

    label: ClassVar = _l("複業人材募集を終えました")
    status: str
