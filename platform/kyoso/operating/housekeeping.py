"""What the worker tidies up every night.

Nothing that anybody wrote, but for what a town promised to erase.
"""

from __future__ import annotations

import datetime as dt
import logging

from kyoso.core.access import Actor
from kyoso.core.clock import now
from kyoso.core.files import sweep_files
from kyoso.core.jobs import nightly
from kyoso.core.mail import give_up_undelivered
from kyoso.core.throttle import sweep_throttles
from kyoso.identity.profiles.sweeping import sweep_person_files
from kyoso.municipal.recruitment_applications.operations import erase_application
from kyoso.municipal.recruitment_applications.queries import list_kept_too_long
from kyoso.tenancy.nights import nightly_in_each_town

log = logging.getLogger(__name__)

#: Younger than this, a file may belong to a request that is still running.
UNNAMED_FOR = dt.timedelta(days=1)
#: Longer than any window that is counted.
COUNTED_FOR = dt.timedelta(days=2)


@nightly_in_each_town("housekeeping.sweep", "夜の片づけ（自動）")
def sweep(actor: Actor) -> int:
    """Remove a town's bytes that no row names, and the secrets that nobody received."""
    undelivered = give_up_undelivered(actor.tenant_id)
    if undelivered:
        log.warning("gave up %s mails that no server took", undelivered)
    return undelivered + sweep_files(actor.tenant_id, older_than=UNNAMED_FOR)


@nightly("housekeeping.sweep_platform")
def sweep_platform() -> None:
    """Remove people's bytes that no row names, and counts that no longer count."""
    removed = sweep_person_files(older_than=UNNAMED_FOR)
    if removed:
        log.info("people: removed %s files that no row names", removed)
    sweep_throttles(older_than=COUNTED_FOR)


@nightly_in_each_town("recruitment_applications.erase", "応募の消去（自動）")
def erase_applications(actor: Actor) -> int:
    """Erase what applicants told of themselves, when the time is over that their town promised."""
    due = list_kept_too_long(actor, now())
    for application in due:
        erase_application(application, actor=actor, now=now())
    return len(due)
