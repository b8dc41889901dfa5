from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from kyoso.core.db import db, new_id
from kyoso.core.scope import tenant_scope
from kyoso.tenancy.models import Department, DepartmentPeriod
from support.people import Town
from support.post_office import PostOffice, post_office


@pytest.fixture
def arriving(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[PostOffice]:
    """Let the application send through a real mail server; what arrives is collected."""
    with post_office() as (office, port):
        changed = dataclasses.replace(app.config["KYOSO"], mail_backend="smtp", smtp_port=port)
        monkeypatch.setitem(app.config, "KYOSO", changed)
        yield office


def make_department(town: Town, name: str) -> uuid.UUID:
    """Make a unit of a town that exists today."""
    with tenant_scope(town.id):
        unit = Department(id=new_id(), tenant_id=town.id, slug=f"d-{uuid.uuid4().hex}", position=1)
        db.session.add(unit)
        db.session.flush()
        db.session.add(
            DepartmentPeriod(
                id=new_id(),
                tenant_id=town.id,
                department_id=unit.id,
                name=name,
                time_limited=False,
            )
        )
        db.session.commit()
        return unit.id


@pytest.fixture
def department_of(app: Flask) -> Callable[[Town, str], uuid.UUID]:
    return make_department
