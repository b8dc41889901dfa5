"""What every night does: whoever was last told a week ago is told of what is new."""

from __future__ import annotations

import logging

from kyoso.core import clock
from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.core.jobs import nightly
from kyoso.core.scope import member_scope
from kyoso.exchange.saved_searches import operations, queries
from kyoso.tenancy.queries import list_tenants

log = logging.getLogger(__name__)


@nightly("saved_searches.digest")
def send_digests() -> None:
    """Write the letters that are due; each town in a transaction of its own."""
    towns = list_tenants()
    db.session.rollback()
    for town in towns:
        actor = Actor.system(town.id, rule="毎週のメール（自動）")
        with member_scope(town.id):
            due = queries.list_due(actor, clock.now())
            for search in due:
                operations.send_digest(search, actor=actor, now=clock.now())
            db.session.commit()
            if due:
                log.info("%s saved searches of %s looked through", len(due), town.slug)
