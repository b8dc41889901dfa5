"""Every change to intake: one function for each verb, each guards, changes, records."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from kyoso.core.access import Actor, authorise
from kyoso.core.db import db, new_id
from kyoso.core.i18n import JST
from kyoso.core.journal import record
from kyoso.municipal.intake import queries, rules
from kyoso.municipal.intake.events import (
    IntakePaused,
    IntakeResumed,
    IntakeSynced,
    IntakeWindowAdded,
    IntakeWindowEnded,
)
from kyoso.municipal.intake.models import Guideline, IntakePause, IntakePolicy, IntakeWindow
from kyoso.municipal.intake.permissions import IntakePermission
from kyoso.municipal.intake.rules import Span, Stance, WindowKind
from kyoso.tenancy.changes import Change, Changes
from kyoso.tenancy.declarations import FILES, Declaration, first_day
from kyoso.tenancy.sync import loads


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


#: The columns of which a change is shown with the old and the new value.
_WORDS = {
    "stance": "受付の考え方",
    "answer_within_days": "回答までの日数",
    "reviewers_needed": "必要な審査者の人数",
    "window_kind": "受付期間の種類",
    "month_opens_day": "毎月の始まりの日",
    "month_closes_day": "毎月の締切の日",
    "title": "題名",
    "title_en": "英語の題名",
    "closes_on": "締切",
    "label": "呼び名",
}


@loads("intake")
def sync_intake(town: Declaration, *, actor: Actor, now: dt.datetime) -> list[Change]:
    """Take over the policy, its windows and the guidelines from the town's folder."""
    authorise(actor, IntakePermission.SYNC)

    today = now.astimezone(JST).date()
    changes = Changes(town.name, FILES["intake_policy"])
    _sync_policy(changes, town, actor, today)
    _sync_windows(changes, town, actor, today)
    guidelines = Changes(town.name, "guidelines/")
    _sync_guidelines(guidelines, town, actor)

    if sentences := changes.sentences() + guidelines.sentences():
        record(IntakeSynced(town.tenant_id, sentences), actor=actor, now=now)
    return changes.found + guidelines.found


def _sync_policy(changes: Changes, town: Declaration, actor: Actor, today: dt.date) -> None:
    """Correct the version of the declared day, or begin a new one.

    A file that names no day changes the policy from today on: what was received before is
    judged by the version of its own day.
    """
    values = _policy_values(town)
    declared = first_day(town.intake_policy.get("effective_on"))
    if declared is not None:
        policy = queries.policy_from(actor, declared)
    else:
        policy = queries.latest_policy(actor)
        if policy is not None and all(getattr(policy, k) == v for k, v in values.items()):
            return
        if policy is not None and policy.effective_on < today:
            policy = None
    if policy is not None:
        changes.put(f"受付方針（{policy.effective_on}から）", policy, values, _WORDS)
        return
    since = declared or today
    db.session.add(
        IntakePolicy(id=new_id(), tenant_id=actor.tenant_id, effective_on=since, **values)
    )
    changes.added(f"受付方針（{since}から）")


def _policy_values(town: Declaration) -> dict[str, Any]:
    file = town.intake_policy
    monthly = file["windows"].get("monthly", {})
    return {
        "stance": Stance(file["stance"]),
        "answer_within_days": file["answer_within_days"],
        "reviewers_needed": file["reviewers_needed"],
        "proposer_kinds": file["proposer_kinds"],
        "merit_asked_for": file.get("merit_asked_for", []),
        "criteria": [{"weight": 1, **item, "max": rules.SCORE_MAX} for item in file["criteria"]],
        "decline_grounds": file["decline_grounds"],
        "window_kind": WindowKind(file["windows"]["kind"]),
        "month_opens_day": monthly.get("opens_on_day"),
        "month_closes_day": monthly.get("closes_on_day"),
        "source_note": f"{town.folder}/{FILES['intake_policy']}",
    }


def _sync_windows(changes: Changes, town: Declaration, actor: Actor, today: dt.date) -> None:
    kept = {window.opens_on: window for window in queries.list_declared_windows(actor)}
    for period in town.intake_policy["windows"].get("periods", []):
        opens_on = dt.date.fromisoformat(period["opens_on"])
        values = {
            "closes_on": dt.date.fromisoformat(period["closes_on"]),
            "label": period.get("label", ""),
        }
        window = kept.pop(opens_on, None)
        if window is not None:
            changes.put(f"受付期間（{opens_on}から）", window, values, _WORDS)
            continue
        db.session.add(
            IntakeWindow(
                id=new_id(),
                tenant_id=actor.tenant_id,
                opens_on=opens_on,
                declared=True,
                added_by=actor.name,
                **values,
            )
        )
        changes.added(f"受付期間（{opens_on}から）")
    for opens_on, window in kept.items():
        over = window.closes_on is not None and window.closes_on < today
        if window.ended_at is None and not over:
            what = (
                f"受付期間（{opens_on}から）はファイルにありませんが残しています。"
                "終えるときは受付方針の画面で終えてください"
            )
            changes.found.append(Change(town.name, changes.file, what, kept=True))


def _sync_guidelines(changes: Changes, town: Declaration, actor: Actor) -> None:
    kept = {row.effective_on: row for row in queries.list_guidelines(actor)}
    for declared in town.guidelines:
        values = {
            "title": declared.title,
            "body": declared.body,
            "title_en": declared.title_en,
            "body_en": declared.body_en,
        }
        since = declared.effective_from
        guideline = kept.pop(since, None)
        if guideline is not None:
            changes.put(f"ガイドライン（{since}から）", guideline, values, _WORDS)
            continue
        db.session.add(
            Guideline(id=new_id(), tenant_id=actor.tenant_id, effective_on=since, **values)
        )
        changes.added(f"ガイドライン（{since}から）")
    for since in kept:
        what = f"ガイドライン（{since}から）はファイルにありませんが残しています"
        changes.found.append(Change(town.name, changes.file, what, kept=True))


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
