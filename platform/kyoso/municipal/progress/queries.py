"""The one read of the strategy's progress: tree, needs, projects and indicators."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict

from kyoso.core.access import Actor
from kyoso.municipal.indicators.queries import list_by_project
from kyoso.municipal.indicators.rules import plain
from kyoso.municipal.needs.queries import list_by_tactic as needs_by_tactic
from kyoso.municipal.progress.rules import (
    ProjectLine,
    StrategyProgress,
    TacticProgress,
    VisionProgress,
)
from kyoso.municipal.projects.queries import list_by_tactic as projects_by_tactic
from kyoso.municipal.strategy.queries import TacticNode, strategy_tree


def get_progress(actor: Actor, on: dt.date) -> list[VisionProgress]:
    """Return the strategy on a day with what happens for each tactic, in five statements."""
    needs: dict[uuid.UUID, list[tuple[uuid.UUID, str]]] = defaultdict(list)
    for tactic_id, need_id, title, _status in needs_by_tactic(actor):
        needs[tactic_id].append((need_id, title))
    indicators = list_by_project(actor)
    projects: dict[uuid.UUID, list[ProjectLine]] = defaultdict(list)
    for row in projects_by_tactic(actor):
        shown = tuple((i.name, i.progress) for i in indicators.get(row.id, ()))
        public = row.published_at is not None and row.unpublished_at is None
        projects[row.tactic_id].append(
            ProjectLine(row.id, row.number, row.title, row.stage, public, shown)
        )

    def told(tactic: TacticNode) -> TacticProgress:
        target = ""
        if tactic.target_value is not None:
            target = plain(tactic.target_value) + (tactic.target_unit or "")
        return TacticProgress(
            tactic.code,
            tactic.title,
            tactic.kind.label if tactic.kind else "",
            target,
            tactic.departments,
            tuple(needs[tactic.id]),
            tuple(projects[tactic.id]),
        )

    return [
        VisionProgress(
            vision.number,
            vision.title,
            vision.reasons,
            [
                StrategyProgress(s.number, s.title, [told(tactic) for tactic in s.tactics])
                for s in vision.strategies
            ],
        )
        for vision in strategy_tree(actor, on)
    ]
