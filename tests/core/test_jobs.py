"""Jobs: with their transaction or not at all, in their own town, and again after a failure."""

import uuid

import pytest
import sqlalchemy as sa
from flask import Flask

from kyoso.core import jobs
from kyoso.core.db import db
from kyoso.core.files import StoredFile
from kyoso.core.scope import current_scope, tenant_scope
from support.database import Database, as_superuser
from support.people import Town

ran: list[tuple[str, uuid.UUID | None]] = []
fails = {"left": 0}


@jobs.job("tests.note")
def note(tenant_id: uuid.UUID, word: str) -> None:
    assert current_scope().tenant_id == tenant_id
    ran.append((word, tenant_id))


@jobs.platform_job("tests.platform")
def on_the_platform(word: str) -> None:
    ran.append((word, current_scope().tenant_id))


@jobs.job("tests.half")
def half_way(tenant_id: uuid.UUID, subject_id: str) -> None:
    db.session.add(
        StoredFile(
            tenant_id=tenant_id,
            subject_id=uuid.UUID(subject_id),
            name="x",
            media_type="text/csv",
            size=1,
            given_by="x",
            created_at=sa.func.now(),
        )
    )
    db.session.flush()
    if fails["left"]:
        fails["left"] -= 1
        raise RuntimeError("half way")


@pytest.fixture(autouse=True)
def _nothing_ran(app: Flask):
    ran.clear()
    fails["left"] = 0


def test_a_job_runs_in_its_town_after_the_commit(app: Flask, hinode: Town) -> None:
    with tenant_scope(hinode.id):
        jobs.enqueue(note, tenant_id=str(hinode.id), word="一")
        db.session.commit()
    jobs.run_worker(app, wait=False)
    assert ran == [("一", hinode.id)]


def test_a_rolled_back_transaction_takes_its_job_along(app: Flask, hinode: Town) -> None:
    with tenant_scope(hinode.id):
        jobs.enqueue(note, tenant_id=str(hinode.id), word="二")
        db.session.rollback()
    jobs.run_worker(app, wait=False)
    assert ran == []


def test_a_job_of_the_platform_starts_in_nobodys_scope(app: Flask, hinode: Town) -> None:
    with tenant_scope(hinode.id):
        jobs.enqueue(on_the_platform, word="三")
        db.session.commit()
    jobs.run_worker(app, wait=False)
    assert ran == [("三", None)]


def test_a_job_that_fails_leaves_nothing_half_written_and_is_tried_again(
    app: Flask, hinode: Town, database: Database
) -> None:
    subject = uuid.uuid4()
    fails["left"] = 1
    with tenant_scope(hinode.id):
        jobs.enqueue(half_way, tenant_id=str(hinode.id), subject_id=str(subject))
        db.session.commit()
    jobs.run_worker(app, wait=False)
    assert count(hinode, subject) == 0
    make_due(database)
    jobs.run_worker(app, wait=False)
    assert count(hinode, subject) == 1


def count(town: Town, subject: uuid.UUID) -> int | None:
    with tenant_scope(town.id):
        return db.session.scalar(
            sa.select(sa.func.count())
            .select_from(StoredFile)
            .where(StoredFile.subject_id == subject)
        )


def make_due(database: Database) -> None:
    """Let the time pass until failed jobs are tried again."""
    with as_superuser(database) as connection:
        connection.execute("UPDATE procrastinate_jobs SET scheduled_at = now()")


def test_a_job_without_an_application_says_so(hinode: Town) -> None:
    with pytest.raises(RuntimeError, match="run_worker"):
        note(tenant_id=str(hinode.id), word="四")
