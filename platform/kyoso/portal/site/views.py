"""The town's public pages. Few statements, rows instead of entities: they are read the most."""

from __future__ import annotations

import datetime as dt
import uuid
from urllib.parse import urlencode

from flask import request, send_file
from flask.typing import ResponseReturnValue

from kyoso.core import files
from kyoso.core.clock import today
from kyoso.core.errors import NotFound
from kyoso.core.i18n import gettext as _
from kyoso.core.web import PUBLIC, FeatureBlueprint, actor, show, tenant
from kyoso.municipal.activities import queries as activities
from kyoso.municipal.intake import queries as intake
from kyoso.municipal.intake.rules import words_of
from kyoso.municipal.needs import queries as needs
from kyoso.municipal.needs.rules import is_open, skill_label
from kyoso.municipal.notices import queries as notices
from kyoso.municipal.projects import queries as projects
from kyoso.municipal.projects.queries import PER_PAGE, ProjectFilter
from kyoso.municipal.projects.rules import ProjectStage
from kyoso.municipal.recruiting import queries as recruiting
from kyoso.municipal.recruiting.rules import is_open as is_wanted
from kyoso.municipal.recruiting.rules import takes_answers
from kyoso.municipal.recruitment_applications.rules import keep_days
from kyoso.municipal.recruitments import queries as recruitments
from kyoso.municipal.strategy import queries as strategy
from kyoso.portal.site.navigation import about_label, closed_for_now, place_label, portal_context
from kyoso.portal.site.reading import answers, passage, project_cards, rendered
from kyoso.tenancy import queries as tenancy
from kyoso.tenancy.municipalities import municipality

bp = FeatureBlueprint("site", __name__, url_prefix="/<town>", template_folder="templates")
bp.app_context_processor(portal_context)
bp.before_request(closed_for_now)


@bp.page("/", permission=PUBLIC)
def home() -> ResponseReturnValue:
    """Say what the town wants to do with people, and how to begin."""
    return show(
        "site/home.html",
        state=intake.get_intake(actor(), today()),
        projects=project_cards(projects.list_newest(actor(), 3), level=3),
        needs=needs.list_published(actor(), today()),
        recruitments=recruitments.count_open(actor(), today()),
        news=notices.list_published(actor(), limit=5),
        about=about_label(tenant()),
    )


@bp.page("/about", permission=PUBLIC)
def about() -> ResponseReturnValue:
    """Tell about the programme: its purpose, its owners over time, the strategy it serves."""
    names = tenancy.department_names(actor())
    return show(
        "site/about.html",
        title=about_label(tenant()),
        programme=tenant().declaration.get("programme", {}),
        owners=[(o, names[o.department_id]) for o in tenancy.list_programme_owners(actor())],
        visions=strategy.strategy_tree(actor()),
        day=dt.date.fromisoformat,
    )


@bp.page("/guideline", permission=PUBLIC)
def guideline() -> ResponseReturnValue:
    """Show the guideline in force today."""
    return _guideline(today())


@bp.page("/guideline/<string:effective_on>", permission=PUBLIC)
def guideline_version(effective_on: str) -> ResponseReturnValue:
    """Show the guideline that began on a day."""
    try:
        return _guideline(dt.date.fromisoformat(effective_on), exact=True)
    except ValueError as error:
        raise NotFound from error


def _guideline(day: dt.date, *, exact: bool = False) -> str:
    versions = intake.list_guidelines(actor())
    current = next((v for v in versions if v.effective_on <= today()), None)
    shown = next((v for v in versions if v.effective_on <= day), None)
    if shown is None or (exact and shown.effective_on != day):
        raise NotFound
    return show(
        "site/guideline.html",
        text=passage(shown.title, shown.body, shown.title_en, shown.body_en),
        shown=shown,
        current=current,
        versions=versions,
        about=about_label(tenant()),
    )


@bp.page("/projects", permission=PUBLIC)
def project_list() -> ResponseReturnValue:
    """List the town's public projects: search, filter, page."""
    wanted = ProjectFilter.of(request.args)
    found = projects.list_published(actor(), wanted)
    return show(
        "site/projects.html",
        found=found,
        cards=project_cards(found.rows, level=2),
        wanted=wanted,
        stages=ProjectStage,
        url_of_page=lambda page: _url("projects", wanted.address(page=page)),
    )


@bp.page("/projects/<int:number>", permission=PUBLIC)
def project(number: int) -> ResponseReturnValue:
    """Show one public project."""
    found = projects.get_published(actor(), number)
    openings = recruiting.list_openings_of(actor(), number) if found.recruiting else []
    names = tenancy.department_names(actor()) if found.department_id else {}
    return show(
        "site/project.html",
        project=found,
        content=rendered(found.content),
        department=names.get(found.department_id),
        reports=activities.list_published_of(actor(), number),
        openings=[opening for opening in openings if is_wanted(opening, today())],
        takes=takes_answers(found.recruiting, openings, today()),
    )


@bp.page("/reports", permission=PUBLIC)
def report_list() -> ResponseReturnValue:
    """List what the town's projects told of their work, newest first."""
    pages = max(1, -(-activities.count_published(actor()) // activities.PER_PAGE))
    here = min(ProjectFilter.of(request.args).page, pages)
    offset = (here - 1) * activities.PER_PAGE
    return show(
        "site/reports.html",
        reports=activities.list_published(actor(), offset=offset),
        here=here,
        pages=pages,
        url_of_page=lambda page: _url("reports", {"page": str(page)}),
    )


@bp.page("/reports/<uuid:report_id>", permission=PUBLIC)
def report(report_id: uuid.UUID) -> ResponseReturnValue:
    """Show one activity report with its photos."""
    found = activities.get_published(actor(), report_id)
    return show("site/report.html", report=found, body=rendered(found.body))


@bp.page("/reports/<uuid:report_id>/files/<uuid:file_id>", permission=PUBLIC)
def report_photo(report_id: uuid.UUID, file_id: uuid.UUID) -> ResponseReturnValue:
    """Send a photo of a report that is public; of no other."""
    found = activities.get_published(actor(), report_id)
    if str(file_id) not in found.photos:
        raise NotFound
    row = files.get_file(actor(), found.id, file_id)
    response = send_file(files.open_file(row), row.media_type, max_age=3600)
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


@bp.page("/needs", permission=PUBLIC)
def need_list() -> ResponseReturnValue:
    """List what the town's departments look for."""
    return show(
        "site/needs.html",
        needs=needs.list_published(actor(), today()),
        departments=tenancy.department_names(actor()),
        skill_label=skill_label,
        recruitments=recruitments.count_open(actor(), today()),
    )


@bp.page("/needs/<uuid:need_id>", permission=PUBLIC)
def need(need_id: uuid.UUID) -> ResponseReturnValue:
    """Show one thing that a department looks for."""
    found = needs.get_published(actor(), need_id)
    tactics = {tactic.id: tactic for tactic in strategy.list_tactics(actor())}
    return show(
        "site/need.html",
        need=found,
        open_today=is_open(found, today()),
        state=intake.get_intake(actor(), today()),
        department=tenancy.department_names(actor()).get(found.department_id),
        tactic=tactics.get(found.tactic_id) if found.tactic_id else None,
        skills=[skill_label(skill) for skill in found.skills],
    )


@bp.page("/town", permission=PUBLIC)
def town() -> ResponseReturnValue:
    """Tell about the municipality: its figures with their dates, its agreements, its contact."""
    declared = tenant().declaration
    contact = dict(declared.get("contact", {}))
    if "department" in contact:
        units = {unit.slug: unit.name for unit in tenancy.list_departments(actor())}
        contact["department"] = units.get(contact["department"], "")
    return show(
        "site/town.html",
        title=place_label(tenant()),
        declared=declared,
        contact=contact,
        agreements=[
            {**entry, "parties": [_name_of(code) for code in entry.get("parties", ())]}
            for entry in declared.get("agreements", ())
        ],
        day=dt.date.fromisoformat,
    )


def _name_of(code: str) -> str:
    known = municipality(code)
    return known.name if known else code


@bp.page("/faq", permission=PUBLIC)
def faq() -> ResponseReturnValue:
    """Answer what people ask most."""
    return show("site/faq.html", answers=answers(tenant().declaration.get("faq", [])))


@bp.page("/how-to-propose", permission=PUBLIC)
def how_to_propose() -> ResponseReturnValue:
    """Explain how to propose, and whether the town takes proposals in now."""
    state = intake.get_intake(actor(), today())
    return show(
        "site/how_to_propose.html",
        state=state,
        policy=intake.find_policy(actor(), today()),
        kinds={"individual": _("個人"), "company": _("企業"), "group": _("団体")},
        words_of=words_of,
    )


@bp.page("/news", permission=PUBLIC)
def news_list() -> ResponseReturnValue:
    """List the town's news, newest first."""
    pages = max(1, -(-notices.count_published(actor()) // PER_PAGE))
    here = min(ProjectFilter.of(request.args).page, pages)
    return show(
        "site/news.html",
        news=notices.list_published(actor(), limit=PER_PAGE, offset=(here - 1) * PER_PAGE),
        here=here,
        pages=pages,
        url_of_page=lambda page: _url("news", {"page": str(page)}),
    )


@bp.page("/news/<uuid:notice_id>", permission=PUBLIC)
def news(notice_id: uuid.UUID) -> ResponseReturnValue:
    """Show one piece of news."""
    found = notices.get_published(actor(), notice_id)
    return show("site/notice.html", notice=found, body=rendered(found.body))


@bp.page("/accessibility", permission=PUBLIC)
def accessibility() -> ResponseReturnValue:
    """State what everybody can count on, and whom to tell when it fails."""
    return show("site/accessibility.html", contact=tenant().declaration.get("contact", {}))


@bp.page("/privacy", permission=PUBLIC)
def privacy() -> ResponseReturnValue:
    """State what is kept of those who read and of those who propose."""
    declared = tenant().declaration
    return show("site/privacy.html", contact=declared.get("contact", {}), days=keep_days(declared))


def _url(place: str, asked: dict[str, str]) -> str:
    path = f"/{tenant().slug}/{place}"
    return f"{path}?{urlencode(asked)}" if asked else path
