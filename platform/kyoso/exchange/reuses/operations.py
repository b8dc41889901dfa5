"""Every change to reuses: one function for each verb, each guards, changes, records.

What the author's town gets to know is written by `exchange.tell_author()`: whose the piece is,
the town that uses it need not know (migration 0031).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from kyoso.core.access import Actor, authorise
from kyoso.core.db import db, new_id
from kyoso.core.errors import RuleViolation
from kyoso.core.files import CheckedFile
from kyoso.core.i18n import JST
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import record
from kyoso.exchange.know_how.operations import copy_know_how
from kyoso.exchange.know_how.queries import KnowHowListing, Shown
from kyoso.exchange.reuses import events, queries, rules
from kyoso.exchange.reuses.models import Reuse
from kyoso.exchange.reuses.permissions import ReusePermission as May
from kyoso.exchange.reuses.rules import Outcome

_TELL = sa.text("SELECT exchange.tell_author(:reuse)")
_SEVER = sa.text("SELECT exchange.sever_reuses(:network, :at)").bindparams(
    sa.bindparam("at", type_=sa.DateTime(timezone=True))
)


@dataclass(frozen=True, slots=True)
class ReuseReport:
    """What a town did with it and what came of it."""

    outcome: Outcome
    changes: str
    result: str
    thanks: str


def begin_reuse(
    shown: Shown,
    files: Sequence[tuple[CheckedFile, str]],
    *,
    reuse_id: uuid.UUID,
    actor: Actor,
    now: dt.datetime,
) -> Reuse:
    """Take a copy of another town's know-how as our own draft; its author is told."""
    authorise(actor, May.WRITE)
    if queries.is_own(actor, shown.listing.id):
        raise RuleViolation(_("これは町自身のノウハウです。"))

    copy = copy_know_how(shown, files, know_how_id=new_id(), actor=actor, now=now)
    listing = shown.listing
    reuse = Reuse(
        tenant_id=actor.tenant_id,
        id=reuse_id,
        know_how_id=copy.id,
        origin_id=listing.id,
        origin_title=listing.title,
        origin_town=shown.town_name,
        origin_version=listing.version,
        origin_body=queries.text_of(listing),
        told_version=listing.version,
        network_id=next(iter(shown.shared_networks), None),
        borrowed_by=actor.name,
        person_id=actor.person_id,
        borrowed_at=now,
        ask_on=rules.ask_on(now.astimezone(JST).date()),
    )
    db.session.add(reuse)
    db.session.flush()
    db.session.execute(_TELL, {"reuse": reuse.id})

    begun = events.ReuseBegun(reuse.id, copy.id, listing.id, listing.version)
    record(begun, actor=actor, now=now)
    return reuse


def report_reuse(reuse: Reuse, report: ReuseReport, *, actor: Actor, now: dt.datetime) -> None:
    """Say what came of it, or say it anew; the author's town reads it."""
    authorise(actor, May.WRITE, reuse)
    rules.check_running(reuse.ended_at)

    for name, value in asdict(report).items():
        setattr(reuse, name, value)
    reuse.reported_at, reuse.reported_by = now, actor.name
    db.session.flush()
    db.session.execute(_TELL, {"reuse": reuse.id})

    reported = events.ReuseReported(reuse.id, reuse.know_how_id, report.outcome)
    record(reported, actor=actor, now=now)


def ask_for_report(reuse: Reuse, *, actor: Actor, now: dt.datetime) -> None:
    """Ask what came of it, once."""
    authorise(actor, May.ASK, reuse)
    today = now.astimezone(JST).date()
    rules.check_due(reuse.asked_at, reuse.reported_at, reuse.ask_on, today)

    reuse.asked_at = now

    record(events.ReuseAsked(reuse.id, reuse.know_how_id), actor=actor, now=now)


def learn_of_update(
    reuse: Reuse, listing: KnowHowListing, *, actor: Actor, now: dt.datetime
) -> None:
    """Note that what we use has a new version."""
    authorise(actor, May.ASK, reuse)

    reuse.told_version = listing.version

    updated = events.OriginUpdated(reuse.id, reuse.know_how_id, listing.version)
    record(updated, actor=actor, now=now)


def review_update(reuse: Reuse, listing: KnowHowListing, *, actor: Actor, now: dt.datetime) -> None:
    """Note that somebody looked at what the new version changed."""
    authorise(actor, May.WRITE, reuse)
    rules.check_running(reuse.ended_at)

    reuse.origin_version = reuse.told_version = listing.version
    reuse.origin_body = queries.text_of(listing)

    reviewed = events.OriginReviewed(reuse.id, reuse.know_how_id, listing.version)
    record(reviewed, actor=actor, now=now)


def sever_reuses(network_id: uuid.UUID, *, actor: Actor, now: dt.datetime) -> None:
    """Leave of the reuses in a network that the town leaves the names only, on both sides."""
    authorise(actor, May.SEVER)

    ended = queries.list_in_network(actor, network_id)
    for reuse in ended:
        reuse.ended_at = now
    db.session.flush()
    db.session.execute(_SEVER, {"network": network_id, "at": now})
    db.session.expire_all()

    record(events.ReusesSevered(network_id, len(ended)), actor=actor, now=now)
