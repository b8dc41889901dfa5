"""What is counted of projects, held against a small town."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from kyoso.core.access import Actor, Role
from kyoso.core.db import db, new_id
from kyoso.core.scope import tenant_scope
from kyoso.municipal.projects import operations
from kyoso.municipal.projects.operations import Initiative, ProjectDraft, move_project
from kyoso.municipal.projects.queries import count_by_stage, get_by_proposal, get_project
from kyoso.municipal.projects.rules import ProjectStage
from kyoso.municipal.stages.metrics import count_projects
from kyoso.municipal.stages.queries import list_projects_at
from support.departments import make_department
from support.intake import make_policy
from support.months import counted, jst, numbers
from support.people import Town, actor_of
from support.projects import make_project
from support.proposal_lives import happen
from support.proposals import S as P
from support.proposals import make

S = ProjectStage


def begin(town: Town, at: dt.datetime) -> uuid.UUID:
    """Begin a department's own initiative."""
    begun = Initiative("雪かきの助け合い", "冬に助け合う。", make_department(town), [])
    with tenant_scope(town.id):
        actor = actor_of(town, Role.ADMIN)
        project = operations.start_initiative(begun, form_id=new_id(), actor=actor, now=at)
        db.session.commit()
        return project.id


def move(town: Town, project_id: uuid.UUID, *moves: tuple[ProjectStage, dt.datetime]) -> None:
    """Take a project to stages, as the gates do."""
    actor = actor_of(town, Role.ADMIN)
    with tenant_scope(town.id):
        for stage, at in moves:
            project = get_project(actor, project_id, lock=True)
            move_project(project, stage, "試験のため", gate_passed=True, actor=actor, now=at)
            db.session.flush()
        db.session.commit()


def standing(town: Town, month: int) -> dict[str, float]:
    """Return how many projects stood in each stage, those with none left out."""
    found = numbers(count_projects, town, month)
    return {stage.value: found[stage] for stage in ProjectStage if found[stage]}


def test_a_small_town(hinode):
    # Two go on to operation, one ends well, one is given up, one rests, one is only planned.
    made = [begin(hinode, jst(4, 1)) for _ in range(6)]
    for project in made[:5]:
        move(hinode, project, (S.PILOT, jst(5, 10)))
    for project in made[:3]:
        move(hinode, project, (S.EVALUATION, jst(9, 1)))
    move(hinode, made[0], (S.OPERATION, jst(10, 1, 0, 0)))
    move(hinode, made[1], (S.OPERATION, jst(10, 31, 23, 59)))
    move(hinode, made[2], (S.CONCLUDED, jst(10, 15)))
    move(hinode, made[3], (S.CANCELLED, jst(10, 16)))
    move(hinode, made[4], (S.ON_HOLD, jst(10, 17)))

    assert standing(hinode, 4) == {"planning": 6}
    assert standing(hinode, 5) == {"planning": 1, "pilot": 5}
    assert standing(hinode, 9) == {"planning": 1, "pilot": 2, "evaluation": 3}
    ends = {"operation": 2, "concluded": 1, "cancelled": 1, "on_hold": 1}
    assert standing(hinode, 10) == {"planning": 1, **ends} == standing(hinode, 11)

    may, october, november = (counted(count_projects, hinode, month) for month in (5, 10, 11))
    assert [m["pilots_started"].number for m in (may, october, november)] == [5, 0, 0]
    assert [m["into_operation"].number for m in (may, october, november)] == [0, 2, 0]
    assert [m["pilots_concluded"].number for m in (may, october, november)] == [0, 1, 0]
    # Two of the four pilots that came to a result in October.
    assert (october["operation_rate"].number, october["operation_rate"].of) == (2, 4)
    assert (november["operation_rate"].number, november["operation_rate"].of) == (0, 0)


def test_what_is_corrected_within_the_month_did_not_happen_and_later_it_stays(hinode):
    corrected, later = begin(hinode, jst(4, 1)), begin(hinode, jst(4, 1))
    move(hinode, corrected, (S.PILOT, jst(5, 10)), (S.PLANNING, jst(5, 11)))
    move(hinode, later, (S.PILOT, jst(5, 10)))
    assert numbers(count_projects, hinode, 5)["pilots_started"] == 1

    move(hinode, later, (S.PLANNING, jst(6, 1, 0, 0)))

    assert numbers(count_projects, hinode, 5)["pilots_started"] == 1
    assert standing(hinode, 5) == {"planning": 1, "pilot": 1}
    assert standing(hinode, 6) == {"planning": 2}


def test_a_rest_is_no_new_pilot_and_a_reopened_project_ends_again(hinode):
    project = begin(hinode, jst(4, 1))
    move(hinode, project, (S.PILOT, jst(5, 1)), (S.ON_HOLD, jst(6, 1)), (S.PILOT, jst(7, 1)))
    move(hinode, project, (S.CONCLUDED, jst(8, 1)), (S.PILOT, jst(9, 1)), (S.CONCLUDED, jst(10, 1)))

    months = [numbers(count_projects, hinode, month) for month in range(5, 11)]
    assert [m["pilots_started"] for m in months] == [1, 0, 0, 0, 0, 0]
    assert [m["pilots_concluded"] for m in months] == [0, 0, 0, 1, 0, 1]
    assert [m["on_hold"] for m in months] == [0, 1, 0, 0, 0, 0]


@pytest.mark.parametrize("end", ["cancel", "revoke"])
def test_a_project_lives_as_long_as_its_adoption(hinode, end):
    make_policy(hinode)
    made = make(hinode, P.IN_REVIEW, now=jst(4, 1))
    happen(hinode, made, "adopt", "tell", at=jst(5, 10))
    happen(hinode, made, "undo", at=jst(6, 10))
    happen(hinode, made, "adopt", at=jst(7, 10))
    happen(hinode, made, "tell", at=jst(8, 10))
    happen(hinode, made, end, at=jst(9, 10))

    found = [standing(hinode, month) for month in range(4, 10)]
    planned, none = {"planning": 1}, {}
    assert found == [none, planned, none, none, planned, {"cancelled": 1}]
    # It was never tried, so no pilot was cancelled.
    rate = counted(count_projects, hinode, 9)["operation_rate"]
    assert (rate.number, rate.of) == (0, 0)
    with tenant_scope(hinode.id):
        project = get_by_proposal(actor_of(hinode, Role.ADMIN), made.id)
        assert project is not None
        ident = project.id
        db.session.rollback()
    move(hinode, ident, (S.PLANNING, jst(10, 10)))
    assert [standing(hinode, month) for month in (9, 10)] == [{"cancelled": 1}, planned]


def test_a_project_from_before_counts_from_the_day_it_was_posted(hinode):
    project = make_project(hinode, published_at=jst(4, 20))
    move(hinode, project, (S.PILOT, jst(6, 1)))

    assert [standing(hinode, m) for m in (3, 4, 6)] == [{}, {"planning": 1}, {"pilot": 1}]


def test_the_last_month_says_what_the_board_says(hinode):
    make_policy(hinode)
    for number, stage in enumerate(ProjectStage, 1):
        project = make_project(hinode, number, published_at=jst(4, 1))
        if stage is not S.PLANNING:
            move(hinode, project, (S.PILOT, jst(5, 1)))
        if stage not in {S.PLANNING, S.PILOT}:
            move(hinode, project, (S.EVALUATION, jst(5, 2)))
        if stage not in {S.PLANNING, S.PILOT, S.EVALUATION}:
            move(hinode, project, (stage, jst(5, 3)))

    with tenant_scope(hinode.id):
        board = count_by_stage(actor_of(hinode, Role.ADMIN))
    assert board == dict.fromkeys(ProjectStage, 1)
    assert standing(hinode, 12) == {stage.value: count for stage, count in board.items()}


def test_a_project_had_the_department_that_it_had(hinode):
    project_id, other = begin(hinode, jst(4, 1)), make_department(hinode, "農林課")
    actor = actor_of(hinode, Role.ADMIN)

    def departments(month: int) -> list[uuid.UUID | None]:
        with tenant_scope(hinode.id):
            system = Actor.system(hinode.id, rule="月次の集計")
            return [one.department_id for one in list_projects_at(system, jst(month, 1, 0, 0))]

    first = departments(5)
    for department_id, at in ((None, jst(6, 10)), (other, jst(8, 10))):
        with tenant_scope(hinode.id):
            project = get_project(actor, project_id, lock=True)
            draft = ProjectDraft("雪かき", "", "", "", "", False, "", department_id)
            operations.edit_project(project, draft, actor=actor, now=at)
            db.session.commit()

    assert [departments(month) for month in (5, 6, 7, 8, 9)] == [
        first,
        first,
        [None],
        [None],
        [other],
    ]


def test_another_towns_projects_are_not_counted_and_one_statement_is_enough(
    hinode, minato, count_statements
):
    for month in (4, 5, 6):
        move(minato, begin(minato, jst(month, 1)), (S.PILOT, jst(month, 2)))

    with count_statements() as seen:
        assert not any(numbers(count_projects, hinode, 6).values())
    assert len(seen) == 2, seen
