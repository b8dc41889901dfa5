"""Where a project stood at a moment, told from its history. Pure: no database, no clock."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kyoso.municipal.projects.rules import WAY, ProjectStage

S = ProjectStage


@dataclass(frozen=True, slots=True)
class Step:
    """One change in a project's history."""

    at: dt.datetime
    #: The stage that it went into; None when its adoption was undone: it is no project then.
    stage: ProjectStage | None
    #: Whether a project begins with it, for the first time or anew.
    begins: bool = False


@dataclass(frozen=True, slots=True)
class ProjectThen:
    """A project as it was at one moment."""

    id: uuid.UUID
    department_id: uuid.UUID | None
    stage: ProjectStage
    #: When it went into each stage that still counts: a step back takes back what came after.
    since: Mapping[ProjectStage, dt.datetime]

    def went_into(self, stage: ProjectStage, begins: dt.datetime, ends: dt.datetime) -> bool:
        """Tell whether it went into a stage within a time."""
        return stage in self.since and begins <= self.since[stage] < ends

    @property
    def tried(self) -> bool:
        """Whether it has been a pilot."""
        return S.PILOT in self.since

    def ended_pilot(self, begins: dt.datetime, ends: dt.datetime) -> ProjectStage | None:
        """Return how its pilot ended within a time: in operation, concluded or cancelled."""
        if not self.tried:
            return None
        if S.OPERATION in self.since:
            return S.OPERATION if self.went_into(S.OPERATION, begins, ends) else None
        found = (end for end in (S.CONCLUDED, S.CANCELLED) if self.went_into(end, begins, ends))
        return next(found, None)


def stage_at(
    steps: Sequence[Step], moment: dt.datetime
) -> tuple[ProjectStage, dict[ProjectStage, dt.datetime]] | None:
    """Return the stage at a moment, and since when each counts; None while it is no project.

    Steps are given in their order.
    """
    here: ProjectStage | None = None
    since: dict[ProjectStage, dt.datetime] = {}
    for step in steps:
        if step.at >= moment:
            break
        if step.stage is None or step.begins:
            since = {}
        elif here is None:
            # Moved while its adoption was undone: it is no project until it is adopted anew.
            continue
        elif step.stage in WAY:
            # Stops and ends, too, are over when it is taken up again.
            so_far = WAY[: WAY.index(step.stage) + 1]
            since = {stage: at for stage, at in since.items() if stage in so_far}
        here = step.stage
        if here is not None:
            since.setdefault(here, step.at)
    return None if here is None else (here, since)
