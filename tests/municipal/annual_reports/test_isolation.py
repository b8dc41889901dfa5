"""The six questions: can one town's reports be reached from another?"""

import uuid

import pytest
import sqlalchemy as sa

from kyoso.core import clock
from kyoso.core.access import Role
from kyoso.core.db import db
from kyoso.core.errors import Forbidden, NotFound
from kyoso.core.scope import tenant_scope
from kyoso.municipal.annual_reports import queries
from kyoso.municipal.annual_reports.models import AnnualReport
from kyoso.municipal.annual_reports.operations import fail_report, request_report
from kyoso.municipal.annual_reports.rules import ReportStatus
from support.people import Actor, Town, actor_of

YEAR = clock.fiscal_year(clock.today())


@pytest.fixture
def theirs(minato: Town) -> uuid.UUID:
    with tenant_scope(minato.id):
        report = request_report(
            YEAR, report_id=uuid.uuid4(), actor=actor_of(minato, Role.ADMIN), now=clock.now()
        )
        db.session.commit()
        return report.id


def test_theirs_looks_missing_to_us(theirs, hinode):
    us = actor_of(hinode, Role.ADMIN)
    with tenant_scope(hinode.id):
        assert queries.list_reports(us) == []
        assert queries.find_sent(us, theirs) is None
        with pytest.raises(NotFound):
            queries.get_report(us, theirs)


def test_the_database_hides_theirs_even_from_a_query_that_forgot(theirs, hinode):
    with tenant_scope(hinode.id):
        assert db.session.scalars(sa.select(AnnualReport)).all() == []
        assert db.session.execute(sa.update(AnnualReport).values(progress=1)).rowcount == 0


def test_no_scope_sees_nothing(theirs):
    assert db.session.scalars(sa.select(AnnualReport)).all() == []


def test_nothing_of_ours_can_act_on_theirs(theirs, hinode, minato):
    with tenant_scope(minato.id):
        report = queries.get_report(actor_of(minato, Role.ADMIN), theirs)
    with tenant_scope(hinode.id), pytest.raises(Forbidden):
        fail_report(report, actor=Actor.system(hinode.id, "test"), now=clock.now())


def test_nothing_can_be_written_in_their_name(hinode, minato):
    with tenant_scope(hinode.id):
        db.session.add(
            AnnualReport(
                tenant_id=minato.id,
                fiscal_year=YEAR,
                status=ReportStatus.QUEUED,
                requested_by="x",
                requested_at=clock.now(),
            )
        )
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
            db.session.flush()


def test_nobody_deletes(theirs, minato):
    with (
        tenant_scope(minato.id),
        pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
    ):
        db.session.execute(sa.delete(AnnualReport))
