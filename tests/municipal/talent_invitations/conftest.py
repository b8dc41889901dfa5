import dataclasses
from collections.abc import Iterator

import pytest
from flask import Flask

from support.post_office import PostOffice, post_office


@pytest.fixture
def arriving(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[PostOffice]:
    """Let the application send through a real mail server; what arrives is collected."""
    with post_office() as (office, port):
        changed = dataclasses.replace(app.config["KYOSO"], mail_backend="smtp", smtp_port=port)
        monkeypatch.setitem(app.config, "KYOSO", changed)
        yield office
