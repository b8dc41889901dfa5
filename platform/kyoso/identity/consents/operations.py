"""Every change to consents. Each acts in the person's own scope."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from kyoso.core.access import PersonActor, authorise_self
from kyoso.core.clock import JST
from kyoso.core.db import db
from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import record
from kyoso.identity.consents import rules
from kyoso.identity.consents.events import ConsentGiven, ConsentWithdrawn
from kyoso.identity.consents.models import Consent
from kyoso.identity.consents.queries import find_unended
from kyoso.identity.consents.rules import Terms


@dataclass(frozen=True, slots=True)
class Agreed:
    """Which words were shown to the person, and in which language."""

    version: str
    language: str


def give_consent(
    terms: Terms,
    agreed: Agreed,
    *,
    consent_id: uuid.UUID,
    person_id: uuid.UUID,
    actor: PersonActor,
    now: dt.datetime,
) -> Consent:
    """Agree to the words that were shown. An earlier consent for the same thing ends."""
    authorise_self(actor, person_id)
    day = now.astimezone(JST).date()
    problem = rules.until_problem(terms.until, today=day)
    if problem:
        raise InvalidInput({"until": [problem]})
    wording = rules.wording_for(terms.purpose, day)
    if wording.version != agreed.version:
        raise RuleViolation(
            _("文面が新しくなりました。もう一度お読みになってから、同意してください。")
        )

    to = terms.recipient
    earlier = find_unended(actor, terms.purpose, town_id=to.town_id, network_id=to.network_id)
    if earlier is not None:
        earlier.withdrawn_at, earlier.replaced_by = now, consent_id
        # Before the new row: only one of the two may be running.
        db.session.flush()
    consent = Consent(
        person_id=person_id,
        id=consent_id,
        purpose=terms.purpose,
        town_id=to.town_id,
        network_id=to.network_id,
        recipient=to.name,
        fields=list(rules.known_fields(terms.fields)),
        until=terms.until,
        wording_version=wording.version,
        wording=wording.as_shown(terms, agreed.language),
        given_at=now,
    )
    db.session.add(consent)
    db.session.flush()

    record(
        ConsentGiven(
            consent_id,
            terms.purpose.value,
            to.name,
            to.town_id,
            to.network_id,
            tuple(consent.fields),
            terms.until,
            earlier.id if earlier else None,
        ),
        actor=actor,
        now=now,
    )
    return consent


def withdraw_consent(consent: Consent, *, actor: PersonActor, now: dt.datetime) -> None:
    """Take a consent back, at once."""
    authorise_self(actor, consent.person_id)
    if consent.withdrawn_at is not None:
        raise RuleViolation(_("この同意は、すでに終わっています。"))

    consent.withdrawn_at = now

    record(
        ConsentWithdrawn(
            consent.id,
            consent.purpose.value,
            consent.recipient,
            consent.town_id,
            consent.network_id,
        ),
        actor=actor,
        now=now,
    )
