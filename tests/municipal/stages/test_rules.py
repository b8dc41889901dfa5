"""Where a project stood, told from its steps."""

from __future__ import annotations

import datetime as dt

import pytest

from kyoso.municipal.projects.rules import ProjectStage
from kyoso.municipal.stages.rules import ProjectThen, Step, stage_at
from support.months import jst

S = ProjectStage
OCTOBER = (jst(10, 1, 0, 0), jst(11, 1, 0, 0))


def steps(*stages: ProjectStage | None) -> list[Step]:
    """Return a project that begins on 1 October and takes a step at noon of each day after."""
    first = Step(jst(10, 1, 0, 0), S.PLANNING, begins=True)
    return [first, *(Step(jst(10, day), stage) for day, stage in enumerate(stages, 2))]


def then(*stages: ProjectStage | None) -> ProjectThen:
    found = stage_at(steps(*stages), jst(11, 1, 0, 0))
    assert found is not None
    return ProjectThen(None, None, *found)  # type: ignore[arg-type]


def test_a_moment_ends_before_itself():
    told = steps(S.PILOT)
    assert stage_at(told, jst(10, 1, 0, 0)) is None
    assert stage_at(told, jst(10, 1, 0, 1)) == (S.PLANNING, {S.PLANNING: jst(10, 1, 0, 0)})
    found = stage_at(told, jst(10, 2) + dt.timedelta.resolution)
    assert found is not None
    assert found[0] is S.PILOT


@pytest.mark.parametrize(
    ("way", "stage", "counts"),
    [
        ((S.PILOT,), S.PILOT, {S.PILOT}),
        ((S.PILOT, S.EVALUATION, S.OPERATION), S.OPERATION, {S.PILOT, S.OPERATION}),
        # A step back corrects a mistake: what came after it does not count.
        ((S.PILOT, S.PLANNING), S.PLANNING, set()),
        ((S.PILOT, S.EVALUATION, S.PILOT), S.PILOT, {S.PILOT}),
        ((S.PILOT, S.EVALUATION, S.OPERATION, S.EVALUATION), S.EVALUATION, {S.PILOT}),
        # A rest is no step back; taken up again, the pilot is the one that it was.
        ((S.PILOT, S.ON_HOLD), S.ON_HOLD, {S.PILOT}),
        ((S.PILOT, S.ON_HOLD, S.PILOT), S.PILOT, {S.PILOT}),
        ((S.PILOT, S.CONCLUDED), S.CONCLUDED, {S.PILOT}),
        ((S.PILOT, S.CONCLUDED, S.PILOT), S.PILOT, {S.PILOT}),
        ((S.PILOT, S.CANCELLED, S.PLANNING), S.PLANNING, set()),
    ],
)
def test_what_of_a_way_counts(way, stage, counts):
    project = then(*way)
    assert project.stage is stage
    assert {s for s in (S.PILOT, S.OPERATION) if project.went_into(s, *OCTOBER)} == counts


def test_a_pilot_keeps_its_first_day_when_it_is_taken_up_again():
    assert then(S.PILOT, S.ON_HOLD, S.PILOT).since[S.PILOT] == jst(10, 2)
    assert then(S.PILOT, S.PLANNING, S.PILOT).since[S.PILOT] == jst(10, 4)


@pytest.mark.parametrize(
    ("way", "end"),
    [
        ((S.PILOT,), None),
        ((S.PILOT, S.ON_HOLD), None),
        ((S.PILOT, S.EVALUATION, S.OPERATION), S.OPERATION),
        ((S.PILOT, S.EVALUATION, S.OPERATION, S.CONCLUDED), S.OPERATION),
        ((S.PILOT, S.CONCLUDED), S.CONCLUDED),
        ((S.PILOT, S.ON_HOLD, S.CANCELLED), S.CANCELLED),
        ((S.PILOT, S.CONCLUDED, S.PILOT), None),
        # Without a pilot there is none to end.
        ((S.CONCLUDED,), None),
        ((S.ON_HOLD, S.OPERATION), None),
    ],
)
def test_how_a_pilot_ended(way, end):
    project = then(*way)
    assert project.ended_pilot(*OCTOBER) is end
    assert project.ended_pilot(jst(11, 1, 0, 0), jst(12, 1, 0, 0)) is None


def test_while_its_adoption_is_undone_it_is_no_project_whatever_is_done_to_it():
    told = [*steps(S.PILOT, None, S.EVALUATION), Step(jst(10, 20), S.PLANNING, begins=True)]
    assert stage_at(told[:4], jst(10, 20)) is None
    assert stage_at(told, jst(11, 1)) == (S.PLANNING, {S.PLANNING: jst(10, 20)})
