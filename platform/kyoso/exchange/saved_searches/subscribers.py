"""What every night does: whoever was last told a week ago is told of what is new."""

from __future__ import annotations

from kyoso.core import clock
from kyoso.core.access import Actor
from kyoso.exchange.saved_searches import operations, queries
from kyoso.tenancy.nights import nightly_in_each_town


@nightly_in_each_town("saved_searches.digest", "毎週のメール（自動）")
def send_digests(actor: Actor) -> int:
    """Write the letters that are due."""
    due = queries.list_due(actor, clock.now())
    for search in due:
        operations.send_digest(search, actor=actor, now=clock.now())
    return len(due)
