"""What is counted of running costs, held against a small town."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from kyoso.core.clock import frozen
from kyoso.municipal.projects.operations import move_project
from kyoso.municipal.projects.rules import ProjectStage
from kyoso.municipal.running_costs.metrics import count_costs
from support.gates import walking
from support.months import counted, jst, numbers
from support.people import Town
from support.projects import make_project
from support.site import declare

S = ProjectStage


def project_in(town: Town, number: int, *stages: ProjectStage) -> uuid.UUID:
    """Make a project of April that has gone through stages in May."""
    project = make_project(town, number, published_at=jst(4, 1))
    with walking(town, project) as walk:
        for day, stage in enumerate(stages, 1):
            move_project(
                walk.project, stage, "試験", gate_passed=True, actor=walk.actor, now=jst(5, day)
            )
    return project


def plan(
    town: Town, project: uuid.UUID, yen: int, *, at: dt.datetime, complete: bool = True
) -> None:
    with walking(town, project, at=at) as walk:
        walk.plan_costs(yen, complete=complete)


@pytest.fixture
def town(hinode):
    return hinode


def test_a_small_town(town):
    planned = project_in(town, 1)
    pilot, evaluated = project_in(town, 2, S.PILOT), project_in(town, 3, S.PILOT, S.EVALUATION)
    operated = [project_in(town, n, S.PILOT, S.EVALUATION, S.OPERATION) for n in (4, 5, 6)]
    resting = project_in(town, 7, S.PILOT, S.ON_HOLD)
    ended = project_in(town, 8, S.PILOT, S.EVALUATION, S.OPERATION, S.CONCLUDED)
    for project in (planned, evaluated, resting, ended):
        plan(town, project, 1_000_000, at=jst(10, 1))
    plan(town, pilot, 500_000, at=jst(10, 1), complete=False)
    plan(town, operated[0], 360_000, at=jst(10, 31, 23, 59))
    plan(town, operated[1], 100_000, at=jst(10, 1), complete=False)
    plan(town, operated[2], 70_000, at=jst(11, 1, 0, 0))

    october = counted(count_costs, town, 10)

    # Pilot, evaluation and three in operation; complete are the evaluated one and the first.
    assert (october["coverage"].number, october["coverage"].of) == (2, 5)
    # 360,000 each year, and of the draft the one year that it says, over five years.
    assert october["yearly"].number == 360_000 + 20_000
    november = counted(count_costs, town, 11)
    assert (november["coverage"].number, november["coverage"].of) == (3, 5)
    assert november["yearly"].number == 360_000 + 20_000 + 70_000


def test_a_plan_that_changes_later_was_what_it_was(town):
    project = project_in(town, 1, S.PILOT, S.EVALUATION, S.OPERATION)
    plan(town, project, 300_000, at=jst(6, 1))
    before = counted(count_costs, town, 6)

    plan(town, project, 900_000, at=jst(7, 1, 0, 0), complete=False)

    assert counted(count_costs, town, 6) == before
    assert numbers(count_costs, town, 7) == {"coverage": 0, "yearly": 180_000}


def test_each_resident_bears_a_part_of_it_where_residents_are_known(town, minato):
    project = project_in(town, 1, S.PILOT, S.EVALUATION, S.OPERATION)
    plan(town, project, 300_000, at=jst(6, 1))
    with frozen(jst(11, 3)):
        assert "per_resident" not in counted(count_costs, town, 10)

    declare(town, declaration={"population": {"value": 2000, "as_of": "2026-04-01"}})

    with frozen(jst(11, 3)):
        share = counted(count_costs, town, 10)["per_resident"]
        assert (share.number, share.of) == (300_000, 2000)
        # How many lived there earlier is not known any more.
        assert "per_resident" not in counted(count_costs, town, 9)
        assert "per_resident" in counted(count_costs, town, 11)


def test_a_town_without_projects_has_nothing_to_divide_by_and_sees_no_others(town, minato):
    theirs = project_in(minato, 1, S.PILOT, S.EVALUATION, S.OPERATION)
    plan(minato, theirs, 300_000, at=jst(6, 1))

    found = counted(count_costs, town, 10)

    assert (found["coverage"].number, found["coverage"].of) == (0, 0)
    assert found["yearly"].number == 0
