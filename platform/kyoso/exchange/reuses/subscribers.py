"""What follows for those who use know-how: updates, the question what came of it, leaving."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable

from kyoso.core import clock
from kyoso.core.access import Actor
from kyoso.core.errors import NotFound
from kyoso.core.events import subscribe
from kyoso.core.i18n import gettext as _
from kyoso.core.jobs import enqueue, job
from kyoso.exchange.know_how.events import KnowHowPublished
from kyoso.exchange.know_how.queries import get_shown
from kyoso.exchange.leaving import Effect, Fate, foresees
from kyoso.exchange.networks.events import TownLeftNetwork, TownSuspendedInNetwork
from kyoso.exchange.reuses import mails, operations, queries
from kyoso.tenancy.nights import nightly_in_each_town


@subscribe(KnowHowPublished)
def tell_users(event: KnowHowPublished, *, actor: Actor, now: dt.datetime) -> None:
    """Let a job in each town that uses it look at the new version."""
    if not event.renewed or event.version == 1:
        return
    for user in queries.list_users(actor, event.subject_id):
        enqueue(tell_of_update, tenant_id=str(user.by_tenant_id), reuse_id=str(user.id))


@job("reuses.update")
def tell_of_update(tenant_id: uuid.UUID, reuse_id: str) -> None:
    """Write to the town that uses it, if it may still see it and was not told already."""
    actor = Actor.system(tenant_id, "活用記録（自動）")
    reuse = queries.find_reuse(actor, uuid.UUID(reuse_id), lock=True)
    if reuse is None or reuse.ended_at is not None:
        return
    try:
        listing = get_shown(reuse.origin_id).listing
    except NotFound:
        return
    if listing.version > reuse.told_version:
        operations.learn_of_update(reuse, listing, actor=actor, now=clock.now())
        mails.tell_of_update(reuse, listing, actor=actor)


@nightly_in_each_town("reuses.ask", "活用記録（自動）")
def ask_what_came_of_it(actor: Actor) -> int:
    """Ask the town what came of what it took two months ago."""
    found = queries.list_to_ask(actor, clock.today())
    for reuse in found:
        operations.ask_for_report(reuse, actor=actor, now=clock.now())
        mails.ask(reuse, actor=actor)
    return len(found)


@subscribe(TownLeftNetwork)
@subscribe(TownSuspendedInNetwork)
def keep_names_only(
    event: TownLeftNetwork | TownSuspendedInNetwork, *, actor: Actor, now: dt.datetime
) -> None:
    """Let of the reuses in the network only names stay."""
    system = Actor.system(actor.tenant_id, "脱退・休止（自動）")
    operations.sever_reuses(event.network_id, actor=system, now=now)


@foresees
def foresee_reuses(actor: Actor, network_id: uuid.UUID) -> Iterable[Effect]:
    """Say what becomes of the reuses in a network."""
    by_us, of_ours = queries.count_in_network(actor, network_id)
    if by_us:
        yield Effect(Fate.STAYS, _("ほかの町から写したノウハウ（写しは町に残ります）"), by_us)
    if of_ours:
        yield Effect(Fate.STAYS, _("町のノウハウの活用記録（町の名前だけが残ります）"), of_ours)
