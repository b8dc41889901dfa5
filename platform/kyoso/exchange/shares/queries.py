"""Every read of running shares: the two towns read theirs, the person their own."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from kyoso.core.access import Actor, PersonActor
from kyoso.core.db import db
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.metrics import Month
from kyoso.core.own_data import own_data
from kyoso.exchange.share_requests.events import ShareAccepted
from kyoso.exchange.share_requests.queries import ShareMessage, ShareRequest
from kyoso.exchange.share_requests.rules import AGREED, PENDING, ShareKind, ShareStatus
from kyoso.exchange.shares.models import ShareHours, ShareReview
from kyoso.municipal.work_hours.queries import list_own_hours


def list_months(request: ShareRequest) -> Sequence[ShareHours]:
    """Return what was worked in each month, the first month first."""
    return db.session.scalars(
        sa.select(ShareHours)
        .where(ShareHours.tenant_id == request.tenant_id, ShareHours.request_id == request.id)
        .order_by(ShareHours.month)
    ).all()


def list_reviews(request: ShareRequest) -> Sequence[ShareReview]:
    """Return what the three said afterwards, oldest first."""
    return db.session.scalars(
        sa.select(ShareReview)
        .where(ShareReview.tenant_id == request.tenant_id, ShareReview.request_id == request.id)
        .order_by(ShareReview.id)
    ).all()


def list_over(actor: Actor, today: dt.date) -> Sequence[ShareRequest]:
    """Return the shares in the town whose last day is over, held until the transaction ends."""
    return db.session.scalars(
        sa.select(ShareRequest)
        .where(
            ShareRequest.tenant_id == actor.tenant_id,
            ShareRequest.status == ShareStatus.ACTIVE,
            ShareRequest.ends_on < today,
        )
        .order_by(ShareRequest.id)
        .with_for_update()
    ).all()


def share_of_engagement(actor: Actor, engagement_id: uuid.UUID) -> ShareRequest | None:
    """Return the running share that an engagement of the town came of, held; or None."""
    return db.session.scalar(
        sa.select(ShareRequest)
        .where(
            ShareRequest.tenant_id == actor.tenant_id,
            ShareRequest.id == engagement_id,
            ShareRequest.kind == ShareKind.HOURS,
            ShareRequest.status == ShareStatus.ACTIVE,
        )
        .with_for_update()
    )


def list_pending_of(actor: Actor, person_id: uuid.UUID) -> Sequence[ShareRequest]:
    """Return what other towns ask of somebody of the town's register and is not answered, held."""
    return db.session.scalars(
        sa.select(ShareRequest)
        .where(
            ShareRequest.home_tenant_id == actor.tenant_id,
            ShareRequest.person_id == person_id,
            ShareRequest.kind == ShareKind.HOURS,
            ShareRequest.status.in_(PENDING),
        )
        .order_by(ShareRequest.id)
        .with_for_update()
    ).all()


def list_own_shares(
    me: PersonActor, engagement_ids: Collection[uuid.UUID]
) -> Sequence[ShareRequest]:
    """Return those of the person's shares that some engagements came of."""
    return db.session.scalars(
        sa.select(ShareRequest).where(
            ShareRequest.person_id == me.person_id,
            ShareRequest.id.in_(engagement_ids),
            ShareRequest.status.in_((*AGREED, ShareStatus.ENDED)),
        )
    ).all()


def own_minutes(me: PersonActor, request: ShareRequest, month: dt.date) -> int:
    """Return what the person worked for a share in a month, given by its first day."""
    last = (month + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
    return sum(
        said.minutes
        for cell, said in list_own_hours(me, month, last).items()
        if cell.engagement_id == request.id
    )


def find_month(request: ShareRequest, month: dt.date) -> ShareHours | None:
    """Return the sum of a month that was pushed already, held."""
    return db.session.scalar(
        sa.select(ShareHours)
        .where(
            ShareHours.tenant_id == request.tenant_id,
            ShareHours.request_id == request.id,
            ShareHours.month == month,
        )
        .with_for_update()
    )


def list_agreed(actor: Actor, month: Month, network_id: uuid.UUID) -> Sequence[Any]:
    """Return the shares of a network that a month has to do with, by the other town, as rows.

    They were agreed on by all three before the month's end. lends: whether ours is the home town;
    town (the other's id), running (how many on the last day), hours (agreed on for the month).
    """
    lends = ShareRequest.home_tenant_id == actor.tenant_id
    other = sa.case((lends, ShareRequest.tenant_id), else_=ShareRequest.home_tenant_id)
    agreed_at = (
        sa.select(sa.func.min(ShareMessage.at))
        .where(
            ShareMessage.tenant_id == ShareRequest.tenant_id,
            ShareMessage.request_id == ShareRequest.id,
            ShareMessage.kind == ShareAccepted.__name__,
        )
        .scalar_subquery()
    )
    ended_on = sa.cast(sa.func.timezone("Asia/Tokyo", ShareRequest.ended_at), sa.Date)
    return db.session.execute(
        sa.select(
            lends.label("lends"),
            other.label("town"),
            sa.func.count().filter(ShareRequest.ends_on >= month.last).label("running"),
            sa.func.coalesce(sa.func.sum(ShareRequest.hours_a_month), 0).label("hours"),
        )
        .where(
            ShareRequest.network_id == network_id,
            sa.or_(lends, ShareRequest.tenant_id == actor.tenant_id),
            ShareRequest.starts_on <= month.last,
            ShareRequest.ends_on >= month.first,
            # What was taken back afterwards stood at the month's end; before its first day, never.
            sa.or_(
                ShareRequest.status.in_(AGREED),
                ShareRequest.ended_at >= month.ends,
                (ShareRequest.status == ShareStatus.ENDED) & (ended_on >= ShareRequest.starts_on),
            ),
            agreed_at < month.ends,
        )
        .group_by("lends", "town")
    ).all()


@own_data(
    "share_reviews",
    _l("人材シェアのふりかえりと月の時間"),
    columns={
        "at": _l("日時"),
        "author_name": _l("だれが"),
        "text": _l("言葉"),
        "month": _l("月"),
        "minutes": _l("分"),
    },
    tables=("exchange.share_reviews", "exchange.share_hours"),
)
def own_reviews_data(me: PersonActor) -> list[Mapping[str, Any]]:
    """Return what was said of the person's shares, and their hours, for their archive."""
    reviews = db.session.scalars(
        sa.select(ShareReview).where(ShareReview.person_id == me.person_id).order_by(ShareReview.id)
    )
    months = db.session.scalars(
        sa.select(ShareHours).where(ShareHours.person_id == me.person_id).order_by(ShareHours.id)
    )
    empty = {"at": None, "author_name": "", "text": "", "month": None, "minutes": None}
    return [
        *(
            empty | {"at": one.at, "author_name": one.author_name, "text": one.text}
            for one in reviews
        ),
        *(
            empty | {"at": one.pushed_at, "month": one.month, "minutes": one.minutes}
            for one in months
        ),
    ]
