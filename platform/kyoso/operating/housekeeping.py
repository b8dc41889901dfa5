"""What the worker tidies up every night.

Nothing that anybody wrote, but for what a town promised to erase.
"""

from __future__ import annotations

import datetime as dt
import logging

from kyoso.core.access import Actor
from kyoso.core.clock import now
from kyoso.core.db import db
from kyoso.core.files import sweep_files
from kyoso.core.jobs import nightly
from kyoso.core.mail import give_up_undelivered
from kyoso.core.scope import tenant_scope
from kyoso.core.throttle import sweep_throttles
from kyoso.identity.profiles.sweeping import sweep_person_files
from kyoso.municipal.recruitment_applications.operations import erase_application
from kyoso.municipal.recruitment_applications.queries import list_kept_too_long
from kyoso.tenancy.queries import list_tenants

log = logging.getLogger(__name__)

#: Younger than this, a file may belong to a request that is still running.
UNNAMED_FOR = dt.timedelta(days=1)
#: Longer than any window that is counted.
COUNTED_FOR = dt.timedelta(days=2)


@nightly("housekeeping.sweep")
def sweep() -> None:
    """Remove bytes that no row names, counts that no longer count, and secrets nobody received."""
    towns = list_tenants()
    db.session.rollback()
    for town in towns:
        with tenant_scope(town.id):
            removed = sweep_files(town.id, older_than=UNNAMED_FOR)
            undelivered = give_up_undelivered(town.id)
        if removed:
            log.info("%s: removed %s files that no row names", town.slug, removed)
        if undelivered:
            log.warning("%s: gave up %s mails that no server took", town.slug, undelivered)
    removed = sweep_person_files(older_than=UNNAMED_FOR)
    if removed:
        log.info("people: removed %s files that no row names", removed)
    sweep_throttles(older_than=COUNTED_FOR)


@nightly("recruitment_applications.erase")
def erase_applications() -> None:
    """Erase what applicants told of themselves, when the time is over that their town promised."""
    towns = list_tenants()
    db.session.rollback()
    for town in towns:
        actor = Actor.system(town.id, rule="応募の消去（自動）")
        with tenant_scope(town.id):
            due = list_kept_too_long(actor, now())
            for application in due:
                erase_application(application, actor=actor, now=now())
            db.session.commit()
        if due:
            log.info("%s: erased what %s applicants had told", town.slug, len(due))
