"""What is counted at the gates."""

from __future__ import annotations

from kyoso.municipal.gates.metrics import count_gates
from kyoso.municipal.projects.operations import move_project
from kyoso.municipal.projects.rules import ProjectStage
from support.departments import make_department
from support.gates import walking
from support.months import jst, numbers
from support.people import Town
from support.projects import make_project

S = ProjectStage


def override(town: Town, number: int, *, at) -> None:
    project = make_project(town, number, department_id=make_department(town))
    with walking(town, project, at=at) as walk:
        walk.pass_gate(S.PILOT, "雪の前に始めるため")


def test_only_what_passed_with_something_missing_counts_in_its_month(hinode, minato):
    for number, at in enumerate(
        (jst(9, 30, 23, 59), jst(10, 1, 0, 0), jst(10, 31, 23, 59), jst(11, 1, 0, 0)), 1
    ):
        override(hinode, number, at=at)
    department = make_department(hinode, "建設課")
    whole = make_project(hinode, 5, department_id=department)
    with walking(hinode, whole, at=jst(10, 5)) as walk:
        walk.ready_for_pilot(department, walk.actor)
        walk.pass_gate(S.PILOT)
        # Going back needs no gate, and takes nothing away from the number.
        move_project(walk.project, S.PLANNING, "間違えたため", actor=walk.actor, now=walk.now)
    override(minato, 1, at=jst(10, 5))

    assert [numbers(count_gates, hinode, month)["overrides"] for month in (9, 10, 11)] == [1, 2, 1]
    assert numbers(count_gates, minato, 10) == {"overrides": 1}
