import datetime as dt
import threading
from dataclasses import replace

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, InvalidInput, RuleViolation
from kyoso.core.i18n import force_locale
from kyoso.core.journal import list_history
from kyoso.core.scope import tenant_scope
from kyoso.municipal.documents.queries import list_for_subject
from kyoso.municipal.documents.rules import DocumentKind
from kyoso.municipal.gates import operations, queries
from kyoso.municipal.gates.models import StagePassage
from kyoso.municipal.gates.rules import GATES, DecisionKind, Key, Recommendation
from kyoso.municipal.projects.operations import move_project
from kyoso.municipal.projects.queries import get_project
from kyoso.municipal.projects.rules import ProjectStage
from kyoso.municipal.workloads.operations import hesitate_about_workload
from support.departments import make_department
from support.gates import walking
from support.people import actor_of
from support.projects import make_project

S = ProjectStage


@pytest.fixture
def department(hinode):
    return make_department(hinode, "建設課")


@pytest.fixture
def project(hinode, department):
    return make_project(hinode, 1, department_id=department)


@pytest.fixture
def head(hinode, department):
    """Somebody of the department that bears the work."""
    return replace(actor_of(hinode, Role.STAFF), department_ids=frozenset({department}))


def missing(walk, to: ProjectStage) -> set[Key]:
    found = queries.checklist(walk.actor, walk.project, to, walk.today)
    return {item.condition.key for item in found.missing}


def test_each_step_of_the_desk_meets_its_condition(hinode, project, department) -> None:
    with walking(hinode, project) as walk:
        assert missing(walk, S.PILOT) == {c.key for c in GATES[S.PILOT]}
        walk.sign_agreement()
        assert missing(walk, S.PILOT).isdisjoint({Key.AGREEMENT, Key.CLAUSES})
        walk.settle_fit_sheet()
        assert Key.FIT_SHEET not in missing(walk, S.PILOT)
        walk.plan_costs()
        assert Key.COSTS_DRAFTED not in missing(walk, S.PILOT)
        walk.consent(department, walk.actor)
        assert missing(walk, S.PILOT) == {Key.TARGETS}
        walk.define_indicator()
        assert missing(walk, S.PILOT) == set()
        walk.define_indicator("まだ基準のない指標", values=None)
        assert missing(walk, S.PILOT) == {Key.TARGETS}


def test_an_agreement_that_has_run_out_is_none(hinode, project) -> None:
    long_ago = now() - dt.timedelta(days=400)
    with walking(hinode, project, at=long_ago) as walk:
        walk.sign_agreement(days=30)
        assert Key.AGREEMENT not in missing(walk, S.PILOT)
        later = replace(walk, now=now())
        assert Key.AGREEMENT in missing(later, S.PILOT)


def test_a_project_is_walked_into_operation(hinode, project, department, head) -> None:
    with walking(hinode, project, Role.SECRETARIAT) as walk:
        walk.ready_for_pilot(department, head)
        walk.pass_gate(S.PILOT)
        assert missing(walk, S.EVALUATION) == {c.key for c in GATES[S.EVALUATION]}
        walk.ready_for_evaluation()
        walk.pass_gate(S.EVALUATION)
        assert missing(walk, S.OPERATION) == {
            Key.EVALUATION,
            Key.COSTS_COMPLETE,
            Key.BUDGET,
            Key.DECISION,
        }
        walk.ready_for_operation()
        walk.pass_gate(S.OPERATION)
        assert walk.project.stage is S.OPERATION
        records = queries.records_of(walk.actor, project)
        assert [p.to_stage for p in records.passages] == [S.OPERATION, S.EVALUATION, S.PILOT]
        assert records.overrides == ()
        kinds = {entry.kind for entry in list_history(walk.actor, [project])}
        assert {"StagePassed", "ProjectMoved", "PilotEvaluated", "StageDecided"} <= kinds


def test_a_project_comes_to_a_good_end_without_operation(hinode, project, department, head) -> None:
    with walking(hinode, project, Role.SECRETARIAT) as walk:
        walk.ready_for_pilot(department, head)
        walk.pass_gate(S.PILOT)
        walk.write_lessons(offered=False)
        assert missing(walk, S.CONCLUDED) == {Key.LETTER, Key.OFFERED}
        walk.ready_to_conclude()
        walk.pass_gate(S.CONCLUDED)
        assert walk.project.stage is S.CONCLUDED
        assert len(queries.records_of(walk.actor, project).closings) == 2


def test_a_department_that_hesitates_stops_the_pilot(hinode, project, department, head) -> None:
    with walking(hinode, project, Role.SECRETARIAT) as walk:
        walk.ready_for_pilot(department, head)
        other = make_department_here(walk, "農林課")
        farmers = replace(head, department_ids=frozenset({other}))
        load = walk.enter_load(other)
        hesitate_about_workload(load, "秋は繁忙期のため", actor=farmers, now=walk.now)
        db.session.flush()
        found = queries.checklist(walk.actor, walk.project, S.PILOT, walk.today)
        assert [(i.condition.key, i.detail) for i in found.missing] == [(Key.CONSENTS, "農林課")]
        with pytest.raises(RuleViolation, match="関係する課がすべて了承している"):
            walk.pass_gate(S.PILOT)


def make_department_here(walk, name):
    from kyoso.tenancy.models import Department, DepartmentPeriod

    unit, own = new_id(), {"tenant_id": walk.actor.tenant_id}
    db.session.add(Department(id=unit, slug=unit.hex, position=2, **own))
    db.session.flush()
    db.session.add(DepartmentPeriod(department_id=unit, name=name, time_limited=False, **own))
    db.session.flush()
    return unit


def test_an_override_stays_with_its_reason_and_what_was_missing(hinode, project) -> None:
    with walking(hinode, project, Role.ADMIN) as walk:
        with pytest.raises(InvalidInput):
            walk.pass_gate(S.PILOT)
        walk.pass_gate(S.PILOT, "町長の指示により、雪の前に始めるため")
        (override,) = queries.records_of(walk.actor, project).overrides
        assert override.reason == "町長の指示により、雪の前に始めるため"
        assert set(override.missing) == {c.key.value for c in GATES[S.PILOT]}
        assert override.missing_labels[0] == "実証協定を結んでいる"
        entry = next(e for e in list_history(walk.actor, [project]) if e.kind == "StagePassed")
        assert entry.facts["overridden"] is True
        assert entry.facts["reason"] == override.reason


@pytest.mark.parametrize(
    ("role", "reason", "refusal"),
    [
        (Role.SECRETARIAT, "", RuleViolation),
        (Role.SECRETARIAT, "急ぐため", Forbidden),
        (Role.STAFF, "急ぐため", Forbidden),
        (Role.AUDITOR, "急ぐため", Forbidden),
        (Role.GUEST, "急ぐため", Forbidden),
    ],
)
def test_nobody_else_overrides(hinode, project, role, reason, refusal) -> None:
    with walking(hinode, project, role) as walk, pytest.raises(refusal):
        walk.pass_gate(S.PILOT, reason)


@pytest.mark.parametrize("to", [S.EVALUATION, S.OPERATION])
def test_no_gate_is_skipped(hinode, project, to) -> None:
    with walking(hinode, project) as walk, pytest.raises(RuleViolation):
        walk.pass_gate(to, "理由")


@pytest.mark.parametrize("to", [S.PLANNING, S.ON_HOLD, S.CANCELLED])
def test_there_is_no_gate_before_going_back_or_stopping(hinode, project, to) -> None:
    with walking(hinode, project) as walk, pytest.raises(RuleViolation, match="ゲートはありません"):
        walk.pass_gate(to, "理由")


def test_resting_and_going_on_needs_no_gate_but_going_further_does(hinode, department) -> None:
    project = make_project(hinode, 1, stage=S.PILOT)
    with walking(hinode, project) as walk:

        def move(to):
            move_project(walk.project, to, "理由", actor=walk.actor, now=walk.now)
            db.session.flush()

        move(S.ON_HOLD)
        for to in (S.EVALUATION, S.OPERATION, S.CONCLUDED):
            with pytest.raises(RuleViolation, match="ゲートから"):
                move(to)
        move(S.PILOT)
        move(S.CANCELLED)
        with pytest.raises(RuleViolation):
            move(S.PILOT)
        move(S.PLANNING)


def test_of_two_who_let_it_pass_at_once_one_does(app, hinode, project) -> None:
    both, told = threading.Barrier(2), []

    def go() -> None:
        with app.app_context():
            both.wait()
            try:
                with walking(hinode, project) as walk:
                    walk.pass_gate(S.PILOT, "急ぐため")
                told.append("passed")
            except RuleViolation:
                told.append("refused")
            finally:
                db.session.remove()

    threads = [threading.Thread(target=go) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["passed", "refused"]
    with tenant_scope(hinode.id):
        assert len(db.session.scalars(sa.select(StagePassage)).all()) == 1


def test_the_last_decision_on_operation_counts(hinode, project) -> None:
    with walking(hinode, project) as walk:
        walk.decide(DecisionKind.OPERATE)
        assert Key.DECISION not in missing(walk, S.OPERATION)
        replace(walk, now=walk.now + dt.timedelta(minutes=1)).decide(DecisionKind.NOT_OPERATE)
        assert Key.DECISION in missing(walk, S.OPERATION)


def test_an_end_that_was_decided_before_the_pilot_is_not_its_end(hinode, project) -> None:
    with walking(hinode, project) as walk:
        walk.decide(DecisionKind.END_PILOT)
        later = replace(walk, now=walk.now + dt.timedelta(minutes=1))
        later.pass_gate(S.PILOT, "急ぐため")
        assert Key.PILOT_OVER in missing(later, S.EVALUATION)
        replace(walk, now=walk.now + dt.timedelta(minutes=2)).decide(DecisionKind.END_PILOT)
        assert Key.PILOT_OVER not in missing(later, S.EVALUATION)


def test_what_was_judged_is_written_anew_never_changed(hinode, department) -> None:
    project = make_project(hinode, 1, department_id=department, stage=S.EVALUATION)
    with walking(hinode, project) as walk:
        walk.evaluate()
        walk.evaluate()
        assert len(queries.records_of(walk.actor, project).evaluations) == 2
        db.session.commit()
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            db.session.execute(sa.update(StagePassage).values(reason="x"))
        db.session.rollback()


def test_nothing_is_judged_before_it_began(hinode, project) -> None:
    with walking(hinode, project) as walk, pytest.raises(RuleViolation, match="始める前"):
        walk.evaluate()


def test_staff_write_for_their_own_department_only(hinode, department) -> None:
    own = make_project(hinode, 1, department_id=department, stage=S.PILOT)
    other = make_project(hinode, 2, stage=S.PILOT)
    staff = replace(actor_of(hinode, Role.STAFF), department_ids=frozenset({department}))
    draft = operations.ClosingDraft("分かった", "", False)
    with tenant_scope(hinode.id):
        mine, theirs = get_project(staff, own), get_project(staff, other)
        operations.write_lessons(mine, draft, closing_id=new_id(), actor=staff, now=now())
        with pytest.raises(Forbidden):
            operations.write_lessons(theirs, draft, closing_id=new_id(), actor=staff, now=now())


def test_the_letter_waits_for_the_lessons(hinode, project) -> None:
    with walking(hinode, project) as walk, pytest.raises(RuleViolation, match="書き残して"):
        walk.issue_letter()


def test_the_result_waits_for_the_evaluation(hinode, department) -> None:
    project = make_project(hinode, 1, department_id=department, stage=S.PILOT)
    with walking(hinode, project) as walk:
        with pytest.raises(RuleViolation, match="評価を記録して"):
            walk.issue_result()
        walk.evaluate()
        walk.issue_result()
        (document,) = list_for_subject(walk.actor, project)
        assert document.kind is DocumentKind.PILOT_RESULT
        assert document.title == "実証結果報告書（No.1）"
        entries = list_history(walk.actor, [project])
        assert [e.kind for e in entries].count("PilotResultIssued") == 1
        assert next(e for e in entries if e.kind == "PilotResultIssued").facts["reference"]


def test_the_result_says_the_latest_evaluation_and_the_numbers(hinode, department) -> None:
    days = {"pilot_starts_on": dt.date(2026, 4, 1), "pilot_ends_on": dt.date(2026, 9, 30)}
    project = make_project(hinode, 1, department_id=department, stage=S.PILOT, **days)
    with walking(hinode, project) as walk:
        walk.define_indicator()
        walk.measure(26)
        walk.evaluate()
        later = replace(walk, now=walk.now + dt.timedelta(minutes=1))
        later.evaluate(Recommendation.CONCLUDE)
        with force_locale("en"):
            values = queries.pilot_result_values(walk.actor, walk.project)
        (indicator,) = queries.standing_of(walk.actor, walk.project).indicators
        assert f"・{indicator.name}：基準 " in values["results"]
        assert values["results"].endswith(f"最新の値 26{indicator.unit}")
        assert values["next_steps"].startswith("実証の目的を果たしたので、ここで終える\n")
        assert (values["starts_on"], values["ends_on"]) == tuple(days.values())


def test_a_new_evaluation_has_no_report_yet(hinode, department) -> None:
    project = make_project(hinode, 1, department_id=department, stage=S.PILOT)

    def told(walk) -> bool:
        results = queries.list_pilot_results(walk.actor, project)
        return queries.records_of(walk.actor, project).reported_in(results)

    with walking(hinode, project) as walk:
        assert not told(walk)
        walk.evaluate()
        assert not told(walk)
        walk.issue_result()
        assert told(walk)
        replace(walk, now=walk.now + dt.timedelta(minutes=1)).evaluate()
        assert not told(walk)


@pytest.mark.parametrize("role", [Role.STAFF, Role.AUDITOR, Role.GUEST])
def test_who_may_not_evaluate_issues_no_result(hinode, department, role) -> None:
    project = make_project(hinode, 1, department_id=department, stage=S.PILOT)
    with walking(hinode, project) as walk:
        walk.evaluate()
        other = replace(walk, actor=actor_of(hinode, role))
        with pytest.raises(Forbidden):
            other.issue_result()
        head = replace(actor_of(hinode, Role.STAFF), department_ids=frozenset({department}))
        replace(walk, actor=head).issue_result()
