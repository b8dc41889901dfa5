"""What a town does for one project on its way: each function meets one condition of a gate."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from decimal import Decimal

from kyoso.core.access import Actor
from kyoso.core.clock import JST
from kyoso.core.db import db, new_id
from kyoso.municipal.activities import operations as activities
from kyoso.municipal.agreements import operations as agreements
from kyoso.municipal.agreements.rules import REQUIRED, AgreementKind, ClauseAnswer, ClauseState
from kyoso.municipal.fit_sheets import operations as fit_sheets
from kyoso.municipal.fit_sheets import queries as sheets
from kyoso.municipal.gates import operations as gates
from kyoso.municipal.gates.rules import DecisionKind, Recommendation
from kyoso.municipal.indicators import operations as indicators
from kyoso.municipal.indicators.queries import get_indicator, list_indicators
from kyoso.municipal.indicators.rules import Direction
from kyoso.municipal.projects.models import Project
from kyoso.municipal.projects.rules import ProjectStage
from kyoso.municipal.running_costs import operations as costs
from kyoso.municipal.running_costs.queries import plan_of
from kyoso.municipal.running_costs.rules import CostCategory, CostItem, CostSheet, FundingSource
from kyoso.municipal.workloads import operations as workloads
from kyoso.municipal.workloads.models import Workload
from kyoso.municipal.workloads.rules import month_of

DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Walk:
    """A project, who looks after it, and the moment at which the next thing is done."""

    project: Project
    actor: Actor
    now: dt.datetime

    @property
    def today(self) -> dt.date:
        """The day in Japan."""
        return self.now.astimezone(JST).date()

    def sign_agreement(self, days: int = 365, partner: str = "みほん社（見本）") -> None:
        """Sign a pilot agreement with everything that the gate asks for."""
        kind = AgreementKind.PILOT
        terms = agreements.Terms(
            f"{self.project.title}の実証に関する協定（見本）",
            ({"name": partner, "role": "実証の相手方", "contact": ""},),
            starts_on=self.today,
            ends_on=self.today + days * DAY,
            department_id=self.project.department_id,
        )
        agreement = agreements.create_agreement(
            terms, kind, self.project.id, agreement_id=new_id(), actor=self.actor, now=self.now
        )
        db.session.flush()
        answers = [
            ClauseAnswer(clause, ClauseState.INCLUDED, f"{clause.label}について定める（見本）。")
            for clause in sorted(REQUIRED[kind])
        ]
        agreements.decide_clauses(agreement, answers, actor=self.actor, now=self.now)
        agreements.sign_agreement(agreement, self.today, actor=self.actor, now=self.now)
        db.session.flush()

    def settle_fit_sheet(self) -> None:
        """Begin the すり合わせシート and leave nothing in it open."""
        subject = sheets.subject_of_project(self.actor, self.project.id)
        sheet = sheets.find_sheet(self.actor, subject) or fit_sheets.start_sheet(
            subject, actor=self.actor, now=self.now
        )
        db.session.flush()
        word = fit_sheets.Word(reason="今回の実証では扱いません（見本）。")
        for item in sheets.list_items(self.actor, sheet.id):
            fit_sheets.put_item_out(sheet, item, word, actor=self.actor, now=self.now)
            db.session.flush()

    def plan_costs(self, yen: int = 360_000, *, complete: bool = False) -> None:
        """Write what operation would cost; `complete` with everything that its gate asks for."""
        item = CostItem(
            "利用料（見本）",
            CostCategory.LICENCE,
            FundingSource.GENERAL if complete else None,
            yen // 2,
            (yen,) * 5 if complete else (yen, None, None, None, None),
        )
        plan = plan_of(self.actor, self.project.id)
        sheet = CostSheet(
            starts_on=dt.date(self.today.year + 1, 4, 1),
            items=(item,),
            staff_hours=(24,) * 5 if complete else (24, None, None, None, None),
            exit_yen=50_000 if complete else None,
            budget_source="一般会計 2款1項（見本）" if complete else "",
        )
        costs.save_plan(
            self.project,
            sheet,
            complete=complete,
            seen_version=plan.version if plan else 0,
            actor=self.actor,
            now=self.now,
        )
        db.session.flush()

    def enter_load(self, department_id: uuid.UUID, hours: int = 6) -> Workload:
        """Put down what the project brings a department; it has not answered yet."""
        month = month_of(self.today)
        draft = workloads.WorkloadDraft(
            department_id,
            month,
            month_of(month + 340 * DAY),
            hours,
            0,
            "機器の点検と問い合わせ（見本）",
        )
        load = workloads.enter_workload(
            self.project, draft, workload_id=new_id(), actor=self.actor, now=self.now
        )
        db.session.flush()
        return load

    def consent(self, department_id: uuid.UUID, by: Actor) -> None:
        """Put down the hours, and let the department agree."""
        workloads.consent_to_workload(self.enter_load(department_id), actor=by, now=self.now)

    def define_indicator(
        self,
        name: str = "月に一度も外出しない人（見本）",
        unit: str = "人",
        values: tuple[int, int] | None = (38, 20),
    ) -> None:
        """Say by what the project is measured; without values as a draft."""
        aim = {}
        if values:
            aim = {
                "baseline_value": Decimal(values[0]),
                "baseline_on": self.today - 30 * DAY,
                "target_value": Decimal(values[1]),
                "target_by": self.today + 365 * DAY,
            }
        down = values is None or values[1] < values[0]
        draft = indicators.IndicatorDraft(
            name,
            "暮らしがどう変わったかが分かります（見本）。",
            unit,
            Direction.DOWN if down else Direction.UP,
            **aim,  # type: ignore[arg-type]
        )
        indicators.define_indicator(
            self.project, draft, indicator_id=new_id(), actor=self.actor, now=self.now
        )
        db.session.flush()

    def measure(self, value: int | str = 26) -> None:
        """Measure every indicator."""
        for info in list_indicators(self.actor, self.project.id):
            indicators.measure_indicator(
                self.project,
                get_indicator(self.actor, self.project.id, info.id),
                indicators.Reading(Decimal(value), self.today, "聞き取りによる（見本）。"),
                measurement_id=new_id(),
                actor=self.actor,
                now=self.now,
            )
        db.session.flush()

    def report(self, title: str = "半年の歩み（見本）") -> None:
        """Publish an activity report."""
        draft = activities.ReportDraft(title, "地区の皆さんと確かめました（見本）。")
        report = activities.write_report(
            self.project, draft, form_id=new_id(), actor=self.actor, now=self.now
        )
        activities.publish_report(self.project, report, actor=self.actor, now=self.now)
        db.session.flush()

    def decide(
        self, kind: DecisionKind, grounds: str = "課長会議で話し合った結果（見本）。"
    ) -> None:
        """Keep a decision of the town."""
        draft = gates.DecisionDraft(kind, grounds, "課長会議（見本）", self.today)
        gates.decide_stage(
            self.project, draft, decision_id=new_id(), actor=self.actor, now=self.now
        )
        db.session.flush()

    def evaluate(
        self,
        advice: Recommendation = Recommendation.OPERATE,
        *,
        findings: str = "声をかける人がいる地区ほど、よく使われました（見本）。",
        results: str = "外出しない人は38人から26人に減りました（見本）。",
        reason: str = "効果と費用の見通しが立ったため（見本）。",
    ) -> None:
        """Write down what the pilot showed."""
        draft = gates.EvaluationDraft(findings, results, advice, reason)
        gates.evaluate_pilot(
            self.project, draft, evaluation_id=new_id(), actor=self.actor, now=self.now
        )
        db.session.flush()

    def issue_result(self) -> None:
        """Issue the report of what the pilot showed."""
        gates.issue_pilot_result(self.project, actor=self.actor, now=self.now)
        db.session.flush()

    def write_lessons(
        self,
        *,
        lessons: str = "はじめる前に、地区の集まりで三回説明したことが効きました（見本）。",
        handover: str = "機器は生涯学習の係が引き継ぎます（見本）。",
        offered: bool = True,
    ) -> None:
        """Write down what others can learn."""
        draft = gates.ClosingDraft(lessons, handover, offered)
        gates.write_lessons(
            self.project, draft, closing_id=new_id(), actor=self.actor, now=self.now
        )
        db.session.flush()

    def issue_letter(self) -> None:
        """Issue the completion letter."""
        gates.issue_completion(self.project, actor=self.actor, now=self.now)
        db.session.flush()

    def pass_gate(self, to: ProjectStage, reason: str = "") -> None:
        """Go on."""
        gates.pass_gate(self.project, to, reason, actor=self.actor, now=self.now)
        db.session.flush()

    def ready_for_pilot(self, department_id: uuid.UUID, by: Actor, days: int = 365) -> None:
        """Meet all conditions of the gate into the pilot."""
        self.sign_agreement(days)
        self.settle_fit_sheet()
        self.plan_costs()
        self.consent(department_id, by)
        self.define_indicator()

    def ready_for_evaluation(self) -> None:
        """Meet all conditions of the gate into the evaluation."""
        self.decide(DecisionKind.END_PILOT)
        self.measure()
        self.report()

    def ready_for_operation(self) -> None:
        """Meet all conditions of the gate into operation."""
        self.evaluate()
        self.plan_costs(complete=True)
        self.decide(DecisionKind.OPERATE)

    def ready_to_conclude(self) -> None:
        """Meet all conditions of the gate to the end."""
        self.write_lessons()
        self.issue_letter()
