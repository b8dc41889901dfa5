"""Every read for annual reports. A caller passes the actor; a query never guesses the town."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.i18n import JST
from kyoso.municipal.annual_reports import rules
from kyoso.municipal.annual_reports.models import AnnualReport
from kyoso.municipal.annual_reports.rules import ProjectFact, ProposalFact, WorkshopFact, Year
from kyoso.municipal.decisions.queries import list_decided_on
from kyoso.municipal.projects.queries import ProjectFilter
from kyoso.municipal.projects.queries import list_for_export as list_projects
from kyoso.municipal.proposals.queries import list_received
from kyoso.municipal.proposals.rules import receipt_number, visible_status
from kyoso.municipal.workshops.queries import list_held
from kyoso.tenancy.queries import department_names


def get_report(actor: Actor, report_id: uuid.UUID, *, lock: bool = False) -> AnnualReport:
    """Return a report, or NotFound: another town's looks just like a missing one."""
    query = sa.select(AnnualReport).where(
        AnnualReport.tenant_id == actor.tenant_id, AnnualReport.id == report_id
    )
    report = db.session.scalar(query.with_for_update() if lock else query)
    if report is None:
        raise NotFound
    return report


def find_sent(actor: Actor, form_id: uuid.UUID) -> AnnualReport | None:
    """Return the report that a form asked for already; whoever asks next waits for this one."""
    db.session.execute(
        sa.select(
            sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"annual_reports:{actor.tenant_id}"))
        )
    )
    return db.session.scalar(
        sa.select(AnnualReport).where(
            AnnualReport.tenant_id == actor.tenant_id, AnnualReport.id == form_id
        )
    )


def list_reports(actor: Actor, *, limit: int = 50) -> Sequence[AnnualReport]:
    """Return the town's reports, newest first."""
    return db.session.scalars(
        sa.select(AnnualReport)
        .where(AnnualReport.tenant_id == actor.tenant_id)
        .order_by(AnnualReport.requested_at.desc(), AnnualReport.id.desc())
        .limit(limit)
    ).all()


def compile_year(actor: Actor, year: int) -> Year:
    """Return everything the report on a fiscal year tells."""
    first, last = rules.bounds(year)
    decided = list_decided_on(actor)
    names = department_names(actor)
    proposals = [
        ProposalFact(
            receipt_number(row.number, row.submitted_at),
            row.title,
            row.proposer_kind.label,
            row.submitted_at.astimezone(JST).date(),
            # Whoever reads the report knows no more than the proposer does.
            visible_status(row.status, announced=row.id in decided).label,
            _day(decided.get(row.id, (None, False))[0]),
            decided.get(row.id, (None, False))[1],
        )
        for row in list_received(actor, first, last)
    ]
    projects = [
        ProjectFact(
            row.number,
            row.title,
            row.stage.label,
            names.get(row.department_id, ""),
            row.decided_on,
        )
        for row in list_projects(actor, ProjectFilter(sort="number"))
    ]
    workshops = [
        WorkshopFact(workshop.title, workshop.held_on, workshop.participants, ideas, settled)
        for workshop, ideas, settled in list_held(actor, first, last)
    ]
    return Year(year, tuple(proposals), tuple(projects), tuple(workshops))


def _day(moment: dt.datetime | None) -> dt.date | None:
    return moment.astimezone(JST).date() if moment else None
