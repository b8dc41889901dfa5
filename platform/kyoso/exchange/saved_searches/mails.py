"""The weekly letter of a saved search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kyoso.core.access import Actor
from kyoso.core.config import settings
from kyoso.core.mail import write_mail
from kyoso.exchange.saved_searches.models import SavedSearch
from kyoso.exchange.saved_searches.rules import NAMED
from kyoso.tenancy.queries import get_tenant


def tell_of_new(search: SavedSearch, rows: Sequence[Any], to: str, *, actor: Actor) -> None:
    """Write that somebody is new, and where to look; no name: a letter stays, a consent may not."""
    town = get_tenant(actor.tenant_id)
    base = f"{settings().base_url}/{town.slug}/exchange/talent"
    write_mail(
        actor.tenant_id,
        to=to,
        template="saved_searches/mail/digest",
        sender_name=town.sender_name,
        subject_id=search.id,
        town=town,
        search=search,
        rows=rows[:NAMED],
        total=len(rows),
        more=max(0, len(rows) - NAMED),
        link=f"{base}/?{search.query}",
        base=base,
        unsubscribe=f"{base}/saved/",
    )
