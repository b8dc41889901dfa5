"""What the demo would have sent, as pages. Registered in the demo only."""

from __future__ import annotations

import datetime as dt
import email
import uuid
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from pathlib import Path

from flask.typing import ResponseReturnValue

from kyoso.core.config import settings
from kyoso.core.errors import NotFound
from kyoso.core.web import PUBLIC, FeatureBlueprint, show

bp = FeatureBlueprint("mailbox", __name__, url_prefix="/demo/mailbox", template_folder="templates")

SHOWN = 100


@dataclass(frozen=True, slots=True)
class DemoMail:
    """A message that the demo kept instead of sending it."""

    name: str
    sender: str
    to: str
    subject: str
    at: dt.datetime | None
    body: str


@bp.page("/", permission=PUBLIC)
def index() -> ResponseReturnValue:
    """List what would have been sent, newest first."""
    files = sorted(_mailbox().glob("*.eml"), key=lambda path: path.name, reverse=True)
    return show(
        "identity/demo/mailbox.html",
        mails=[_read(path) for path in files[:SHOWN]],
        total=len(files),
    )


@bp.page("/<uuid:mail_id>", permission=PUBLIC)
def detail(mail_id: uuid.UUID) -> ResponseReturnValue:
    """Show one message, its links clickable."""
    path = _mailbox() / f"{mail_id}.eml"
    if not path.exists():
        raise NotFound
    return show("identity/demo/mail.html", mail=_read(path))


def _mailbox() -> Path:
    return settings().var_dir / "mailbox"


def _read(path: Path) -> DemoMail:
    message = email.message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=default)
    body = message.get_body(("plain",))
    date = message["Date"]
    return DemoMail(
        name=path.stem,
        sender=str(message["From"] or ""),
        to=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
        at=parsedate_to_datetime(str(date)) if date else None,
        body=body.get_content() if body else "",
    )
