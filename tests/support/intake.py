"""Intake policies for tests, without a folder behind them."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from kyoso.core.db import db, new_id
from kyoso.core.scope import tenant_scope
from kyoso.municipal.intake.models import IntakePolicy
from kyoso.municipal.intake.rules import SCORE_MAX, Stance, WindowKind
from support.people import Town

POLICY: dict[str, Any] = {
    "effective_on": dt.date(2020, 4, 1),
    "stance": Stance.MIXED,
    "answer_within_days": 30,
    "reviewers_needed": 2,
    "proposer_kinds": ["individual", "company", "group"],
    "merit_asked_for": ["proposer", "residents", "town"],
    "criteria": [
        {"key": "vision", "label": "町の将来像に合うか", "weight": 2, "max": SCORE_MAX},
        {"key": "feasible", "label": "実現できるか", "weight": 1, "max": SCORE_MAX},
    ],
    "decline_grounds": [
        {"key": "no_capacity", "label": "町の体制が整わないため"},
        {"key": "no_budget", "label": "費用の見通しが立たないため"},
    ],
    "window_kind": WindowKind.ALWAYS,
    "month_opens_day": None,
    "month_closes_day": None,
    "source_note": "tests",
}


def make_policy(town: Town, **values: Any) -> uuid.UUID:
    """Give a town a policy, open all year unless said otherwise, and return its id."""
    policy_id = new_id()
    with tenant_scope(town.id):
        db.session.add(IntakePolicy(id=policy_id, tenant_id=town.id, **(POLICY | values)))
        db.session.commit()
    return policy_id
