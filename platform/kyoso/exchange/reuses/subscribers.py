"""What follows for those who use know-how: updates, the question what came of it, leaving."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Iterable

from kyoso.core import clock
from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.events import subscribe
from kyoso.core.i18n import gettext as _
from kyoso.core.jobs import enqueue, job, nightly
from kyoso.core.scope import member_scope
from kyoso.exchange.know_how.events import KnowHowPublished
from kyoso.exchange.know_how.queries import get_shown
from kyoso.exchange.leaving import Effect, Fate, foresees
from kyoso.exchange.networks.events import TownLeftNetwork, TownSuspendedInNetwork
from kyoso.exchange.reuses import mails, operations, queries
from kyoso.tenancy.queries import list_tenants

log = logging.getLogger(__name__)


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


@nightly("reuses.ask")
def ask_what_came_of_it() -> None:
    """Ask each town what came of what it took two months ago; each in its own transaction."""
    towns = list_tenants()
    db.session.rollback()
    for town in towns:
        actor = Actor.system(town.id, "活用記録（自動）")
        with member_scope(town.id):
            for reuse in queries.list_to_ask(actor, clock.today()):
                operations.ask_for_report(reuse, actor=actor, now=clock.now())
                mails.ask(reuse, actor=actor)
                log.info("%s was asked about a reuse", town.slug)
            db.session.commit()


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
