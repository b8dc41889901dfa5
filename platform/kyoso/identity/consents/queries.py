"""Every read of consents: the person's own, and what was given to a town."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from kyoso.core.access import Actor, PersonActor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.own_data import own_data
from kyoso.identity.consents import rules
from kyoso.identity.consents.models import Consent
from kyoso.identity.consents.rules import Purpose


def list_consents(actor: PersonActor) -> Sequence[Consent]:
    """Return all that a person ever agreed to, newest first."""
    return db.session.scalars(
        sa.select(Consent)
        .where(Consent.person_id == actor.person_id)
        .order_by(Consent.given_at.desc(), Consent.id.desc())
    ).all()


def get_consent(actor: PersonActor, consent_id: uuid.UUID, *, lock: bool = False) -> Consent:
    """Return one of the person's consents, or NotFound."""
    query = sa.select(Consent).where(Consent.person_id == actor.person_id, Consent.id == consent_id)
    found = db.session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


def find_sent(actor: PersonActor, consent_id: uuid.UUID) -> Consent | None:
    """Return what a form made already, if it was sent twice."""
    return db.session.scalar(
        sa.select(Consent).where(Consent.person_id == actor.person_id, Consent.id == consent_id)
    )


def find_unended(
    actor: PersonActor,
    purpose: Purpose,
    *,
    town_id: uuid.UUID | None = None,
    network_id: uuid.UUID | None = None,
) -> Consent | None:
    """Return the consent for a purpose that was given to somebody and not ended, locked."""
    return db.session.scalar(
        sa.select(Consent)
        .where(
            Consent.person_id == actor.person_id,
            Consent.purpose == purpose,
            Consent.town_id.is_not_distinct_from(town_id),
            Consent.network_id.is_not_distinct_from(network_id),
            Consent.withdrawn_at.is_(None),
        )
        .with_for_update()
    )


def list_ending(actor: PersonActor, day: dt.date) -> Sequence[Consent]:
    """Return the running consents that end soon, the first to end first."""
    return db.session.scalars(
        sa.select(Consent)
        .where(
            Consent.person_id == actor.person_id,
            Consent.withdrawn_at.is_(None),
            Consent.until.between(day, day + rules.ENDS_SOON),
        )
        .order_by(Consent.until, Consent.id)
    ).all()


def list_running_of_town(
    actor: Actor, person_ids: Sequence[uuid.UUID], day: dt.date
) -> Sequence[Consent]:
    """Return what some people agreed to, towards the town of the actor, and that runs on a day."""
    return db.session.scalars(
        sa.select(Consent)
        .where(
            Consent.town_id == actor.tenant_id,
            Consent.person_id.in_(person_ids),
            Consent.withdrawn_at.is_(None),
            Consent.until >= day,
        )
        .order_by(Consent.person_id, Consent.purpose)
    ).all()


@own_data(
    "consents",
    _l("同意の記録"),
    columns={
        "purpose": _l("目的"),
        "recipient": _l("相手"),
        "fields": _l("項目"),
        "until": _l("期限"),
        "state": _l("状態"),
        "given_at": _l("同意した日時"),
        "withdrawn_at": _l("取り消した日時"),
        "wording_version": _l("文面の版"),
        "wording": _l("文面"),
    },
    tables=("identity.consents",),
)
def own_consents(actor: PersonActor) -> list[Mapping[str, Any]]:
    """Return the person's consents for their archive."""
    return [
        {
            "purpose": one.purpose.label,
            "recipient": one.recipient,
            "fields": one.field_labels,
            "until": one.until,
            "state": one.state.label,
            "given_at": one.given_at,
            "withdrawn_at": one.withdrawn_at,
            "wording_version": one.wording_version,
            "wording": one.wording,
        }
        for one in list_consents(actor)
    ]
