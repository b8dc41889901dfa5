"""The workshops of a town's file: held, taken down, and each idea answered as time goes by."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kyoso.core.access import Actor
from kyoso.core.clock import JST
from kyoso.municipal.workshops import operations as workshops
from kyoso.municipal.workshops.models import Workshop
from kyoso.municipal.workshops.queries import get_workshop, list_ideas
from kyoso.municipal.workshops.rules import Fate, IdeaDraft, IdeaSource

Step = dict[str, Any]
Moment = dt.datetime


@dataclass(frozen=True, slots=True)
class Gathering:
    """One workshop of a town's file, who writes it down, and into what its ideas can go."""

    workshop_id: uuid.UUID
    told: dict[str, Any]
    actor: Actor
    departments: dict[str, uuid.UUID]
    tactics: dict[str, uuid.UUID]
    #: The id of a need or pilot by its kind and key.
    id_of: Callable[[str, str], uuid.UUID]

    def take(self, step: Step, now: Moment) -> None:
        """Let one step of the story happen."""
        STEPS[step["do"]](self, step, now)

    def held(self) -> Workshop:
        """Return the workshop, its row held."""
        return get_workshop(self.actor, self.workshop_id, lock=True)

    def taken_up(self, step: Step) -> workshops.Settlement:
        """Return what the file says became of an idea."""
        fate = Fate(step["fate"])
        into = step.get("into", "")
        return workshops.Settlement(
            fate,
            self.tactics[into] if fate is Fate.TACTIC else None,
            self.id_of("need", into) if fate is Fate.NEED else None,
            self.id_of("pilot", into) if fate is Fate.PROJECT else None,
            step.get("say", ""),
        )


def _write(gathering: Gathering, _step: Step, now: Moment) -> None:
    told = gathering.told
    draft = workshops.WorkshopDraft(
        told["title"],
        now.astimezone(JST).date() - dt.timedelta(days=told["days_before"]),
        told["place"],
        gathering.departments[told["department"]],
        told["participants"],
        told["theme"],
        told.get("summary", "").strip(),
    )
    workshop = workshops.create_workshop(
        draft, workshop_id=gathering.workshop_id, actor=gathering.actor, now=now
    )
    ideas = [IdeaDraft(row["text"], row.get("group", "")) for row in told["ideas"]]
    workshops.add_ideas(workshop, ideas, IdeaSource.PASTED, actor=gathering.actor, now=now)


def _settle(gathering: Gathering, step: Step, now: Moment) -> None:
    workshop = gathering.held()
    ideas = {idea.number: idea for idea in list_ideas(gathering.actor, workshop.id)}
    settlement = gathering.taken_up(step)
    workshops.settle_idea(workshop, ideas[step["idea"]], settlement, actor=gathering.actor, now=now)


def _publish(gathering: Gathering, _step: Step, now: Moment) -> None:
    workshops.publish_workshop(gathering.held(), actor=gathering.actor, now=now)


STEPS: Mapping[str, Callable[[Gathering, Step, Moment], None]] = {
    "write": _write,
    "settle": _settle,
    "publish": _publish,
}
