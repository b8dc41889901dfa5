"""The six questions: towns' departments and programme, and the table of towns itself."""

import uuid
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from kyoso.core.access import Actor
from kyoso.core.db import db, new_id
from kyoso.core.errors import NotFound
from kyoso.core.scope import tenant_scope
from kyoso.tenancy import queries
from kyoso.tenancy.models import (
    Department,
    DepartmentPeriod,
    Programme,
    ProgrammeOwner,
    Tenant,
)
from support.folders import TownFolder, copy_of_tenants
from support.people import Town

TABLES = (Department, DepartmentPeriod, Programme, ProgrammeOwner)


class Theirs:
    def __init__(self, folder: TownFolder) -> None:
        self.tenant_id = folder.read().tenant_id
        with tenant_scope(self.tenant_id):
            actor = Actor.guest(self.tenant_id)
            self.department_id = queries.list_departments(actor)[0].id
            self.programme_id = db.session.scalars(sa.select(Programme.id)).one()


@pytest.fixture
def theirs(app: Flask, tmp_path: Path) -> Theirs:
    folder = TownFolder(copy_of_tenants(tmp_path))
    folder.write("org_chart.toml", '[[departments]]\nslug = "somu"\nname = "総務課"\n')
    profile = (folder.path / "profile.toml").read_text("utf-8")
    folder.write("profile.toml", f"{profile}\n[programme]\nowners = [{{department = 'somu'}}]\n")
    folder.sync()
    return Theirs(folder)


def test_theirs_looks_missing_to_us(theirs: Theirs, hinode: Town) -> None:
    us = Actor.guest(hinode.id)
    with tenant_scope(hinode.id):
        assert queries.list_departments(us) == []
        assert queries.department_names(us) == {}
        assert queries.department_ids(us) == {}
        assert queries.list_programme_owners(us) == []
        assert queries.programme_owner(us) is None
        with pytest.raises(NotFound) as known:
            queries.get_department(us, theirs.department_id)
        with pytest.raises(NotFound) as unknown:
            queries.get_department(us, uuid.uuid4())
        assert known.value.message == unknown.value.message


@pytest.mark.parametrize("table", TABLES)
def test_the_database_hides_theirs_even_from_a_query_that_forgot(
    table: type[Department], theirs: Theirs, hinode: Town
) -> None:
    with tenant_scope(hinode.id):
        assert db.session.scalars(sa.select(table)).all() == []
        touched = db.session.execute(sa.update(table).values(id=uuid.uuid4()))
        assert touched.rowcount == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize("table", TABLES)
def test_no_scope_sees_nothing(table: type[Department], theirs: Theirs) -> None:
    assert db.session.scalars(sa.select(table)).all() == []


def test_nothing_of_ours_can_point_at_theirs(theirs: Theirs, hinode: Town) -> None:
    with tenant_scope(hinode.id):
        db.session.add(
            DepartmentPeriod(
                id=new_id(),
                tenant_id=hinode.id,
                department_id=theirs.department_id,
                name="x",
                time_limited=False,
            )
        )
        with pytest.raises(sa.exc.IntegrityError, match="foreign key"):
            db.session.flush()
    with tenant_scope(hinode.id):
        db.session.add(
            ProgrammeOwner(
                id=new_id(),
                tenant_id=hinode.id,
                programme_id=theirs.programme_id,
                department_id=theirs.department_id,
            )
        )
        with pytest.raises(sa.exc.IntegrityError, match="foreign key"):
            db.session.flush()


def test_nothing_can_be_written_in_their_name(theirs: Theirs, hinode: Town) -> None:
    for row in (
        Department(id=new_id(), tenant_id=theirs.tenant_id, slug="x", position=1),
        Programme(id=new_id(), tenant_id=theirs.tenant_id, name="x"),
    ):
        with tenant_scope(hinode.id):
            db.session.add(row)
            with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
                db.session.flush()


def test_scope_cannot_change_inside_a_transaction(theirs: Theirs, hinode: Town) -> None:
    with tenant_scope(hinode.id):
        db.session.scalars(sa.select(Department)).all()
        with pytest.raises(RuntimeError), tenant_scope(theirs.tenant_id):
            pass


def test_everybody_reads_the_table_of_towns_and_only_a_town_writes_its_row(
    theirs: Theirs, hinode: Town
) -> None:
    with tenant_scope(hinode.id):
        known = {info.id for info in queries.list_tenants()}
        assert {theirs.tenant_id, hinode.id} <= known
        touched = db.session.execute(sa.update(Tenant).values(name="x"))
        assert touched.rowcount == 1  # type: ignore[attr-defined]
        db.session.rollback()
    with tenant_scope(hinode.id):
        other = uuid.uuid4()
        db.session.add(
            Tenant(
                id=other,
                code="x",
                slug=other.hex,
                name="x",
                name_kana="x",
                prefecture="x",
                declaration={},
            )
        )
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
            db.session.flush()


def test_nobody_deletes(theirs: Theirs) -> None:
    for table in (*TABLES, Tenant):
        with tenant_scope(theirs.tenant_id):
            with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
                db.session.execute(sa.delete(table))
            db.session.rollback()
