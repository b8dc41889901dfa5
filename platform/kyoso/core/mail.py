"""Mail: written in the transaction that causes it, sent by a job after it."""

from __future__ import annotations

import datetime as dt
import smtplib
import ssl
import uuid
from collections.abc import Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Any, cast

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Mapped

from kyoso.core import clock
from kyoso.core.access import Actor
from kyoso.core.config import Settings, settings
from kyoso.core.db import CreatedAt, Id, Model, TenantOwned, db, new_id
from kyoso.core.i18n import force_locale, jp_datetime
from kyoso.core.i18n import gettext as _
from kyoso.core.jobs import enqueue, is_last_try, job
from kyoso.core.tokens import MASK, TOKEN, masked

#: How long a message may wait for the mail server, and keep the secret of its link meanwhile.
UNDELIVERED_FOR = dt.timedelta(days=14)
#: How `error` begins when nothing is tried any more: the link is gone, so it could only mislead.
GIVEN_UP = "given up: "


class Mail(TenantOwned, Model):
    """One message that a town sends; kept as it was sent, without the secrets of its links."""

    __tablename__ = "mails"
    __table_args__ = (
        sa.Index(None, "tenant_id", "subject_id"),
        {"schema": "core"},
    )

    id: Mapped[Id]
    #: What the message is about, such as a proposal; shown in its history.
    subject_id: Mapped[uuid.UUID | None]
    to: Mapped[str]
    sender_name: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    created_at: Mapped[CreatedAt]
    sent_at: Mapped[dt.datetime | None]
    #: Why the last try failed, for the desk; see GIVEN_UP.
    error: Mapped[str | None]


def write_mail(
    tenant_id: uuid.UUID,
    *,
    to: str,
    template: str,
    sender_name: str,
    locale: str = "ja",
    subject_id: uuid.UUID | None = None,
    **context: Any,
) -> Mail:
    """Write a message and put its sending into the current transaction.

    `template` names ``<feature>/mail/<name>.txt``; its first line is ``Subject: …``.
    """
    with force_locale(locale):
        subject, body = compose(template, **context)
    mail = Mail(
        id=new_id(),
        tenant_id=tenant_id,
        subject_id=subject_id,
        to=to,
        sender_name=sender_name,
        subject=subject,
        body=body,
        created_at=clock.now(),
    )
    db.session.add(mail)
    enqueue(send_mail, tenant_id=str(tenant_id), mail_id=str(mail.id))
    return mail


def compose(template: str, **context: Any) -> tuple[str, str]:
    """Return subject and body of a mail template, in the language in force."""
    # Past the context processors: a letter is no page, and often nobody has asked for one.
    letter = current_app.jinja_env.get_template(f"{template}.txt").render(context)
    first, _blank, body = letter.partition("\n")
    return " ".join(first.removeprefix("Subject:").split()), body.strip() + "\n"


@job("mail.send")
def send_mail(tenant_id: uuid.UUID, mail_id: str) -> None:
    """Send one message of a town, once: the row stays locked until it is marked as sent.

    If we are killed after the server took it and before the mark is saved, it is sent again, with
    the same Message-ID: a mailbox may know it by that.
    """
    mail = db.session.scalar(
        sa.select(Mail)
        .where(Mail.tenant_id == tenant_id, Mail.id == uuid.UUID(mail_id))
        .with_for_update()
    )
    if mail is None or mail.sent_at is not None or (mail.error or "").startswith(GIVEN_UP):
        return
    try:
        deliver(mail.to, mail.subject, mail.body, sender_name=mail.sender_name, known_as=mail.id)
    except (OSError, smtplib.SMTPException) as error:
        # Committed before the job fails and is tried again, so that the desk can see why.
        mail.error = f"{type(error).__name__}: {error}"[:500]
        if is_last_try():
            mail.error, mail.body = GIVEN_UP + mail.error, masked(mail.body)
        db.session.commit()
        raise
    mail.sent_at, mail.error = clock.now(), None
    # From here on only its reader has the secret of its link; its hash is all that we need.
    mail.body = masked(mail.body)


def give_up_undelivered(tenant_id: uuid.UUID) -> int:
    """Mask what a town could not deliver for too long, however its job ended; return how many."""
    error = sa.func.coalesce(Mail.error, "")
    result = db.session.execute(
        sa.update(Mail)
        .where(
            Mail.tenant_id == tenant_id,
            Mail.sent_at.is_(None),
            Mail.created_at < clock.now() - UNDELIVERED_FOR,
            sa.not_(error.startswith(GIVEN_UP)),
        )
        .values(
            body=sa.func.regexp_replace(Mail.body, TOKEN.pattern, MASK, "g"),
            error=sa.func.concat(GIVEN_UP, error),
        )
    )
    return cast("sa.CursorResult[Any]", result).rowcount


def forget_mails(actor: Actor, subject_id: uuid.UUID) -> None:
    """Leave nothing of the messages about one thing but that they were written, and when."""
    db.session.execute(
        sa.update(Mail)
        .where(Mail.tenant_id == actor.tenant_id, Mail.subject_id == subject_id)
        .values(to="", subject="", body="", error=sa.func.coalesce(Mail.error, GIVEN_UP))
    )


def forget_address(actor: Actor, address: str) -> None:
    """Leave nothing of where messages to somebody went, and send none that still waits."""
    db.session.execute(
        sa.update(Mail)
        .where(Mail.tenant_id == actor.tenant_id, Mail.to == address)
        .values(to="", error=sa.func.coalesce(Mail.error, GIVEN_UP))
    )


def delivery_in_words(facts: Mapping[str, Any]) -> str:
    """Return how far a message is; takes its `sent_at`, as text, and its `error`."""
    error = facts["error"] or ""
    if facts["sent_at"]:
        sent_at = dt.datetime.fromisoformat(facts["sent_at"])
        return _("%(at)sに送信しました", at=jp_datetime(sent_at))
    if error.startswith(GIVEN_UP):
        return _(
            "届けられませんでした。ほかの方法でお知らせください（%(error)s）",
            error=error.removeprefix(GIVEN_UP),
        )
    if error:
        return _("まだ届いていません。自動で送り直しています（%(error)s）", error=error)
    return _("送信を待っています")


def deliver(
    to: str, subject: str, body: str, *, sender_name: str, known_as: uuid.UUID | None = None
) -> None:
    """Hand one message to the mail server, or to the demo's mailbox; raises what that raises."""
    current = settings()
    message = EmailMessage()
    user, _at, domain = current.mail_from.partition("@")
    message["From"] = Address(sender_name, user, domain)
    message["To"] = to
    message["Subject"] = subject
    own_id = f"<{known_as.hex}@{domain}>" if known_as else make_msgid(domain=domain)
    message["Message-ID"] = own_id
    message["Date"] = clock.now()
    message.set_content(body)
    if current.mail_backend == "mailbox":
        _keep(current, message)
    else:
        _send(current, message)


def _keep(current: Settings, message: EmailMessage) -> None:
    folder = current.var_dir / "mailbox"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{new_id()}.eml").write_bytes(bytes(message))


def _send(current: Settings, message: EmailMessage) -> None:
    with smtplib.SMTP(current.smtp_host, current.smtp_port, timeout=20) as server:
        if current.smtp_starttls:
            # Without a context Python would encrypt for whoever answers.
            server.starttls(context=ssl.create_default_context())
        if current.smtp_user:
            server.login(current.smtp_user, current.smtp_password)
        server.send_message(message)
