"""The public pages of a town's workshops."""

from __future__ import annotations

import uuid
from itertools import groupby

from flask import request, url_for
from flask.typing import ResponseReturnValue

from kyoso.core.clock import today
from kyoso.core.web import PUBLIC, FeatureBlueprint, actor, show
from kyoso.municipal.needs.queries import list_published
from kyoso.municipal.projects.queries import public_titles
from kyoso.municipal.strategy.queries import tactic_labels
from kyoso.municipal.workshops import queries
from kyoso.portal.site.navigation import closed_for_now
from kyoso.portal.site.reading import rendered
from kyoso.tenancy.queries import department_names

bp = FeatureBlueprint(
    "meetings", __name__, url_prefix="/<town>/workshops", template_folder="templates"
)
bp.before_request(closed_for_now)


@bp.page("", permission=PUBLIC)
def meetings() -> ResponseReturnValue:
    """List the workshops whose summary is public."""
    total = queries.count_workshops(actor(), published=True)
    here, pages = queries.page_asked(request.args.get("page", ""), total)
    return show(
        "meetings/index.html",
        rows=queries.list_workshops(actor(), page=here, published=True),
        here=here,
        pages=pages,
        url_of_page=lambda number: url_for(".meetings", page=number),
    )


@bp.page("/<uuid:workshop_id>", permission=PUBLIC)
def meeting(workshop_id: uuid.UUID) -> ResponseReturnValue:
    """Show what was said at one workshop, and what became of each idea."""
    workshop = queries.get_published(actor(), workshop_id)
    ideas = queries.list_ideas(actor(), workshop.id)
    return show(
        "meetings/meeting.html",
        workshop=workshop,
        summary=rendered(workshop.summary),
        groups=[(name, list(part)) for name, part in groupby(ideas, lambda i: i.group_name)],
        fates=queries.count_fates(ideas),
        department=department_names(actor()).get(workshop.department_id, ""),
        tactics=tactic_labels(actor()) if any(idea.tactic_id for idea in ideas) else {},
        needs={need.id: need.title for need in list_published(actor(), today())},
        projects=public_titles(actor()) if any(idea.project_id for idea in ideas) else {},
    )
