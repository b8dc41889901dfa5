"""The pilots of a town's own strategy: each is walked to the stage at which its story stops."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.municipal.gates.rules import DecisionKind, Recommendation
from kyoso.municipal.projects import operations as projects
from kyoso.municipal.projects.queries import get_project
from kyoso.municipal.projects.rules import ProjectStage
from kyoso.municipal.workloads.operations import hesitate_about_workload
from kyoso.operating.demo_data.project_steps import Walk

Step = dict[str, Any]
Moment = dt.datetime


@dataclass(frozen=True, slots=True)
class Pilot:
    """One pilot of a town's file, and everybody around it."""

    project_id: uuid.UUID
    told: dict[str, Any]
    actors: dict[str, Actor]
    departments: dict[str, uuid.UUID]
    tactics: dict[str, uuid.UUID]

    def walk(self, step: Step, now: Moment) -> Walk:
        """Return the project in the hands of whoever takes a step."""
        actor = self.actors[step.get("by", "desk")]
        return Walk(get_project(actor, self.project_id, lock=True), actor, now)

    def take(self, step: Step, now: Moment) -> None:
        """Let one step of the story happen."""
        if step["do"] == "start":
            self._start(step, now)
            return
        STEPS[step["do"]](self, self.walk(step, now), step)
        db.session.flush()

    def _start(self, step: Step, now: Moment) -> None:
        actor = self.actors[step.get("by", "desk")]
        begun = projects.Initiative(
            self.told["title"],
            self.told["summary"],
            self.departments[self.told["department"]],
            [self.tactics[self.told["tactic"]]],
        )
        project = projects.start_initiative(begun, form_id=self.project_id, actor=actor, now=now)
        db.session.flush()
        plan = projects.Plan(
            [self.tactics[self.told["tactic"]]],
            now.date(),
            now.date() + dt.timedelta(days=step["days"]),
            self.told["field"],
            self.told["exit"],
        )
        projects.plan_project(project, plan, actor=actor, now=now)
        projects.publish_project(project, actor=actor, now=now)


def _hesitate(pilot: Pilot, walk: Walk, step: Step) -> None:
    load = walk.enter_load(pilot.departments[step["department"]], step["hours"])
    hesitate_about_workload(load, step["say"], actor=pilot.actors[step["head"]], now=walk.now)


def _consent(pilot: Pilot, walk: Walk, step: Step) -> None:
    walk.consent(pilot.departments[step["department"]], pilot.actors[step["head"]])


def _indicator(_pilot: Pilot, walk: Walk, step: Step) -> None:
    values = (step["from"], step["to"]) if "from" in step else None
    walk.define_indicator(step["name"], step["unit"], values)


STEPS: dict[str, Callable[[Pilot, Walk, Step], None]] = {
    "sign": lambda _p, walk, step: walk.sign_agreement(step["days"], step["with"]),
    "settle": lambda _p, walk, _s: walk.settle_fit_sheet(),
    "costs": lambda _p, walk, step: walk.plan_costs(step["yen"], complete=step.get("all", False)),
    "consent": _consent,
    "hesitate": _hesitate,
    "indicator": _indicator,
    "measure": lambda _p, walk, step: walk.measure(step["value"]),
    "report": lambda _p, walk, step: walk.report(step["title"]),
    "decide": lambda _p, walk, step: walk.decide(DecisionKind(step["kind"]), step["say"]),
    "evaluate": lambda _p, walk, step: walk.evaluate(
        Recommendation(step["advice"]),
        findings=step["findings"],
        results=step["results"],
        reason=step["reason"],
    ),
    "lessons": lambda _p, walk, step: walk.write_lessons(
        lessons=step["lessons"], handover=step["handover"]
    ),
    "letter": lambda _p, walk, _s: walk.issue_letter(),
    "gate": lambda _p, walk, step: walk.pass_gate(ProjectStage(step["to"]), step.get("say", "")),
}
