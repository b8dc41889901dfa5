import datetime as dt
from dataclasses import replace

import pytest
import sqlalchemy as sa

from kyoso.core.access import Actor, Role
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, NotFound, RuleViolation
from kyoso.core.journal import list_history
from kyoso.core.scope import tenant_scope
from kyoso.municipal.projects.queries import get_project
from kyoso.municipal.projects.rules import ProjectStage
from kyoso.municipal.workloads import operations, queries
from kyoso.municipal.workloads.models import Capacity, Promoter, Workload
from kyoso.municipal.workloads.operations import Term, WorkloadDraft
from kyoso.municipal.workloads.rules import Consent
from kyoso.tenancy.models import DepartmentPeriod
from support.departments import make_department
from support.people import actor_of
from support.projects import make_project

NOON = dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC)
D = dt.date
APRIL, SEPTEMBER = D(2027, 4, 1), D(2027, 9, 1)


@pytest.fixture
def desk(hinode):
    return actor_of(hinode, Role.SECRETARIAT)


@pytest.fixture
def unit(hinode):
    return make_department(hinode, "農林課")


@pytest.fixture
def own(hinode, unit):
    return replace(actor_of(hinode, Role.STAFF, name="農林 課子"), department_ids=frozenset({unit}))


@pytest.fixture
def project_id(hinode):
    return make_project(hinode)


def draft(unit, first=APRIL, last=SEPTEMBER, added=10, removed=2):
    return WorkloadDraft(unit, first, last, added, removed, "受付が増える")


def entered(actor, project_id, sheet):
    project = get_project(actor, project_id, lock=True)
    workload = operations.enter_workload(
        project, sheet, workload_id=new_id(), actor=actor, now=NOON
    )
    db.session.flush()
    return workload


def said(actor, project_id):
    return [(c.department, c.state) for c in queries.consents_of(actor, project_id)]


def test_a_department_is_asked_and_consents_with_name_and_date(hinode, desk, own, unit, project_id):
    with tenant_scope(hinode.id):
        assert said(desk, project_id) == []
        workload = entered(desk, project_id, draft(unit))
        assert said(desk, project_id) == [("農林課", Consent.NONE)]
        assert [row.id for row in queries.list_to_answer(own)] == [workload.id]
        operations.consent_to_workload(workload, actor=own, now=NOON)
        db.session.flush()
        assert (workload.answered_by, workload.answered_at) == ("農林 課子", NOON)
        assert said(desk, project_id) == [("農林課", Consent.CONSENTED)]
        assert queries.list_to_answer(own) == []
        kinds = [entry.kind for entry in list_history(desk, [project_id])]
        assert kinds == ["WorkloadConsented", "WorkloadEntered"]
        with pytest.raises(RuleViolation, match="すでに同意"):
            operations.consent_to_workload(workload, actor=own, now=NOON)


def test_nobody_else_speaks_for_a_department(hinode, desk, unit, project_id):
    other = replace(
        actor_of(hinode, Role.STAFF), department_ids=frozenset({make_department(hinode, "建設課")})
    )
    with tenant_scope(hinode.id):
        workload = entered(desk, project_id, draft(unit))
        for actor in (other, desk, actor_of(hinode, Role.AUDITOR), Actor.guest(hinode.id)):
            with pytest.raises(Forbidden):
                operations.consent_to_workload(workload, actor=actor, now=NOON)
            with pytest.raises(Forbidden):
                operations.hesitate_about_workload(workload, "人が足りない", actor=actor, now=NOON)
            with pytest.raises(Forbidden):
                operations.set_capacity(
                    unit, D(2027, 4, 1), 5, capacity_id=new_id(), actor=actor, now=NOON
                )
        operations.consent_to_workload(workload, actor=actor_of(hinode, Role.ADMIN), now=NOON)


def test_a_department_hesitates_with_its_reason_also_after_it_agreed(
    hinode, desk, own, unit, project_id
):
    with tenant_scope(hinode.id):
        workload = entered(desk, project_id, draft(unit))
        with pytest.raises(RuleViolation, match="理由"):
            operations.hesitate_about_workload(workload, "", actor=own, now=NOON)
        operations.consent_to_workload(workload, actor=own, now=NOON)
        operations.hesitate_about_workload(workload, "人が足りない", actor=own, now=NOON)
        db.session.flush()
        (found,) = queries.consents_of(desk, project_id)
        assert (found.state, found.hesitation) == (Consent.HESITATING, "人が足りない")
        assert queries.list_to_answer(own) == []


def test_a_consent_to_other_hours_is_no_consent_to_these(hinode, desk, own, unit, project_id):
    with tenant_scope(hinode.id):
        workload = entered(desk, project_id, draft(unit))
        operations.consent_to_workload(workload, actor=own, now=NOON)
        project = get_project(desk, project_id, lock=True)
        operations.change_workload(project, workload, draft(unit, added=30), actor=desk, now=NOON)
        db.session.flush()
        assert said(desk, project_id) == [("農林課", Consent.NONE)]
        assert (workload.answered_by, workload.answered_at) == ("", None)


def test_what_is_taken_back_counts_no_more(hinode, desk, unit, project_id):
    with tenant_scope(hinode.id):
        workload = entered(desk, project_id, draft(unit))
        project = get_project(desk, project_id, lock=True)
        operations.withdraw_workload(project, workload, actor=desk, now=NOON)
        db.session.flush()
        assert said(desk, project_id) == []
        assert queries.list_of_department(desk, unit) == []
        with pytest.raises(NotFound):
            queries.get_workload(desk, project_id, workload.id)
        entered(desk, project_id, draft(unit))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"until_month": D(2027, 3, 1)}, "前です"),
        ({"hours_added": -1}, "0以上"),
        ({"hours_added": 0, "hours_removed": 0}, "1時間以上"),
        ({"from_month": D(2027, 9, 1), "until_month": D(2027, 12, 1)}, "すでに"),
    ],
)
def test_what_makes_no_sense_is_refused(hinode, desk, unit, project_id, change, words):
    with tenant_scope(hinode.id):
        entered(desk, project_id, draft(unit))
        later = draft(unit, D(2028, 4, 1), D(2028, 9, 1))
        if "until_month" in change and "from_month" not in change:
            later = draft(unit)
        with pytest.raises(RuleViolation, match=words):
            entered(desk, project_id, replace(later, **change))
        entered(desk, project_id, draft(unit, D(2027, 10, 1), D(2027, 10, 1)))


@pytest.mark.parametrize(
    ("ends_on", "words"),
    [(D(2026, 3, 31), "に終了しました"), (D(2027, 6, 30), "に終了する予定です")],
)
def test_a_department_that_ends_takes_nothing_on(hinode, desk, unit, project_id, ends_on, words):
    with tenant_scope(hinode.id):
        db.session.execute(sa.update(DepartmentPeriod).values(ends_on=ends_on))
        with pytest.raises(RuleViolation, match=words):
            entered(desk, project_id, draft(unit))


@pytest.mark.parametrize("stage", list(ProjectStage))
def test_a_project_that_has_ended_brings_no_hours(hinode, desk, unit, stage):
    project_id = make_project(hinode, 5, stage=stage)
    with tenant_scope(hinode.id):
        if stage in {ProjectStage.CONCLUDED, ProjectStage.CANCELLED}:
            with pytest.raises(RuleViolation, match=stage.label):
                entered(desk, project_id, draft(unit))
        else:
            entered(desk, project_id, draft(unit))


def test_the_warning_names_every_month_above_what_the_department_can_carry(
    hinode, desk, own, unit, project_id
):
    second = make_project(hinode, 2)
    with tenant_scope(hinode.id):
        operations.set_capacity(unit, D(2027, 1, 15), 10, capacity_id=new_id(), actor=own, now=NOON)
        operations.set_capacity(unit, D(2027, 6, 1), 20, capacity_id=new_id(), actor=own, now=NOON)
        entered(desk, project_id, draft(unit))
        assert queries.list_excess(desk, project_id) == []
        entered(desk, second, draft(unit, D(2027, 3, 1), D(2027, 12, 1), 5, 0))
        (found,) = queries.list_excess(desk, second)
        assert [(e.month, e.hours, e.capacity) for e in found.months] == [
            (D(2027, 4, 1), 13, 10),
            (D(2027, 5, 1), 13, 10),
        ]
        assert "農林課" in found.words
        assert [one.department for one in queries.list_excess(desk, project_id)] == ["農林課"]


def test_a_project_that_only_takes_hours_off_is_not_warned_of(hinode, desk, own, unit, project_id):
    second = make_project(hinode, 2)
    with tenant_scope(hinode.id):
        operations.set_capacity(unit, D(2027, 1, 1), 5, capacity_id=new_id(), actor=own, now=NOON)
        entered(desk, project_id, draft(unit))
        entered(desk, second, draft(unit, added=0, removed=1))
        assert queries.list_excess(desk, second) == []


def test_promoters_are_named_for_a_time_and_their_terms_do_not_overlap(
    hinode, own, unit, member_of
):
    member = member_of(hinode, Role.STAFF)

    def name(first, last=None):
        promoter = operations.name_promoter(
            unit,
            Term(member.membership_id, first, last),
            promoter_id=new_id(),
            actor=own,
            now=NOON,
        )
        db.session.flush()
        return promoter

    with tenant_scope(hinode.id):
        first = name(D(2026, 4, 1))
        with pytest.raises(RuleViolation, match="重なって"):
            name(D(2027, 4, 1))
        with pytest.raises(RuleViolation, match="より前です"):
            operations.end_promoter(first, D(2026, 3, 1), actor=own, now=NOON)
        operations.end_promoter(first, D(2027, 3, 31), actor=own, now=NOON)
        name(D(2027, 4, 1))
        assert len(queries.list_promoters(own, unit)) == 2
        other = actor_of(hinode, Role.STAFF)
        with pytest.raises(Forbidden):
            operations.end_promoter(first, D(2027, 3, 1), actor=other, now=NOON)


@pytest.mark.parametrize(
    ("table", "values", "name"),
    [
        (Workload, {"hours_added": -1}, "hours_not_negative"),
        (Workload, {"hours_added": 0, "hours_removed": 0}, "some_hours"),
        (Workload, {"from_month": D(2027, 4, 2)}, "whole_months"),
        (Workload, {"until_month": D(2027, 3, 1)}, "ends_after_it_starts"),
        (Workload, {"consent": "consented"}, "answer_has_name_and_date"),
        (Workload, {"hesitation": "x"}, "hesitation_has_reason"),
        (Capacity, {"hours_a_month": -1}, "hours_not_negative"),
        (Capacity, {"from_month": D(2027, 4, 2)}, "whole_months"),
        (Promoter, {"ends_on": D(2020, 1, 1)}, "ends_after_it_starts"),
    ],
)
def test_the_database_refuses_what_may_never_be(
    hinode, desk, own, unit, project_id, member_of, table, values, name
):
    member = member_of(hinode, Role.STAFF)
    with tenant_scope(hinode.id):
        entered(desk, project_id, draft(unit))
        operations.set_capacity(unit, D(2027, 1, 1), 5, capacity_id=new_id(), actor=own, now=NOON)
        term = Term(member.membership_id, D(2026, 4, 1))
        operations.name_promoter(unit, term, promoter_id=new_id(), actor=own, now=NOON)
        db.session.flush()
        with pytest.raises(sa.exc.IntegrityError, match=name):
            db.session.execute(sa.update(table).values(**values))
