"""Consents that somebody gave, really committed."""

from __future__ import annotations

import datetime as dt
import uuid

from kyoso.core import clock
from kyoso.core.db import db, new_id
from kyoso.core.scope import Scope, scope
from kyoso.identity.consents import rules
from kyoso.identity.consents.operations import Agreed, give_consent, withdraw_consent
from kyoso.identity.consents.queries import get_consent
from kyoso.identity.consents.rules import Purpose, Recipient, Terms
from support.people import Town
from support.talents import Somebody


def agree(
    somebody: Somebody,
    town: Town,
    purpose: Purpose = Purpose.PUBLICITY,
    until: dt.date | None = None,
) -> uuid.UUID:
    """Let somebody agree that a town shows their name and where they come from."""
    until = until or clock.today() + dt.timedelta(days=90)
    to = Recipient(town.name, town_id=town.id)
    version = rules.wording_for(purpose, clock.today()).version
    with scope(Scope(person_id=somebody.person_id)):
        consent = give_consent(
            Terms(purpose, to, ("bio", "name"), until),
            Agreed(version, "ja"),
            consent_id=new_id(),
            person_id=somebody.person_id,
            actor=somebody.oneself,
            now=clock.now(),
        )
        db.session.commit()
        return consent.id


def make_consents(somebody: Somebody, town: Town) -> None:
    """Let somebody have consents of every kind: one that ends soon, one renewed, one taken back."""
    agree(somebody, town, until=clock.today() + dt.timedelta(days=10))
    agree(somebody, town, Purpose.INTRODUCTION)
    taken_back = agree(somebody, town, Purpose.INTRODUCTION)
    with scope(Scope(person_id=somebody.person_id)):
        consent = get_consent(somebody.oneself, taken_back, lock=True)
        withdraw_consent(consent, actor=somebody.oneself, now=clock.now())
        db.session.commit()
