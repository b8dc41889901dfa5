"""What is counted of the work that projects bring, held against a small town."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from kyoso.core.access import Role
from kyoso.core.db import db, new_id
from kyoso.core.scope import tenant_scope
from kyoso.municipal.projects.operations import move_project
from kyoso.municipal.projects.queries import get_project
from kyoso.municipal.projects.rules import ProjectStage
from kyoso.municipal.workloads import operations, queries
from kyoso.municipal.workloads.metrics import count_workloads
from kyoso.municipal.workloads.operations import WorkloadDraft
from kyoso.tenancy.models import DepartmentPeriod
from support.departments import make_department
from support.months import counted, jst, numbers
from support.people import Town, actor_of
from support.projects import make_project

D = dt.date


@pytest.fixture
def town(hinode):
    return hinode


def draft(unit: uuid.UUID, first: int, last: int, added: int, removed: int = 0) -> WorkloadDraft:
    return WorkloadDraft(unit, D(2026, first, 1), D(2026, last, 1), added, removed, "受付が増える")


def load(town: Town, project_id: uuid.UUID, said: WorkloadDraft) -> uuid.UUID:
    actor = actor_of(town, Role.SECRETARIAT)
    with tenant_scope(town.id):
        project = get_project(actor, project_id, lock=True)
        made = operations.enter_workload(
            project, said, workload_id=new_id(), actor=actor, now=jst(4, 1)
        )
        db.session.commit()
        return made.id


def happen(
    town: Town, project_id: uuid.UUID, workload_id: uuid.UUID, at: dt.datetime, said=None
) -> None:
    """Change hours, or take them back."""
    actor = actor_of(town, Role.SECRETARIAT)
    with tenant_scope(town.id):
        project = get_project(actor, project_id, lock=True)
        row = queries.get_workload(actor, project_id, workload_id)
        if said is None:
            operations.withdraw_workload(project, row, actor=actor, now=at)
        else:
            operations.change_workload(project, row, said, actor=actor, now=at)
        db.session.commit()


def stop(town: Town, project_id: uuid.UUID, stage: ProjectStage, at: dt.datetime) -> None:
    actor = actor_of(town, Role.ADMIN)
    with tenant_scope(town.id):
        move_project(
            get_project(actor, project_id, lock=True), stage, "雪のため", actor=actor, now=at
        )
        db.session.commit()


def project_of(town: Town, number: int, unit: uuid.UUID | None) -> uuid.UUID:
    return make_project(town, number, department_id=unit, published_at=jst(4, 1))


def test_a_small_town(town):
    units = [make_department(town, name) for name in ("建設課", "農林課", "町民課", "総務課")]
    first, second = project_of(town, 1, units[0]), project_of(town, 2, None)
    load(town, first, draft(units[1], 9, 10, 12, 2))
    load(town, first, draft(units[0], 10, 12, 5))
    load(town, second, draft(units[1], 10, 10, 0, 20))

    assert [numbers(count_workloads, town, m)["hours"] for m in (8, 9, 10, 11)] == [0, 10, -5, 5]
    # 建設課 is in charge of the first; 農林課 bears hours in September and October.
    shares = [counted(count_workloads, town, month)["departments"] for month in (8, 9, 10, 11)]
    assert [(share.number, share.of) for share in shares] == [(1, 4), (2, 4), (2, 4), (1, 4)]


def test_what_is_changed_taken_back_or_stopped_later_was_as_it_was(town):
    unit, other = make_department(town, "農林課"), make_department(town, "町民課")
    project, ending = project_of(town, 1, None), project_of(town, 2, None)
    changed = load(town, project, draft(unit, 9, 12, 10))
    load(town, ending, draft(unit, 9, 12, 3))
    before = counted(count_workloads, town, 9)
    assert before["hours"].number == 13

    happen(town, project, changed, jst(10, 10), draft(other, 9, 12, 6))
    happen(town, project, changed, jst(10, 11), draft(other, 9, 12, 4))
    assert counted(count_workloads, town, 9) == before
    stop(town, ending, ProjectStage.ON_HOLD, jst(10, 12))
    october = counted(count_workloads, town, 10)
    # A project that rests has not ended.
    assert (october["hours"].number, october["departments"].number) == (7, 2)
    happen(town, project, changed, jst(11, 1, 0, 0))
    stop(town, ending, ProjectStage.CANCELLED, jst(11, 30, 23, 59))

    assert counted(count_workloads, town, 9) == before
    assert counted(count_workloads, town, 10) == october
    november = counted(count_workloads, town, 11)
    assert (november["hours"].number, november["departments"].number) == (0, 0)


def test_the_units_of_the_month_are_counted(town):
    old, kept = make_department(town, "旧課"), make_department(town, "建設課")
    project_of(town, 1, old)
    with tenant_scope(town.id):
        db.session.query(DepartmentPeriod).filter_by(department_id=old).update(
            {"ends_on": D(2026, 9, 30)}
        )
        db.session.commit()

    september, october = (counted(count_workloads, town, m)["departments"] for m in (9, 10))
    assert (september.number, september.of) == (1, 2)
    assert (october.number, october.of) == (0, 1)
    assert kept


def test_a_town_without_anything_and_another_town(town, minato):
    unit = make_department(minato)
    load(minato, project_of(minato, 1, unit), draft(unit, 9, 12, 10))

    found = counted(count_workloads, town, 10)

    assert found["hours"].number == 0
    assert (found["departments"].number, found["departments"].of) == (0, 0)
    assert numbers(count_workloads, minato, 10)["hours"] == 10
