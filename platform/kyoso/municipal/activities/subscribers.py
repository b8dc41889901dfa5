"""What the work on a project does when something happens to projects, in its transaction."""

from __future__ import annotations

import datetime as dt

from kyoso.core.access import Actor
from kyoso.core.events import subscribe
from kyoso.municipal.activities import operations
from kyoso.municipal.projects.events import ProjectCopied
from kyoso.municipal.projects.queries import get_project


@subscribe(ProjectCopied)
def copy_work(event: ProjectCopied, *, actor: Actor, now: dt.datetime) -> None:
    """Give the new project the team, milestones and tasks of the one it was copied from."""
    project = get_project(actor, event.subject_id)
    operations.copy_work(project, event.source_id, actor=actor, now=now)
