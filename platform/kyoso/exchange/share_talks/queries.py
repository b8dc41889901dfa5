"""Every read of the threads of requests."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from kyoso.core.access import PersonActor
from kyoso.core.db import db
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.own_data import own_data
from kyoso.exchange.share_requests.queries import ShareMessage, ShareRequest


def list_thread(request: ShareRequest) -> Sequence[ShareMessage]:
    """Return the thread of a request as whoever asks may read it, oldest first."""
    return db.session.scalars(
        sa.select(ShareMessage)
        .where(ShareMessage.tenant_id == request.tenant_id, ShareMessage.request_id == request.id)
        .order_by(ShareMessage.id)
    ).all()


def get_step(
    tenant_id: uuid.UUID, request_id: uuid.UUID, step_id: uuid.UUID
) -> ShareMessage | None:
    """Return one line of a thread, held until the transaction ends; None before it is there."""
    return db.session.scalar(
        sa.select(ShareMessage)
        .where(
            ShareMessage.tenant_id == tenant_id,
            ShareMessage.request_id == request_id,
            ShareMessage.id == step_id,
        )
        .with_for_update()
    )


@own_data(
    "share_messages",
    _l("人材シェアのやり取り"),
    columns={
        "at": _l("日時"),
        "author_name": _l("だれが"),
        "label": _l("何を"),
        "text": _l("言葉"),
    },
    tables=("exchange.share_messages",),
)
def own_messages_data(me: PersonActor) -> list[Mapping[str, Any]]:
    """Return what the person reads in the threads about them, for their archive."""
    rows = db.session.scalars(
        sa.select(ShareMessage)
        .where(ShareMessage.person_id == me.person_id, ShareMessage.audience == "all")
        .order_by(ShareMessage.id)
    )
    return [
        {name: getattr(row, name) for name in ("at", "author_name", "label", "text")}
        for row in rows
    ]
