"""A real mail server on this machine, for tests that want to see what arrives."""

from __future__ import annotations

import email
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller


class PostOffice:
    """What arrived, in order."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        message = email.message_from_bytes(envelope.content, _class=EmailMessage, policy=default)
        self.mails.append(message)
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        """Return what arrived for an address."""
        return [mail for mail in self.mails if mail["To"] == address]


def words_of(mail: EmailMessage) -> str:
    """Return the text of a mail."""
    body = mail.get_body(("plain",))
    assert body is not None
    return body.get_content()


def link_in(mail: EmailMessage) -> str:
    """Return the path of the first link in a mail."""
    found = re.search(r"https?://[^/\s]+(/\S+)", words_of(mail))
    assert found, words_of(mail)
    return found.group(1)


#: Key and certificate of the mail server below, which nobody else uses and nobody trusts.
CERTIFICATE = Path(__file__).with_suffix(".pem")


@contextmanager
def post_office(*, encrypts: bool = False) -> Iterator[tuple[PostOffice, int]]:
    """Open a mail server; yields what arrives and the port it listens on."""
    office = PostOffice()
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    tls = None
    if encrypts:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(CERTIFICATE)
    controller = Controller(
        office, hostname="127.0.0.1", port=port, tls_context=tls, require_starttls=encrypts
    )
    controller.start()
    try:
        yield office, port
    finally:
        controller.stop()
