"""Every read for gates: the facts of a project, and what was judged, decided and passed."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from kyoso.core.access import Actor
from kyoso.core.clock import JST, today
from kyoso.core.db import db
from kyoso.core.errors import RuleViolation
from kyoso.core.i18n import force_locale
from kyoso.core.i18n import gettext as _
from kyoso.municipal.activities.queries import select_reported
from kyoso.municipal.agreements.queries import Agreement, pilot_agreement_of
from kyoso.municipal.documents.queries import Document, list_for_subject, select_issued
from kyoso.municipal.documents.rules import DocumentKind
from kyoso.municipal.fit_sheets.queries import select_open
from kyoso.municipal.gates import rules
from kyoso.municipal.gates.models import Closing, Evaluation, StageDecision, StagePassage
from kyoso.municipal.gates.rules import Checklist, DecisionKind, Facts, Recommendation
from kyoso.municipal.indicators.queries import IndicatorInfo, list_indicators
from kyoso.municipal.indicators.rules import in_one_line
from kyoso.municipal.projects.queries import Project
from kyoso.municipal.projects.rules import ProjectStage
from kyoso.municipal.running_costs.queries import Plan, plan_of
from kyoso.municipal.workloads.queries import select_answers
from kyoso.municipal.workloads.rules import Consent, state_of
from kyoso.tenancy.queries import department_names


@dataclass(frozen=True, slots=True)
class EvaluationInfo:
    """What a pilot showed, as it was written at one time."""

    id: uuid.UUID
    by: str
    at: dt.datetime
    recommendation: Recommendation
    learnt: str
    result: str
    reason: str


@dataclass(frozen=True, slots=True)
class ClosingInfo:
    """What others can learn, as it was written at one time."""

    id: uuid.UUID
    by: str
    at: dt.datetime
    lessons: str
    handed_over: str
    lessons_offered: bool


@dataclass(frozen=True, slots=True)
class DecisionInfo:
    """One decision about the running project."""

    id: uuid.UUID
    by: str
    at: dt.datetime
    kind: DecisionKind
    grounds: str
    decided_by: str
    decided_on: dt.date


@dataclass(frozen=True, slots=True)
class PassageInfo:
    """One passing of a gate."""

    id: uuid.UUID
    by: str
    at: dt.datetime
    from_stage: ProjectStage
    to_stage: ProjectStage
    missing: tuple[str, ...]
    reason: str

    @property
    def overridden(self) -> bool:
        """Tell whether something was missing."""
        return bool(self.missing)

    @property
    def missing_labels(self) -> list[str]:
        """What was missing, in words."""
        labels = {c.key.value: str(c.label) for c in rules.GATES.get(self.to_stage, ())}
        return [labels.get(key, key) for key in self.missing]


@dataclass(frozen=True, slots=True)
class Records:
    """Everything kept at a project's gates, newest first; of evaluations and closings the first counts."""

    evaluations: tuple[EvaluationInfo, ...] = ()
    closings: tuple[ClosingInfo, ...] = ()
    decisions: tuple[DecisionInfo, ...] = ()
    passages: tuple[PassageInfo, ...] = ()

    @property
    def evaluation(self) -> EvaluationInfo | None:
        """The evaluation that counts."""
        return self.evaluations[0] if self.evaluations else None

    @property
    def closing(self) -> ClosingInfo | None:
        """The lessons that count."""
        return self.closings[0] if self.closings else None

    @property
    def overrides(self) -> tuple[PassageInfo, ...]:
        """The passages with something missing."""
        return tuple(passage for passage in self.passages if passage.overridden)

    @property
    def on_operation(self) -> DecisionInfo | None:
        """The last decision on whether to operate."""
        found = (one for one in self.decisions if one.kind in rules.ON_OPERATION)
        return next(found, None)

    def reported_in(self, results: Sequence[Document]) -> bool:
        """Tell whether a report in force says what the evaluation that counts says."""
        last = self.evaluation
        return last is not None and any(
            one.voided_at is None and one.issued_at >= last.at for one in results
        )

    def decided_since(self, kind: DecisionKind, stage: ProjectStage) -> bool:
        """Tell whether something was decided after the project last went into a stage."""
        entered = [p.at for p in self.passages if p.to_stage is stage]
        since = max(entered, default=None)
        return any(
            one.kind is kind and (since is None or one.at >= since) for one in self.decisions
        )


#: For each table: what it is read as, and its columns in that order.
_KEPT: tuple[tuple[type[Any], Any, tuple[Any, ...]], ...] = (
    (
        EvaluationInfo,
        Evaluation,
        (Evaluation.recommendation, Evaluation.learnt, Evaluation.result, Evaluation.reason),
    ),
    (ClosingInfo, Closing, (Closing.lessons, Closing.handed_over, Closing.lessons_offered)),
    (
        DecisionInfo,
        StageDecision,
        (
            StageDecision.kind,
            StageDecision.grounds,
            StageDecision.decided_by,
            StageDecision.decided_on,
        ),
    ),
    (
        PassageInfo,
        StagePassage,
        (
            StagePassage.from_stage,
            StagePassage.to_stage,
            sa.func.array_to_string(StagePassage.missing, " "),
            StagePassage.reason,
        ),
    ),
)
_WIDEST = 4


def records_of(actor: Actor, project_id: uuid.UUID) -> Records:
    """Return everything kept at a project's gates, in one statement."""
    parts = []
    for place, (_info, table, columns) in enumerate(_KEPT):
        passage = table is StagePassage
        # One shape for all four tables, so that one statement brings them.
        said: list[sa.ColumnElement[Any]] = [sa.cast(column, sa.Text) for column in columns]
        said += [sa.null()] * (_WIDEST - len(said))
        parts.append(
            sa.select(
                sa.literal(place).label("place"),
                table.id.label("id"),
                (table.passed_by if passage else table.recorded_by).label("by"),
                (table.passed_at if passage else table.recorded_at).label("at"),
                *(cell.label(f"cell_{n}") for n, cell in enumerate(said)),
            ).where(table.tenant_id == actor.tenant_id, table.project_id == project_id)
        )
    rows = db.session.execute(sa.union_all(*parts).order_by(sa.text('"at" DESC, id DESC'))).all()
    found: list[list[Any]] = [[] for _part in _KEPT]
    for place, *shared in (tuple(row) for row in rows):
        found[place].append(_READ[place](*shared))
    return Records(*(tuple(one) for one in found))


def _evaluation(*row: Any) -> EvaluationInfo:
    (ident, by, at), (advice, learnt, result, reason) = row[:3], row[3:]
    return EvaluationInfo(ident, by, at, Recommendation(advice), learnt, result, reason)


def _closing(*row: Any) -> ClosingInfo:
    (ident, by, at), (lessons, handed_over, offered, _none) = row[:3], row[3:]
    return ClosingInfo(ident, by, at, lessons, handed_over, offered == "true")


def _decision(*row: Any) -> DecisionInfo:
    (ident, by, at), (kind, grounds, decided_by, day) = row[:3], row[3:]
    decided_on = dt.date.fromisoformat(day)
    return DecisionInfo(ident, by, at, DecisionKind(kind), grounds, decided_by, decided_on)


def _passage(*row: Any) -> PassageInfo:
    (ident, by, at), (before, after, missing, reason) = row[:3], row[3:]
    return PassageInfo(
        ident, by, at, ProjectStage(before), ProjectStage(after), tuple(missing.split()), reason
    )


_READ = (_evaluation, _closing, _decision, _passage)


@dataclass(frozen=True, slots=True)
class Standing:
    """All that is known of where a project stands: what the features say, and what is kept here."""

    facts: Facts
    records: Records
    indicators: Sequence[IndicatorInfo]
    agreement: Agreement | None
    plan: Plan | None

    def checklist(self, to: ProjectStage) -> Checklist:
        """Hold the project against the conditions before a stage."""
        return rules.checklist(to, self.facts)


def standing_of(
    actor: Actor,
    project: Project,
    on: dt.date | None = None,
    departments: Mapping[uuid.UUID, str] | None = None,
) -> Standing:
    """Gather what the other features know of a project on a day (today).

    `departments` are the names of the town's units, if the caller has them already.
    """
    day = on or today()
    records = records_of(actor, project.id)
    indicators = list_indicators(actor, project.id)
    agreement = pilot_agreement_of(actor, project.id, day)
    plan = plan_of(actor, project.id)
    # What is but a number or a yes comes in one statement.
    sheet_open, answers, reported, letter = db.session.execute(
        sa.select(
            select_open(actor, project_id=project.id),
            select_answers(actor, project.id),
            select_reported(actor, project.id),
            select_issued(actor, DocumentKind.COMPLETION, project.id),
        )
    ).one()
    consents = _consents(actor, answers or (), departments)
    decision = records.on_operation
    facts = Facts(
        agreement_in_force=agreement is not None,
        clauses_missing=tuple(str(one.label) for one in agreement.missing_clauses)
        if agreement
        else (),
        sheet_open=sheet_open,
        costs_drafted=plan is not None and plan.drafted,
        costs_complete=plan is not None and plan.complete,
        costs_missing=None if plan is None else tuple(plan.missing),
        budget_source=plan.budget_source if plan else "",
        departments=tuple(consents),
        without_consent=tuple(n for n, state in consents.items() if state is not Consent.CONSENTED),
        indicators=tuple(info.name for info in indicators),
        without_target=tuple(i.name for i in indicators if not i.has_baseline_and_target),
        not_measured=tuple(i.name for i in indicators if not i.measured),
        pilot_over=(project.pilot_ends_on is not None and project.pilot_ends_on < day)
        or records.decided_since(DecisionKind.END_PILOT, ProjectStage.PILOT),
        reported=reported,
        evaluated=records.evaluation is not None,
        owned=project.department_id is not None,
        operation_decided=decision is not None and decision.kind is DecisionKind.OPERATE,
        lessons_written=records.closing is not None,
        letter_issued=letter,
        lessons_offered=records.closing is not None and records.closing.lessons_offered,
    )
    return Standing(facts, records, indicators, agreement, plan)


def _consents(
    actor: Actor,
    answers: Sequence[tuple[str, str]],
    departments: Mapping[uuid.UUID, str] | None,
) -> dict[str, Consent]:
    """Return what each affected department says, by its name."""
    said: dict[uuid.UUID, list[Consent]] = defaultdict(list)
    for department_id, answer in answers:
        said[uuid.UUID(department_id)].append(Consent(answer))
    if not said:
        return {}
    names = department_names(actor) if departments is None else departments
    return {names.get(unit, "—"): state_of(given) for unit, given in said.items()}


def completion_values(actor: Actor, project: Project, on: dt.date) -> dict[str, Any]:
    """Return what the completion letter says of a project, or refuse while it could not say it."""
    records = records_of(actor, project.id)
    closing, evaluation = records.closing, records.evaluation
    if closing is None:
        raise RuleViolation(_("完了通知書を出す前に、分かったことを書き残してください。"))
    partner = project.proposer_name or _("関係者の皆さま")
    return {
        "recipient": partner,
        "title": project.title,
        "project_number": f"No.{project.number}",
        "partner": partner,
        "starts_on": project.pilot_starts_on or project.decided_on or "",
        "ends_on": project.pilot_ends_on or on,
        "ended_on": on,
        "receipt": "",
        "results": evaluation.result if evaluation else project.summary,
        "learned": closing.lessons,
        "next_steps": closing.handed_over,
    }


def pilot_result_values(actor: Actor, project: Project) -> dict[str, Any]:
    """Return what the report of a pilot says, or refuse while nobody has judged the pilot."""
    records = records_of(actor, project.id)
    last = records.evaluation
    if last is None:
        raise RuleViolation(_("実証結果報告書を発行する前に、評価を記録してください。"))
    begun = [
        p.at.astimezone(JST).date() for p in records.passages if p.to_stage is ProjectStage.PILOT
    ]
    # The report is Japanese, whatever language the reader of the page has chosen.
    with force_locale("ja"):
        numbers = [
            in_one_line(i.name, i.unit, i.baseline_value, i.target_value, i.latest_value)
            for i in list_indicators(actor, project.id)
        ]
        return {
            "recipient": project.proposer_name or _("関係者の皆さま"),
            "title": project.title,
            "project_number": f"No.{project.number}",
            "partner": project.proposer_name or "—",
            "starts_on": project.pilot_starts_on or next(iter(begun), project.decided_on) or "—",
            "ends_on": project.pilot_ends_on or last.at.astimezone(JST).date(),
            "purpose": project.summary,
            "summary": _("実証した場所：%(field)s", field=project.pilot_field)
            if project.pilot_field
            else "",
            "results": "\n".join([last.result, *numbers]),
            "learned": last.learnt,
            "next_steps": f"{last.recommendation.label}\n{last.reason}",
        }


def list_pilot_results(actor: Actor, project_id: uuid.UUID) -> list[Document]:
    """Return the reports that were issued of a project's pilot, latest first."""
    issued = list_for_subject(actor, project_id)
    return [one for one in issued if one.kind is DocumentKind.PILOT_RESULT]


def checklist(
    actor: Actor, project: Project, to: ProjectStage, on: dt.date | None = None
) -> Checklist:
    """Hold a project against the conditions before a stage."""
    return standing_of(actor, project, on).checklist(to)


def count_overrides(actor: Actor, begins: dt.datetime, ends: dt.datetime) -> int:
    """Return how often a gate was passed within a time with something missing."""
    query = sa.select(sa.func.count()).where(
        StagePassage.tenant_id == actor.tenant_id,
        StagePassage.passed_at >= begins,
        StagePassage.passed_at < ends,
        sa.func.cardinality(StagePassage.missing) > 0,
    )
    return db.session.scalars(query).one()


def was_sent(actor: Actor, form_id: uuid.UUID) -> bool:
    """Tell whether a form was sent already; a twin that is being saved is waited for."""
    db.session.execute(
        sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"gates:{form_id}")))
    )
    tables = (Evaluation, Closing, StageDecision)
    found = [
        sa.exists().where(table.tenant_id == actor.tenant_id, table.id == form_id)
        for table in tables
    ]
    return bool(db.session.scalar(sa.select(sa.or_(*found))))
