"""Mail: through a real server, once, in the town's name, and again when the server was away."""

import dataclasses
import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from kyoso.core import jobs
from kyoso.core.db import db
from kyoso.core.mail import GIVEN_UP, Mail, send_mail, write_mail
from kyoso.core.scope import tenant_scope
from kyoso.core.tokens import new_token
from support.database import Database, as_superuser
from support.people import Town
from support.post_office import CERTIFICATE, PostOffice, post_office, words_of

#: Nobody else: other tests leave mails waiting in the same queue.
TO = "mail-tests@example.jp"
SECRET = new_token()


@pytest.fixture
def office(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[PostOffice]:
    with post_office() as (open_office, port):
        use_port(app, monkeypatch, port)
        yield open_office


def use_port(
    app: Flask, monkeypatch: pytest.MonkeyPatch, port: int, *, encrypts: bool = False
) -> None:
    smtp = dataclasses.replace(
        app.config["KYOSO"],
        mail_backend="smtp",
        smtp_host="127.0.0.1",
        smtp_port=port,
        smtp_starttls=encrypts,
    )
    monkeypatch.setitem(app.config, "KYOSO", smtp)


def write(town: Town, **context: str) -> uuid.UUID:
    with tenant_scope(town.id):
        mail = write_mail(
            town.id,
            to=TO,
            template="proposals/mail/question",
            sender_name="磐梯町（ばんだい宝ラボ）",
            proposal={"receipt": "2026-0001", "title": "食堂", "proposer_name": "見本"},
            town=town,
            link=f"http://localhost/hinode/p/{SECRET}",
            body=context.get("body", "場所はどこですか。"),
        )
        db.session.commit()
        return mail.id


def row(town: Town, mail_id: uuid.UUID) -> Mail:
    with tenant_scope(town.id):
        return db.session.scalars(sa.select(Mail).where(Mail.id == mail_id)).one()


def work(app: Flask, database: Database) -> None:
    """Let the time pass until everything is due, and the worker run."""
    with as_superuser(database) as connection:
        connection.execute("UPDATE procrastinate_jobs SET scheduled_at = now()")
    jobs.run_worker(app, wait=False)


def test_a_mail_arrives_in_the_towns_name(
    app: Flask, office: PostOffice, hinode: Town, database: Database
) -> None:
    mail_id = write(hinode, body="場所はどこですか。\n🍙 <b>&amp;</b>")
    assert office.to(TO) == []
    work(app, database)
    (mail,) = office.to(TO)
    assert mail["From"].addresses[0].display_name == "磐梯町（ばんだい宝ラボ）"
    assert mail["Subject"] == "【ひので町】ご提案について質問があります（受付番号 2026-0001）"
    assert "🍙 <b>&amp;</b>" in words_of(mail)
    assert mail["Message-ID"]
    assert row(hinode, mail_id).sent_at is not None


def test_a_mail_is_sent_once_however_often_its_job_runs(
    app: Flask, office: PostOffice, hinode: Town, database: Database
) -> None:
    mail_id = write(hinode)
    with tenant_scope(hinode.id):
        for _ in range(2):
            jobs.enqueue(send_mail, tenant_id=str(hinode.id), mail_id=str(mail_id))
        db.session.commit()
    work(app, database)
    work(app, database)
    assert len(office.to(TO)) == 1


def test_the_secret_of_a_link_is_kept_no_longer_than_its_mail_waits(
    app: Flask, office: PostOffice, hinode: Town, database: Database
) -> None:
    mail_id = write(hinode)
    work(app, database)
    (mail,) = office.to(TO)
    assert SECRET in words_of(mail)
    kept = row(hinode, mail_id).body
    assert SECRET not in kept
    assert "http://localhost/hinode/p/***" in kept
    assert "場所はどこですか。" in kept


def test_a_mail_that_nobody_takes_keeps_its_secret_until_the_last_try_only(
    app: Flask, hinode: Town, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with post_office() as (_closed, port):
        use_port(app, monkeypatch, port)
    mail_id = write(hinode)
    for _ in range(jobs.RETRY.max_attempts or 0):
        work(app, database)
    assert SECRET in row(hinode, mail_id).body
    work(app, database)
    kept = row(hinode, mail_id)
    assert SECRET not in kept.body
    assert "場所はどこですか。" in kept.body
    assert (kept.error or "").startswith(f"{GIVEN_UP}ConnectionRefusedError")

    with post_office() as (office, port), tenant_scope(hinode.id):
        use_port(app, monkeypatch, port)
        jobs.enqueue(send_mail, tenant_id=str(hinode.id), mail_id=str(mail_id))
        db.session.commit()
        work(app, database)
        assert office.to(TO) == [], "a letter whose link is gone would only mislead"


def test_mail_is_encrypted_only_for_a_server_that_proves_its_name(
    app: Flask, hinode: Town, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail_id = write(hinode)
    with post_office(encrypts=True) as (office, port):
        use_port(app, monkeypatch, port, encrypts=True)
        work(app, database)
        assert office.mails == []
        assert "CERTIFICATE_VERIFY_FAILED" in (row(hinode, mail_id).error or "")

        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
        work(app, database)
        assert len(office.to(TO)) == 1


def test_nothing_is_sent_for_a_transaction_that_was_rolled_back(
    app: Flask, office: PostOffice, hinode: Town, database: Database
) -> None:
    with tenant_scope(hinode.id):
        jobs.enqueue(send_mail, tenant_id=str(hinode.id), mail_id=str(uuid.uuid4()))
        db.session.rollback()
    work(app, database)
    assert office.mails == []


def test_a_server_that_was_away_gets_the_mail_later(
    app: Flask, hinode: Town, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with post_office() as (_closed, port):
        use_port(app, monkeypatch, port)
    mail_id = write(hinode)
    jobs.run_worker(app, wait=False)
    failed = row(hinode, mail_id)
    assert failed.sent_at is None
    assert "ConnectionRefusedError" in (failed.error or "")

    with post_office() as (office, port):
        use_port(app, monkeypatch, port)
        work(app, database)
        assert len(office.to(TO)) == 1
    sent = row(hinode, mail_id)
    assert sent.sent_at is not None
    assert sent.error is None


def test_a_subject_cannot_bring_a_header_along(
    app: Flask, office: PostOffice, hinode: Town, database: Database
) -> None:
    with tenant_scope(hinode.id):
        write_mail(
            hinode.id,
            to=TO,
            template="proposals/mail/arrived",
            sender_name="ひので町",
            proposal={"receipt": "1\r Bcc: thief@example.jp", "title": "x"},
            town=hinode,
            link="",
        )
        db.session.commit()
    work(app, database)
    (mail,) = office.mails
    assert mail["Bcc"] is None
    assert mail["To"] == TO
    assert "1 Bcc: thief@example.jp" in mail["Subject"]


def test_another_towns_mail_is_not_sent_from_here(
    app: Flask, office: PostOffice, hinode: Town, minato: Town, database: Database
) -> None:
    mail_id = write(hinode)
    with as_superuser(database) as connection:
        connection.execute("DELETE FROM procrastinate_jobs")
    with tenant_scope(minato.id):
        jobs.enqueue(send_mail, tenant_id=str(minato.id), mail_id=str(mail_id))
        db.session.commit()
    work(app, database)
    assert office.mails == []
    assert row(hinode, mail_id).sent_at is None
