"""Every read of saved searches: one's own, and what the weekly job has to tell."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

import sqlalchemy as sa

from kyoso.core.access import Actor, PersonActor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.own_data import own_data
from kyoso.exchange.saved_searches import rules
from kyoso.exchange.saved_searches.models import SavedSearch
from kyoso.exchange.talent_pool.queries import find_ids, list_lines
from kyoso.exchange.talent_pool.rules import TalentSearch

#: Who joined in a week is among the newest of these.
LOOKED_THROUGH = 500


def list_searches(actor: Actor) -> Sequence[SavedSearch]:
    """Return the searches that the actor keeps, oldest first."""
    return db.session.scalars(
        sa.select(SavedSearch)
        .where(
            SavedSearch.tenant_id == actor.tenant_id,
            SavedSearch.person_id == actor.person_id,
            SavedSearch.removed_at.is_(None),
        )
        .order_by(SavedSearch.id)
    ).all()


def get_search(actor: Actor, saved_search_id: uuid.UUID, *, lock: bool = False) -> SavedSearch:
    """Return a search that the actor keeps, or NotFound: a colleague's looks like none."""
    query = sa.select(SavedSearch).where(
        SavedSearch.tenant_id == actor.tenant_id,
        SavedSearch.id == saved_search_id,
        SavedSearch.person_id == actor.person_id,
        SavedSearch.removed_at.is_(None),
    )
    found = db.session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


def find_sent(actor: Actor, form_id: uuid.UUID) -> SavedSearch | None:
    """Return what a form kept already, if it was sent twice; also when it was removed since."""
    return db.session.scalar(
        sa.select(SavedSearch).where(
            SavedSearch.tenant_id == actor.tenant_id, SavedSearch.id == form_id
        )
    )


def list_due(actor: Actor, now: dt.datetime) -> Sequence[SavedSearch]:
    """Return the town's searches about which somebody is to be told now, and hold them."""
    rows = db.session.scalars(
        sa.select(SavedSearch)
        .where(
            SavedSearch.tenant_id == actor.tenant_id,
            SavedSearch.digest,
            SavedSearch.removed_at.is_(None),
        )
        .order_by(SavedSearch.id)
        .with_for_update()
    ).all()
    return [row for row in rows if rules.is_due(row.told_until, now)]


def asked_in(search: SavedSearch) -> TalentSearch:
    """Return what a saved search asks for."""
    return TalentSearch.of(parse_qs(search.query))


def list_new(search: SavedSearch) -> list[Any]:
    """Return who came into a search since its keeper was told, in the networks of the scope."""
    found = find_ids(asked_in(search), LOOKED_THROUGH)
    return [row for row in list_lines(found.ids) if row.published_at > search.told_until]


@own_data(
    "saved_searches",
    _l("保存した検索"),
    columns={
        "name": _l("名前"),
        "query": _l("条件"),
        "digest": _l("毎週のメール"),
        "created_at": _l("保存した日時"),
    },
    tables=("exchange.saved_searches",),
)
def own_searches_data(me: PersonActor) -> list[Mapping[str, Any]]:
    """Return the searches that the person keeps in every town, for their archive."""
    rows = db.session.scalars(
        sa.select(SavedSearch)
        .where(SavedSearch.person_id == me.person_id, SavedSearch.removed_at.is_(None))
        .order_by(SavedSearch.id)
    )
    return [
        {"name": r.name, "query": r.query, "digest": r.digest, "created_at": r.created_at}
        for r in rows
    ]
