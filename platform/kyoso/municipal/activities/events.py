"""What can happen to the work on a project: one event for each operation, told of the project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class TeamMemberAdded(Event):
    """Somebody joined the team."""

    label: ClassVar = _l("チームに人を加えました")
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class TeamMemberEdited(Event):
    """What is said of somebody in the team was changed, such as until when they are in it."""

    label: ClassVar = _l("チームの人の記載を変更しました")
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class TeamMemberRemoved(Event):
    """Somebody who was entered by mistake was taken out of the team."""

    label: ClassVar = _l("チームから記載を取り除きました")
    name: str


@dataclass(frozen=True, slots=True)
class StepAdded(Event):
    """A milestone or a task was added."""

    label: ClassVar = _l("節目・やることを加えました")
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class StepTicked(Event):
    """A milestone was reached, or a task done; or that was taken back."""

    label: ClassVar = _l("節目・やることの済みを切り替えました")
    title: str
    done: bool


@dataclass(frozen=True, slots=True)
class StepRemoved(Event):
    """A milestone or a task was taken out."""

    label: ClassVar = _l("節目・やることを取り除きました")
    title: str


@dataclass(frozen=True, slots=True)
class WorkCopied(Event):
    """Team, milestones and tasks of another project were taken over."""

    label: ClassVar = _l("チームと節目・やることを写しました")
    members: int
    steps: int


@dataclass(frozen=True, slots=True)
class DecisionNoted(Event):
    """A decision on the way was noted."""

    label: ClassVar = _l("決定を記録しました")
    decision: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReportWritten(Event):
    """An activity report was written."""

    label: ClassVar = _l("活動レポートを書きました")
    title: str


@dataclass(frozen=True, slots=True)
class ReportEdited(Event):
    """An activity report was changed; the journal keeps the words it had."""

    label: ClassVar = _l("活動レポートを編集しました")
    old_title: str
    old_body: str


@dataclass(frozen=True, slots=True)
class ReportPhotoAdded(Event):
    """A photo was added to a report."""

    label: ClassVar = _l("活動レポートに写真を加えました")
    caption: str


@dataclass(frozen=True, slots=True)
class ReportPhotoRemoved(Event):
    """A photo was taken out of a report."""

    label: ClassVar = _l("活動レポートから写真を取り除きました")
    caption: str


@dataclass(frozen=True, slots=True)
class ReportPublished(Event):
    """An activity report went public."""

    label: ClassVar = _l("活動レポートを公開しました")
    title: str


@dataclass(frozen=True, slots=True)
class ReportWithdrawn(Event):
    """An activity report was taken off the portal."""

    label: ClassVar = _l("活動レポートを取り下げました")
    title: str
    reason: str
