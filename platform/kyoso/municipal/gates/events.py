"""What can happen at a gate: one event for each operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.municipal.projects.rules import ProjectStage


@dataclass(frozen=True, slots=True)
class StagePassed(Event):
    """A project went through a gate; `overridden` with something missing, for a reason."""

    label: ClassVar = _l("ゲートを通りました")
    to: ProjectStage
    overridden: bool
    reason: str = ""
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PilotEvaluated(Event):
    """What the pilot showed was written down, or written anew."""

    label: ClassVar = _l("実証の評価を記録しました")
    recommendation: str


@dataclass(frozen=True, slots=True)
class PilotResultIssued(Event):
    """The report of what a pilot showed was issued."""

    label: ClassVar = _l("実証結果報告書を発行しました")
    reference: str


@dataclass(frozen=True, slots=True)
class StageDecided(Event):
    """A decision about the running project was kept."""

    label: ClassVar = _l("決定を記録しました")
    kind: str
    decided_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class CompletionIssued(Event):
    """The letter of a good end was issued."""

    label: ClassVar = _l("完了通知書を出しました")
    reference: str


@dataclass(frozen=True, slots=True)
class LessonsWritten(Event):
    """What others can learn was written down, or written anew."""

    label: ClassVar = _l("分かったことを書き残しました")
    offered: bool
