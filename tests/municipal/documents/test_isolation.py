"""The six questions: can one town's documents be reached from another?"""

import uuid

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.errors import NotFound
from kyoso.core.scope import tenant_scope
from kyoso.municipal.documents import operations, queries
from kyoso.municipal.documents.models import Document, DocumentTemplate
from kyoso.municipal.documents.queries import DocumentFilter
from kyoso.municipal.documents.rules import DocumentKind, Wording
from support.people import Town, actor_of

K = DocumentKind.ADOPTION


@pytest.fixture
def theirs(minato: Town, issue) -> Document:
    actor = actor_of(minato, Role.ADMIN)
    with tenant_scope(minato.id):
        current = queries.hold_wording(actor, K, "ja")
        operations.edit_wording(current, Wording("港の採択", "港の文"), actor=actor, now=now())
        db.session.commit()
    return issue(minato)


def test_theirs_looks_missing_to_us(theirs, hinode, member_of, browser):
    us = actor_of(hinode, Role.ADMIN)
    with tenant_scope(hinode.id):
        assert list(queries.list_documents(us, DocumentFilter())) == []
        assert queries.count_documents(us, DocumentFilter()) == 0
        assert list(queries.list_for_subject(us, theirs.subject_id)) == []
        assert queries.current_wording(us, K).version == 0
        assert list(queries.list_versions(us, K, "ja")) == []
        with pytest.raises(NotFound) as known:
            queries.get_document(us, theirs.id)
        with pytest.raises(NotFound) as unknown:
            queries.get_document(us, uuid.uuid4())
        assert known.value.message == unknown.value.message
    page = browser(member_of(hinode, Role.ADMIN))
    here, ghost = f"/{hinode.slug}/desk/documents", uuid.uuid4()
    assert page.get(f"{here}/{theirs.id}/pdf", status=404).replace(str(theirs.id), "") == page.get(
        f"{here}/{ghost}/pdf", status=404
    ).replace(str(ghost), "")


@pytest.mark.parametrize("table", [Document, DocumentTemplate])
def test_the_database_hides_theirs_even_from_a_query_that_forgot(theirs, hinode, table):
    with tenant_scope(hinode.id):
        assert db.session.scalars(sa.select(table)).all() == []


@pytest.mark.parametrize("table", [Document, DocumentTemplate])
def test_no_scope_sees_nothing(theirs, table):
    assert db.session.scalars(sa.select(table)).all() == []


def test_our_numbers_do_not_depend_on_theirs(theirs, hinode, issue):
    assert (theirs.number, issue(hinode).number) == (1, 1)


def test_nothing_of_ours_can_point_at_their_file(theirs, hinode):
    with tenant_scope(hinode.id):
        db.session.add(_document(hinode, theirs.file_id))
        with pytest.raises(sa.exc.IntegrityError, match="foreign key"):
            db.session.flush()


def test_nothing_can_be_written_in_their_name(theirs, hinode, minato):
    with tenant_scope(hinode.id):
        db.session.add(_document(minato, theirs.file_id))
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
            db.session.flush()


@pytest.mark.parametrize("table", [Document, DocumentTemplate])
def test_nobody_deletes(theirs, minato, table):
    with (
        tenant_scope(minato.id),
        pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
    ):
        db.session.execute(sa.delete(table))


def _document(town: Town, file_id: uuid.UUID) -> Document:
    return Document(
        tenant_id=town.id,
        subject_id=new_id(),
        kind=K,
        locale="ja",
        fiscal_year=2026,
        number=99,
        reference="第99号",
        title="x",
        template_version=0,
        values={},
        file_id=file_id,
        issued_by="x",
        issued_at=now(),
    )
