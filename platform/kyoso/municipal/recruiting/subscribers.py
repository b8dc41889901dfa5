"""What projects are told when they look for people, in the same transaction."""

from __future__ import annotations

import datetime as dt

from kyoso.core.access import Actor
from kyoso.core.events import subscribe
from kyoso.municipal.projects.operations import call_for_people
from kyoso.municipal.projects.queries import get_project
from kyoso.municipal.recruiting.events import OpeningAdded, OpeningClosed
from kyoso.municipal.recruiting.queries import list_openings


@subscribe(OpeningAdded)
def show_call(event: OpeningAdded, *, actor: Actor, now: dt.datetime) -> None:
    """Show with the first role that the project looks for people."""
    project = get_project(actor, event.subject_id)
    if not project.recruiting:
        call_for_people(project, True, actor=actor, now=now)


@subscribe(OpeningClosed)
def end_call(event: OpeningClosed, *, actor: Actor, now: dt.datetime) -> None:
    """With the last role, the project looks for nobody any more."""
    project = get_project(actor, event.subject_id)
    left = [each for each in list_openings(actor, project.id) if each.closed_at is None]
    if project.recruiting and not left:
        call_for_people(project, False, actor=actor, now=now)
