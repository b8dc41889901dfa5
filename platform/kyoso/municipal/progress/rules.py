"""What the progress of a tactic is. Pure: no database, no clock, no request."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kyoso.municipal.projects.rules import ProjectStage


@dataclass(frozen=True, slots=True)
class ProjectLine:
    """A project that serves a tactic, with the part of the way its indicators have gone."""

    id: uuid.UUID
    number: int
    title: str
    stage: ProjectStage
    public: bool
    #: (name, percentage of the way to the target or None)
    indicators: tuple[tuple[str, int | None], ...] = ()


@dataclass(frozen=True, slots=True)
class TacticProgress:
    """What happens for one tactic."""

    code: str
    title: str
    kind: str
    target: str
    departments: tuple[str, ...]
    needs: tuple[tuple[uuid.UUID, str], ...] = ()
    projects: tuple[ProjectLine, ...] = ()

    @property
    def started(self) -> bool:
        """Tell whether anything happens for it."""
        return bool(self.needs or self.projects)


@dataclass(frozen=True, slots=True)
class StrategyProgress:
    """A strategy with its tactics."""

    number: int
    title: str
    tactics: list[TacticProgress] = field(default_factory=list)

    @property
    def started(self) -> int:
        """How many of its tactics something happens for."""
        return sum(tactic.started for tactic in self.tactics)


@dataclass(frozen=True, slots=True)
class VisionProgress:
    """A vision with its strategies."""

    number: int
    title: str
    reasons: Sequence[str]
    strategies: list[StrategyProgress] = field(default_factory=list)


def of_department(visions: Sequence[VisionProgress], department: str) -> list[VisionProgress]:
    """Return only the tactics of one department, and what lies above them."""
    found = []
    for vision in visions:
        strategies = [
            StrategyProgress(
                s.number, s.title, [t for t in s.tactics if department in t.departments]
            )
            for s in vision.strategies
        ]
        kept = [strategy for strategy in strategies if strategy.tactics]
        if kept:
            found.append(VisionProgress(vision.number, vision.title, vision.reasons, kept))
    return found


def only_public(visions: Sequence[VisionProgress], needs: Mapping[uuid.UUID, str]) -> None:
    """Leave out, in place, every need and project that the public may not see."""
    for vision in visions:
        for strategy in vision.strategies:
            strategy.tactics[:] = [
                TacticProgress(
                    tactic.code,
                    tactic.title,
                    tactic.kind,
                    tactic.target,
                    tactic.departments,
                    tuple(need for need in tactic.needs if need[0] in needs),
                    tuple(project for project in tactic.projects if project.public),
                )
                for tactic in strategy.tactics
            ]
