"""Every change to saved searches: one function for each verb, each guards, changes, records."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from kyoso.core.access import Actor, authorise
from kyoso.core.db import db
from kyoso.core.errors import Forbidden
from kyoso.core.journal import record
from kyoso.exchange.saved_searches import events, mails, queries, rules
from kyoso.exchange.saved_searches.models import SavedSearch
from kyoso.exchange.saved_searches.permissions import SavedSearchPermission as May
from kyoso.identity.members.queries import get_member


@dataclass(frozen=True, slots=True)
class SearchDraft:
    """What is kept: a name, and the search as it stands in an address."""

    name: str
    query: str
    digest: bool = False


def save_search(
    draft: SearchDraft, *, saved_search_id: uuid.UUID, actor: Actor, now: dt.datetime
) -> SavedSearch:
    """Keep a search for the one who made it."""
    authorise(actor, May.KEEP)
    if actor.membership_id is None or actor.person_id is None:
        raise Forbidden
    rules.check_room(len(queries.list_searches(actor)))

    search = SavedSearch(
        tenant_id=actor.tenant_id,
        id=saved_search_id,
        membership_id=actor.membership_id,
        person_id=actor.person_id,
        name=draft.name,
        query=draft.query,
        digest=draft.digest,
        created_at=now,
        told_until=now,
    )
    db.session.add(search)
    db.session.flush()

    record(events.SearchSaved(search.id, draft.digest), actor=actor, now=now)
    return search


def choose_digest(search: SavedSearch, digest: bool, *, actor: Actor, now: dt.datetime) -> None:
    """Begin the weekly mail, or end it."""
    authorise(actor, May.KEEP, search)

    if digest and not search.digest:
        search.told_until = now
    search.digest = digest

    record(events.DigestChosen(search.id, digest), actor=actor, now=now)


def remove_search(search: SavedSearch, *, actor: Actor, now: dt.datetime) -> None:
    """Keep a search no more."""
    authorise(actor, May.KEEP, search)

    search.removed_at = now

    record(events.SavedSearchRemoved(search.id), actor=actor, now=now)


def send_digest(search: SavedSearch, *, actor: Actor, now: dt.datetime) -> None:
    """Tell the keeper of a search who came into it; nothing new, no letter."""
    authorise(actor, May.SEND, search)

    member = get_member(actor, search.membership_id)
    new = queries.list_new(search) if member.deactivated_at is None else []
    search.told_until = now
    if new:
        mails.tell_of_new(search, new, member.email, actor=actor)

    record(events.DigestSent(search.id, len(new)), actor=actor, now=now)
