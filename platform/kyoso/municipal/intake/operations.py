"""Every change to intake: one function for each verb, each guards, changes, records."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any

from kyoso.core.access import Actor, authorise
from kyoso.core.db import db, new_id
from kyoso.core.i18n import JST
from kyoso.core.journal import record
from kyoso.municipal.intake import queries, rules
from kyoso.municipal.intake.events import (
    GuidelineDeclared,
    IntakePaused,
    IntakePolicyDeclared,
    IntakeResumed,
    IntakeWindowAdded,
    IntakeWindowDeclared,
    IntakeWindowEnded,
)
from kyoso.municipal.intake.models import Guideline, IntakePause, IntakePolicy, IntakeWindow
from kyoso.municipal.intake.permissions import IntakePermission
from kyoso.municipal.intake.rules import Span, Stance, WindowKind


@dataclass(frozen=True, slots=True)
class PolicyDeclaration:
    """A policy as a town's folder declares it."""

    effective_on: dt.date
    stance: Stance
    answer_within_days: int
    reviewers_needed: int
    criteria: list[dict[str, Any]]
    decline_grounds: list[dict[str, Any]]
    proposer_kinds: list[str] = field(default_factory=lambda: ["individual", "company", "group"])
    merit_asked_for: list[str] = field(default_factory=lambda: ["proposer", "residents", "town"])
    window_kind: WindowKind = WindowKind.ALWAYS
    month_opens_day: int | None = None
    month_closes_day: int | None = None
    source_note: str = ""


@dataclass(frozen=True, slots=True)
class WindowPlan:
    """A window to take proposals in."""

    opens_on: dt.date
    closes_on: dt.date | None
    label: str = ""


@dataclass(frozen=True, slots=True)
class PausePlan:
    """A pause and what the portal will say about it."""

    starts_on: dt.date
    ends_on: dt.date | None
    reason: str


@dataclass(frozen=True, slots=True)
class GuidelineDeclaration:
    """A guideline as a town's folder declares it."""

    effective_on: dt.date
    title: str
    body: str
    title_en: str | None = None
    body_en: str | None = None


def declare_policy(declared: PolicyDeclaration, *, actor: Actor, now: dt.datetime) -> IntakePolicy:
    """Take over a version of the policy; the version of the same day is corrected."""
    authorise(actor, IntakePermission.DECLARE)

    policy = queries.policy_from(actor, declared.effective_on)
    if policy is None:
        policy = IntakePolicy(id=new_id(), tenant_id=actor.tenant_id)
        db.session.add(policy)
    for name in PolicyDeclaration.__slots__:
        setattr(policy, name, getattr(declared, name))

    record(
        IntakePolicyDeclared(policy.id, declared.effective_on, declared.stance),
        actor=actor,
        now=now,
    )
    return policy


def declare_window(declared: WindowPlan, *, actor: Actor, now: dt.datetime) -> IntakeWindow:
    """Take over a window from the folder; the one that begins on the same day is corrected."""
    authorise(actor, IntakePermission.DECLARE)

    window = queries.declared_window_from(actor, declared.opens_on)
    if window is None:
        window = IntakeWindow(
            id=new_id(), tenant_id=actor.tenant_id, declared=True, added_by=actor.name
        )
        db.session.add(window)
    window.opens_on = declared.opens_on
    window.closes_on = declared.closes_on
    window.label = declared.label

    record(IntakeWindowDeclared(window.id, window.opens_on, window.closes_on), actor=actor, now=now)
    return window


def declare_guideline(
    declared: GuidelineDeclaration, *, actor: Actor, now: dt.datetime
) -> Guideline:
    """Take over a guideline from the folder; the one of the same day is corrected."""
    authorise(actor, IntakePermission.DECLARE)

    guideline = queries.guideline_from(actor, declared.effective_on)
    if guideline is None:
        guideline = Guideline(id=new_id(), tenant_id=actor.tenant_id)
        db.session.add(guideline)
    for name in GuidelineDeclaration.__slots__:
        setattr(guideline, name, getattr(declared, name))

    record(GuidelineDeclared(guideline.id, guideline.effective_on), actor=actor, now=now)
    return guideline


def pause_intake(
    plan: PausePlan, *, pause_id: uuid.UUID, actor: Actor, now: dt.datetime
) -> IntakePause:
    """Stop taking proposals in for a while; the portal says why before anyone types."""
    authorise(actor, IntakePermission.MANAGE)
    today = now.astimezone(JST).date()
    others = queries.list_open_pauses(actor, today)
    rules.check_pause(Span(plan.starts_on, plan.ends_on), others, today)

    pause = IntakePause(
        id=pause_id,
        tenant_id=actor.tenant_id,
        starts_on=plan.starts_on,
        ends_on=plan.ends_on,
        reason=plan.reason,
        paused_by=actor.name,
    )
    db.session.add(pause)

    record(IntakePaused(pause.id, plan.starts_on, plan.ends_on, plan.reason), actor=actor, now=now)
    return pause


def resume_intake(pause: IntakePause, *, actor: Actor, now: dt.datetime) -> None:
    """Lift a pause, or take back one to come."""
    authorise(actor, IntakePermission.MANAGE, pause)
    rules.check_not_ended(pause.lifted_at)

    pause.lifted_at = now
    pause.lifted_by = actor.name

    record(IntakeResumed(pause.id), actor=actor, now=now)


def add_window(
    plan: WindowPlan, *, window_id: uuid.UUID, actor: Actor, now: dt.datetime
) -> IntakeWindow:
    """Take proposals in for a time of its own."""
    authorise(actor, IntakePermission.MANAGE)
    today = now.astimezone(JST).date()
    kind = queries.get_policy(actor, today).window_kind
    others = queries.list_open_windows(actor, today)
    rules.check_window(kind, Span(plan.opens_on, plan.closes_on), others, today)

    window = IntakeWindow(
        id=window_id,
        tenant_id=actor.tenant_id,
        opens_on=plan.opens_on,
        closes_on=plan.closes_on,
        label=plan.label,
        declared=False,
        added_by=actor.name,
    )
    db.session.add(window)

    record(IntakeWindowAdded(window.id, plan.opens_on, plan.closes_on), actor=actor, now=now)
    return window


def end_window(window: IntakeWindow, *, actor: Actor, now: dt.datetime) -> None:
    """End a window before its last day, or take back one to come."""
    authorise(actor, IntakePermission.MANAGE, window)
    rules.check_not_ended(window.ended_at)

    window.ended_at = now
    window.ended_by = actor.name

    record(IntakeWindowEnded(window.id, window.opens_on, window.closes_on), actor=actor, now=now)
