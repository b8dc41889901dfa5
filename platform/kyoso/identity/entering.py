"""How a person enters: the signed cookie, and transactions that act for them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import after_this_request, request, session
from flask_login import login_user
from werkzeug.wrappers import Response

from kyoso.core.config import settings
from kyoso.core.db import db
from kyoso.core.i18n import LOCALE_COOKIE
from kyoso.core.scope import Scope, scope
from kyoso.core.web import client_address
from kyoso.identity.accounts.models import Person
from kyoso.identity.accounts.operations import Device


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What Flask-Login writes into the signed cookie: who, and the secret of the session."""

    person_id: uuid.UUID
    secret: str
    is_active: bool = True
    is_authenticated: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        """Return the cookie's value."""
        return f"{self.person_id}.{self.secret}"


def read_cookie(value: object) -> tuple[uuid.UUID, str] | None:
    """Return the person and the secret in the cookie's value, or None."""
    whose, _dot, secret = str(value or "").partition(".")
    try:
        return uuid.UUID(whose), secret
    except ValueError:
        return None


def claimed_person() -> uuid.UUID | None:
    """Return who the signed cookie says this is, before the database has confirmed it."""
    claim = read_cookie(session.get("_user_id"))
    return claim[0] if claim else None


def remember_sign_in(person: Person, secret: str) -> None:
    """Write the sign-in into the cookie, and go on in the person's language."""
    session.clear()
    session.permanent = True
    login_user(SignedIn(person.id, secret))
    if LOCALE_COOKIE not in request.cookies:
        language = person.locale

        @after_this_request
        def _speak(response: Response) -> Response:
            response.set_cookie(
                LOCALE_COOKIE,
                language,
                max_age=365 * 24 * 3600,
                samesite="Lax",
                httponly=True,
                secure=settings().production,
            )
            return response


def device() -> Device:
    """Return the browser in front of the person."""
    return Device(request.headers.get("User-Agent", ""), client_address())


@contextmanager
def acting_for(person_id: uuid.UUID, tenant_id: uuid.UUID | None = None) -> Iterator[None]:
    """Run a block in one transaction of a person who is not signed in (yet)."""
    with scope(Scope(tenant_id=tenant_id, person_id=person_id)):
        yield
        db.session.commit()
