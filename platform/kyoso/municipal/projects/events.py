"""What can happen to a project: one event for each operation."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class ProjectCreated(Event):
    """A decision to adopt made a project, or brought its project back."""

    label: ClassVar = _l("採択によりプロジェクトを公開しました")
    number: int
    proposal_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class ProjectStarted(Event):
    """A department began an initiative of its own."""

    label: ClassVar = _l("自課の取組としてプロジェクトを始めました")
    number: int
    title: str


@dataclass(frozen=True, slots=True)
class ProjectCopied(Event):
    """A project was begun with the set-up of another: whoever keeps a part of it copies theirs."""

    label: ClassVar = _l("ほかのプロジェクトの進め方を写して始めました")
    source_id: uuid.UUID
    number: int
    #: The number of the project that was copied.
    source_number: int


@dataclass(frozen=True, slots=True)
class ProjectPlanned(Event):
    """Its tactics, the pilot's period, its field or its end were changed."""

    label: ClassVar = _l("戦術・実証の計画を変更しました")
    parts: tuple[str, ...]
    tactics: tuple[str, ...]
    pilot_starts_on: str
    pilot_ends_on: str


@dataclass(frozen=True, slots=True)
class ProjectCalled(Event):
    """The project began, or ceased, to look for people."""

    label: ClassVar = _l("参加者の募集を切り替えました")
    recruiting: bool


@dataclass(frozen=True, slots=True)
class ProjectEdited(Event):
    """What is said about the project was changed."""

    label: ClassVar = _l("プロジェクトの内容を変更しました")
    parts: tuple[str, ...]
    #: Which department was in charge until then.
    department_was: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class ProjectMoved(Event):
    """The project went to another stage."""

    label: ClassVar = _l("プロジェクトの段階を変更しました")
    before: str
    after: str
    reason: str


@dataclass(frozen=True, slots=True)
class ProjectPublished(Event):
    """The project was shown to the public."""

    label: ClassVar = _l("プロジェクトを公開しました")


@dataclass(frozen=True, slots=True)
class ProjectUnpublished(Event):
    """The project was taken off the public pages."""

    label: ClassVar = _l("プロジェクトを非公開にしました")
    reason: str


@dataclass(frozen=True, slots=True)
class ProjectsSynced(Event):
    """Documented projects were taken over from the town's folder."""

    label: ClassVar = _l("資料にあるプロジェクトを反映しました")
    changes: tuple[str, ...]
