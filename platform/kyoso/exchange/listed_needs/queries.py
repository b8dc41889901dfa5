"""Every read of listed needs. What other towns show is read by the policies' leave."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from kyoso.core.access import Actor, PersonActor
from kyoso.core.clock import today
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.i18n import gettext as _
from kyoso.exchange.finding import Kind
from kyoso.exchange.leaving import Effect, Fate, foresees
from kyoso.exchange.listed_needs.models import ListedNeed as ListedNeed
from kyoso.exchange.listed_needs.rules import ListedNeedStatus
from kyoso.exchange.moderation.queries import Item, describes
from kyoso.exchange.networks.queries import list_networks_in_force
from kyoso.identity.profiles.rules import WorkMode
from kyoso.tenancy.models import Tenant

PER_PAGE = 20


def _listed() -> tuple[sa.ColumnElement[bool], ...]:
    """Return what is asked of a shown row; the policies ask whose it is and who looks."""
    return (
        ListedNeed.status == ListedNeedStatus.LISTED,
        sa.or_(ListedNeed.closes_on.is_(None), ListedNeed.closes_on >= today()),
        sa.not_(ListedNeed.network_id == sa.any_(ListedNeed.hidden_in)),
    )


def list_listed(after: uuid.UUID | None = None) -> Sequence[Any]:
    """Return a page of (need, the town's name) in the networks of the scope, newest first.

    One row more than a page has, if there is a next one. A need in two of our networks is one.
    """
    newest = (
        sa.select(sa.func.max(sa.cast(ListedNeed.id, sa.Text)).label("id"))
        .where(*_listed())
        .group_by(ListedNeed.tenant_id, ListedNeed.need_id)
        .subquery()
    )
    query = (
        sa.select(ListedNeed, Tenant.name)
        .join(Tenant, Tenant.id == ListedNeed.tenant_id)
        .join(newest, newest.c.id == sa.cast(ListedNeed.id, sa.Text))
        .where(*_listed())
        .order_by(ListedNeed.id.desc())
        .limit(PER_PAGE + 1)
    )
    if after is not None:
        query = query.where(ListedNeed.id < after)
    return db.session.execute(query).all()


def get_listed_need(listed_need_id: uuid.UUID) -> ListedNeed:
    """Return a need as the networks of the scope show it, or NotFound."""
    need = db.session.scalar(
        sa.select(ListedNeed).where(ListedNeed.id == listed_need_id, *_listed())
    )
    if need is None:
        raise NotFound
    return need


def own_listed_need(actor: Actor, listed_need_id: uuid.UUID, *, lock: bool = False) -> ListedNeed:
    """Return what the actor's own town shows or showed, or NotFound."""
    query = sa.select(ListedNeed).where(
        ListedNeed.tenant_id == actor.tenant_id, ListedNeed.id == listed_need_id
    )
    need = db.session.scalar(query.with_for_update() if lock else query)
    if need is None:
        raise NotFound
    return need


def list_own(
    actor: Actor,
    *,
    need_id: uuid.UUID | None = None,
    network_id: uuid.UUID | None = None,
    listed: bool = False,
    lock: bool = False,
) -> Sequence[ListedNeed]:
    """Return what the town shows or showed of its needs, newest first."""
    query = sa.select(ListedNeed).where(ListedNeed.tenant_id == actor.tenant_id)
    if need_id is not None:
        query = query.where(ListedNeed.need_id == need_id)
    if network_id is not None:
        query = query.where(ListedNeed.network_id == network_id)
    if listed:
        query = query.where(ListedNeed.status == ListedNeedStatus.LISTED)
    query = query.order_by(ListedNeed.id.desc())
    return db.session.scalars(query.with_for_update() if lock else query).all()


def mode_of_need(actor: Actor, need_id: uuid.UUID) -> WorkMode | None:
    """Return where the work for a need of ours is done, where we said so to a network."""
    return next((one.mode for one in list_own(actor, need_id=need_id) if one.mode), None)


_FOR_ME = sa.select(ListedNeed).from_statement(
    sa.text("SELECT * FROM exchange.needs_for_me(:today) ORDER BY id DESC LIMIT 200")
)


def list_for_person(_me: PersonActor) -> list[tuple[ListedNeed, str]]:
    """Return (need, the town's name) of the networks in which the person in scope is listed."""
    needs = db.session.scalars(_FOR_ME, {"today": today()}).all()
    found = {(need.tenant_id, need.need_id): need for need in needs}
    names = {
        row.id: row.name
        for row in db.session.execute(
            sa.select(Tenant.id, Tenant.name).where(Tenant.id.in_({n.tenant_id for n in needs}))
        )
    }
    return [(need, names[need.tenant_id]) for need in found.values()]


@foresees
def foresee_leaving(actor: Actor, network_id: uuid.UUID) -> list[Effect]:
    """Say how many needs are shown no more when the town leaves."""
    count = len(list_own(actor, network_id=network_id, listed=True))
    said = _("「求めていること」の掲載を取り下げます")
    return [Effect(Fate.ENDS, said, count)] if count else []


@describes(Kind.NEED)
def need_as_item(actor: Actor, item_id: uuid.UUID) -> Item:
    """Return a listed need for whoever reports or hides it."""
    need = get_listed_need(item_id)
    ours = {network.id for network in list_networks_in_force(actor)}
    if need.network_id not in ours:
        raise NotFound
    slug = db.session.scalars(sa.select(Tenant.slug).where(Tenant.id == actor.tenant_id)).one()
    return Item(
        Kind.NEED,
        need.id,
        need.title,
        f"{need.purpose}\n{need.outcome}\n{need.field_offered}",
        (need.network_id,),
        need.tenant_id == actor.tenant_id,
        f"/{slug}/exchange/needs/{need.id}",
    )
