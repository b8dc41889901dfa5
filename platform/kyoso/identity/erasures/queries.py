"""Every read of erasure requests."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from kyoso.core.access import PersonActor
from kyoso.core.db import db
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.own_data import own_data
from kyoso.identity.erasures.models import ErasureRequest
from kyoso.identity.members.models import Membership
from kyoso.tenancy.models import Tenant


@dataclass(frozen=True, slots=True)
class OpenErasure:
    """Whose wish waits for the operator, and since when."""

    person_id: uuid.UUID
    requested_at: dt.datetime


def find_open_request(actor: PersonActor, *, lock: bool = False) -> ErasureRequest | None:
    """Return the person's wish that was neither taken back nor carried out."""
    query = sa.select(ErasureRequest).where(
        ErasureRequest.person_id == actor.person_id,
        ErasureRequest.withdrawn_at.is_(None),
        ErasureRequest.carried_out_at.is_(None),
    )
    return db.session.scalar(query.with_for_update() if lock else query)


def list_desks(actor: PersonActor) -> Sequence[str]:
    """Return the names of the towns on whose staff the person is today."""
    return db.session.scalars(
        sa.select(Tenant.name)
        .join(Membership, Membership.tenant_id == Tenant.id)
        .where(Membership.person_id == actor.person_id, Membership.deactivated_at.is_(None))
        .order_by(Tenant.code)
    ).all()


def list_open_erasures() -> list[OpenErasure]:
    """Return all wishes that wait for the operator, the oldest first.

    The policies hide every person from the operator: a function of the database's owner tells
    whose wishes there are, and nothing else of them.
    """
    with db.engine.begin() as connection:
        rows = connection.execute(sa.text("SELECT * FROM identity.open_erasures()"))
        return [OpenErasure(*row) for row in rows]


@own_data(
    "erasure_requests",
    _l("消去の申出"),
    columns={
        "requested_at": _l("申し出た日時"),
        "withdrawn_at": _l("取り下げた日時"),
    },
    tables=("identity.erasure_requests",),
)
def own_requests(actor: PersonActor) -> list[Mapping[str, Any]]:
    """Return the person's wishes for their archive."""
    rows = db.session.scalars(
        sa.select(ErasureRequest)
        .where(ErasureRequest.person_id == actor.person_id)
        .order_by(ErasureRequest.id)
    )
    return [{"requested_at": row.requested_at, "withdrawn_at": row.withdrawn_at} for row in rows]
