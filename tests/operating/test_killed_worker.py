"""A worker that is killed (SIGKILL) in the middle of a job, for real; and another that goes on.

What is in the database happens exactly once. A mail that the mail server took just before is sent
again, because nobody can know; it has the same Message-ID.
"""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask

import kyoso
from kyoso.core import jobs
from kyoso.core.db import db
from kyoso.core.journal import JournalEntry
from kyoso.core.mail import Mail, write_mail
from kyoso.core.scope import tenant_scope
from kyoso.exchange.share_requests.rules import ShareStatus
from kyoso.identity.profiles.models import BookedHours
from kyoso.municipal.engagements.models import Engagement
from kyoso.municipal.talents.queries import talent_of_person
from support.database import Database, as_superuser
from support.people import Town, actor_of
from support.post_office import PostOffice, post_office
from support.shares import Deal, make_deal

PATIENCE = 60
SCRIPT = """
from pathlib import Path
from kyoso.app import create_app
from kyoso.core import jobs
from kyoso.core.config import load_settings
settings = load_settings("test", mail_backend="smtp", smtp_host="127.0.0.1", smtp_port={port},
    smtp_starttls=False, database_url={app!r}, owner_database_url={owner!r}, var_dir=Path({var!r}))
jobs.run_worker(create_app(settings), wait={wait})
"""


@pytest.fixture
def office() -> Iterator[tuple[PostOffice, int]]:
    with post_office() as opened:
        yield opened


@pytest.fixture
def start(
    database: Database, settings: Any, office: tuple[PostOffice, int]
) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start a worker in a process of its own, which ends when nothing is left to do."""
    begun: list[subprocess.Popen[bytes]] = []
    said = {"port": office[1], "app": database.app_url, "owner": database.owner_url}
    source = str(Path(kyoso.__file__).parents[1])

    def go(*, wait: bool = False) -> subprocess.Popen[bytes]:
        script = SCRIPT.format(**said, var=str(settings.var_dir), wait=wait)
        environment = {**os.environ, "PYTHONPATH": source}
        begun.append(subprocess.Popen([sys.executable, "-c", script], env=environment))
        return begun[-1]

    yield go
    for worker in begun:
        worker.kill()
        worker.wait()


@pytest.fixture
def go_on(
    app: Flask,
    behind: psycopg.Connection[Any],
    office: tuple[PostOffice, int],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[], None]:
    """Let another worker, here, find what was left, after some time."""
    smtp = {"mail_backend": "smtp", "smtp_host": "127.0.0.1", "smtp_port": office[1]}
    own = dataclasses.replace(app.config["KYOSO"], smtp_starttls=False, **smtp)
    monkeypatch.setitem(app.config, "KYOSO", own)

    def work() -> None:
        for _round in range(2):
            let_time_pass(behind)
            jobs.run_worker(app, wait=False)
        left = behind.execute("SELECT task_name, status FROM procrastinate_jobs").fetchall()
        assert [row for row in left if row[1] == "doing"] == []

    return work


@pytest.fixture
def behind(database: Database) -> Iterator[psycopg.Connection[Any]]:
    """Look behind the wall; with an empty queue before us."""
    with as_superuser(database) as connection:
        connection.execute("DELETE FROM procrastinate_periodic_defers")
        connection.execute("DELETE FROM procrastinate_jobs")
        yield connection


def until(told: Callable[[], Any], what: str) -> Any:
    limit = time.monotonic() + PATIENCE
    while time.monotonic() < limit:
        if found := told():
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited in vain: {what}")


def waiting(behind: psycopg.Connection[Any]) -> list[int]:
    rows = behind.execute(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        " AND wait_event_type = 'Lock'"
    )
    return [row[0] for row in rows]


def kill(worker: subprocess.Popen[bytes], behind: psycopg.Connection[Any]) -> None:
    """Kill a worker as a power cut does: what it had asked the database ends too."""
    worker.send_signal(signal.SIGKILL)
    assert worker.wait(PATIENCE) == -signal.SIGKILL
    for pid in waiting(behind):
        behind.execute("SELECT pg_terminate_backend(%s)", [pid])
    until(lambda: not waiting(behind), "the killed worker's sessions to end")


def let_time_pass(behind: psycopg.Connection[Any]) -> None:
    """Let the killed worker have been silent for long, and everything be due."""
    behind.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")
    behind.execute("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")


@contextmanager
def held(database: Database, statement: str) -> Iterator[None]:
    """Hold a lock in a transaction of our own."""
    with as_superuser(database) as connection, connection.transaction():
        connection.execute(statement)
        yield


def check_begun_once(deal: Deal, request_id: Any, office: PostOffice) -> None:
    assert deal.status(request_id) is ShareStatus.ACTIVE
    with deal.as_person():
        rows = db.session.scalars(sa.select(BookedHours)).all()
        assert [(row.source_id, row.hours) for row in rows] == [(request_id, 10)]
    with tenant_scope(deal.asker.id):
        assert len(db.session.scalars(sa.select(Engagement)).all()) == 1
        kinds = db.session.scalars(sa.select(JournalEntry.kind)).all()
        for kind in ("TalentJoined", "EngagementRegistered", "ShareStarted"):
            assert kinds.count(kind) == 1, kind
        letters = db.session.execute(sa.select(Mail.to, Mail.subject, Mail.sent_at)).all()
    assert all(letter.sent_at for letter in letters)
    arrived = [(mail["To"], mail["Subject"]) for mail in office.mails]
    assert len(arrived) == len(set(arrived)), "each letter arrived once"
    for letter in letters:
        assert (letter.to, letter.subject) in arrived


def test_killed_between_its_steps_a_job_has_done_nothing_and_is_done_once(
    app, database, start, go_on, behind, office
):
    deal = make_deal()
    request_id = deal.accepted()
    with held(database, "LOCK TABLE municipal.engagements IN EXCLUSIVE MODE"):
        worker = start()
        # The register has the person; the engagement is what it waits for.
        until(lambda: waiting(behind), "the worker to reach the engagement")
        kill(worker, behind)
    with tenant_scope(deal.asker.id):
        somebody = talent_of_person(actor_of(deal.asker), deal.person.person_id)
        assert somebody is None, "the first step went with the second"
    assert deal.status(request_id) is ShareStatus.ACCEPTED
    go_on()
    check_begun_once(deal, request_id, office[0])


def test_killed_after_its_commit_a_job_runs_again_and_does_nothing_twice(
    app, database, start, go_on, behind, office
):
    deal = make_deal()
    request_id = deal.accepted()
    row = "SELECT FROM procrastinate_jobs WHERE task_name = 'shares.begin' FOR UPDATE"
    with held(database, "LOCK TABLE municipal.engagements IN EXCLUSIVE MODE"):
        worker = start()
        until(lambda: waiting(behind), "the worker to reach the engagement")
        keeps_row = held(database, row)
        keeps_row.__enter__()
    # It has saved everything, and may not say so.
    until(lambda: deal.status(request_id) is ShareStatus.ACTIVE, "the share to begin")
    until(lambda: waiting(behind), "the worker to finish its job")
    kill(worker, behind)
    keeps_row.__exit__(None, None, None)
    names = "SELECT status FROM procrastinate_jobs WHERE task_name = 'shares.begin'"
    assert behind.execute(names).fetchall() == [("doing",)]
    go_on()
    assert behind.execute(names).fetchall() == []
    check_begun_once(deal, request_id, office[0])


def letter_to(town: Town, address: str) -> None:
    with tenant_scope(town.id):
        write_mail(
            town.id,
            to=address,
            template="proposals/mail/question",
            sender_name="見本の町",
            proposal={"receipt": "2026-0001", "title": "食堂", "proposer_name": "見本"},
            town=town,
            link="http://localhost/x",
            body="場所はどこですか。",
        )
        db.session.commit()


def sent_marks(town: Town) -> list[bool]:
    with tenant_scope(town.id):
        return [at is not None for at in db.session.scalars(sa.select(Mail.sent_at))]


def test_killed_before_the_mail_server_heard_of_it_a_mail_is_sent_once(
    database, start, go_on, behind, office, hinode
):
    letter_to(hinode, "once@example.jp")
    with held(database, "LOCK TABLE core.mails IN EXCLUSIVE MODE"):
        worker = start()
        until(lambda: waiting(behind), "the worker to reach the letter")
        kill(worker, behind)
    assert office[0].to("once@example.jp") == []
    go_on()
    assert len(office[0].to("once@example.jp")) == 1
    assert sent_marks(hinode) == [True]


def test_killed_when_the_server_has_it_a_mail_is_sent_again_and_known_by_its_id(
    start, go_on, behind, office, hinode, monkeypatch
):
    letter_to(hinode, "twice@example.jp")
    takes, workers = office[0].handle_DATA, []

    async def takes_and_kills(server: Any, session: Any, envelope: Any) -> str:
        answer = await takes(server, session, envelope)
        until(lambda: workers, "the worker's process")
        workers.pop().kill()
        return answer

    monkeypatch.setattr(office[0], "handle_DATA", takes_and_kills)
    workers.append(start())
    first = workers[0]
    assert first.wait(PATIENCE) == -signal.SIGKILL
    assert sent_marks(hinode) == [False], "at least once: nobody knows that it arrived"
    monkeypatch.setattr(office[0], "handle_DATA", takes)
    go_on()
    one, two = office[0].to("twice@example.jp")
    assert one["Message-ID"] == two["Message-ID"]
    assert sent_marks(hinode) == [True]


def test_a_job_that_kills_each_worker_is_given_up(app, behind, hinode):
    letter_to(hinode, "never@example.jp")
    behind.execute(
        "WITH dead AS (INSERT INTO procrastinate_workers (last_heartbeat)"
        " VALUES (now() - interval '1 hour') RETURNING id)"
        " UPDATE procrastinate_jobs SET status = 'doing', attempts = %s,"
        " worker_id = (SELECT id FROM dead)",
        [jobs.RETRY.max_attempts],
    )
    jobs.run_worker(app, wait=False)
    status = "SELECT status FROM procrastinate_jobs WHERE task_name = 'mail.send'"
    assert behind.execute(status).fetchall() == [("failed",)]


def test_what_another_worker_is_doing_is_left_to_it(app, behind, hinode):
    letter_to(hinode, "later@example.jp")
    behind.execute(
        "WITH alive AS (INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id)"
        " UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT id FROM alive)"
    )
    jobs.run_worker(app, wait=False)
    status = "SELECT status FROM procrastinate_jobs WHERE task_name = 'mail.send'"
    assert behind.execute(status).fetchall() == [("doing",)]
    assert sent_marks(hinode) == [False]


def test_a_worker_keeps_time_itself_and_goes_on(app, start, behind):
    worker = start(wait=True)
    known = "SELECT task_name FROM procrastinate_periodic_defers WHERE task_name = 'jobs.take_over'"
    until(lambda: behind.execute(known).fetchall(), "what is done every minute")
    time.sleep(0.5)
    assert worker.poll() is None, "it stopped by itself"
