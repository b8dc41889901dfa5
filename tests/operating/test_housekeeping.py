import datetime as dt
import os

import pytest
import sqlalchemy as sa

from kyoso.core import clock
from kyoso.core.access import Role
from kyoso.core.db import db, new_id
from kyoso.core.files import CheckedFile, keep_files
from kyoso.core.jobs import queue
from kyoso.core.mail import GIVEN_UP, Mail
from kyoso.core.scope import tenant_scope
from kyoso.core.throttle import Throttle, hit
from kyoso.core.tokens import new_token
from kyoso.operating.housekeeping import sweep, sweep_platform
from support.people import actor_of


@pytest.fixture
def kept(hinode):
    """One file with its row, and one that a crash left behind two days ago."""
    with tenant_scope(hinode.id):
        file = CheckedFile("案.csv", "text/csv", b"a,b")
        (row,) = keep_files([file], subject_id=new_id(), actor=actor_of(hinode, Role.STAFF))
        path = row.path
        db.session.commit()
    left = path.with_name(str(new_id()))
    left.write_bytes(b"half")
    for old in (path, left):
        os.utime(old, times=(0, 0))
    return path, left


def test_the_night_removes_what_no_row_names_and_nothing_else(app, kept):
    path, left = kept
    sweep()
    assert path.exists()
    assert not left.exists()


def test_the_night_forgets_counts_that_are_over(app):
    now = clock.now()
    with clock.frozen(now - dt.timedelta(days=3)):
        hit("housekeeping-old", limit=5, per=dt.timedelta(hours=1))
    before = db.session.scalar(sa.select(sa.func.count()).select_from(Throttle))
    db.session.rollback()
    sweep_platform()
    after = db.session.scalar(sa.select(sa.func.count()).select_from(Throttle))
    assert after < before


def test_the_night_forgets_the_secret_of_a_mail_that_waited_for_two_weeks(app, hinode):
    secret, town = new_token(), {"tenant_id": hinode.id, "sender_name": "x", "subject": "x"}
    letter = {"to": "a@example.jp", "body": f"こちらへ http://localhost/p/{secret} 。", **town}
    days = {"old": 15, "new": 13, "sent": 15}
    now = clock.now()
    ids = {name: new_id() for name in days}
    with tenant_scope(hinode.id):
        for name, past in days.items():
            at = now - dt.timedelta(days=past)
            sent_at = at if name == "sent" else None
            db.session.add(Mail(id=ids[name], created_at=at, sent_at=sent_at, **letter))
        db.session.commit()
    sweep()
    sweep()
    with tenant_scope(hinode.id):
        rows = {row.id: row for row in db.session.scalars(sa.select(Mail))}
    assert rows[ids["old"]].body == "こちらへ http://localhost/p/*** 。"
    assert rows[ids["old"]].error == GIVEN_UP
    assert secret in rows[ids["new"]].body
    assert rows[ids["new"]].error is None
    assert rows[ids["sent"]].error is None


def test_the_worker_knows_of_it():
    names = {task.task.name for task in queue.periodic_registry.periodic_tasks.values()}
    assert {"housekeeping.sweep", "housekeeping.sweep_platform"} <= names
