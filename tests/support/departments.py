"""Departments and tactics for tests, without a folder behind them."""

from __future__ import annotations

import uuid

from kyoso.core.db import db, new_id
from kyoso.core.scope import tenant_scope
from kyoso.municipal.strategy.models import Strategy, Tactic, Vision
from kyoso.tenancy.models import Department, DepartmentPeriod
from support.people import Town


def make_department(town: Town, name: str = "政策課") -> uuid.UUID:
    """Make a unit that has always been there and return its id."""
    unit = new_id()
    with tenant_scope(town.id):
        db.session.add(Department(id=unit, tenant_id=town.id, slug=unit.hex, position=1))
        db.session.flush()
        db.session.add(
            DepartmentPeriod(tenant_id=town.id, department_id=unit, name=name, time_limited=False)
        )
        db.session.commit()
    return unit


def make_tactic(town: Town, code: str = "15-11", title: str = "空き家マップの公開") -> uuid.UUID:
    """Make a tactic under a strategy of its own and return its id."""
    vision, strategy, tactic = new_id(), new_id(), new_id()
    own = {"tenant_id": town.id}
    with tenant_scope(town.id):
        db.session.add(Vision(id=vision, number=5, title="官民共創のデザイン", reasons=[], **own))
        db.session.flush()
        db.session.add(
            Strategy(
                id=strategy,
                vision_id=vision,
                number=15,
                title="各課の取り組みの促進",
                target_talent=[],
                **own,
            )
        )
        db.session.flush()
        db.session.add(
            Tactic(id=tactic, strategy_id=strategy, code=code, title=title, position=1, **own)
        )
        db.session.commit()
    return tactic
