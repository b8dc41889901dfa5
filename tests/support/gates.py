"""Projects on their way through the gates, for tests."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from kyoso.core.access import Role
from kyoso.core.clock import now
from kyoso.core.db import db
from kyoso.core.scope import tenant_scope
from kyoso.municipal.projects.queries import get_project
from kyoso.operating.demo_data.project_steps import Walk
from support.people import Town, actor_of


@contextmanager
def walking(
    town: Town, project_id: uuid.UUID, role: Role = Role.ADMIN, at: dt.datetime | None = None
) -> Iterator[Walk]:
    """Do things for a project in one transaction, committed in the end."""
    actor = actor_of(town, role, name="見本 進（見本）")
    with tenant_scope(town.id):
        yield Walk(get_project(actor, project_id, lock=True), actor, at or now())
        db.session.commit()
