"""Every read of posts, and of the engagements they may rest on. Never without the town."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.journal import list_history
from kyoso.municipal.engagements.queries import Engagement
from kyoso.municipal.engagements.rules import EngagementStatus
from kyoso.municipal.posts import rules
from kyoso.municipal.posts.models import Post as Post
from kyoso.municipal.posts.rules import Engaged, PostDraft
from kyoso.municipal.talents.rules import WorkMode

#: Both sides agreed: they stand in the chart from their first day to their last.
_AGREED = (EngagementStatus.ACTIVE, EngagementStatus.ENDED)


def get_post(actor: Actor, post_id: uuid.UUID, *, lock: bool = False) -> Post:
    """Return the post, or NotFound: another town's looks just like a missing one.

    `lock` holds the row until the transaction ends; take it before changing it.
    """
    query = sa.select(Post).where(Post.tenant_id == actor.tenant_id, Post.id == post_id)
    post = db.session.scalar(query.with_for_update() if lock else query)
    if post is None:
        raise NotFound
    return post


def hold_posts(actor: Actor) -> None:
    """Let one change of the town's posts at a time look around; until the transaction ends."""
    name = f"posts:{actor.tenant_id}"
    db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(name))))


def find_sent(actor: Actor, form_id: uuid.UUID) -> Post | None:
    """Return the post that a form made already; a twin that is being saved is waited for."""
    hold_posts(actor)
    return db.session.scalar(
        sa.select(Post).where(Post.tenant_id == actor.tenant_id, Post.id == form_id)
    )


def list_posts(actor: Actor, department_id: uuid.UUID | None = None) -> Sequence[Post]:
    """Return the posts of a unit, or of all, without those withdrawn; the latest begun first."""
    query = sa.select(Post).where(Post.tenant_id == actor.tenant_id, Post.withdrawn_at.is_(None))
    if department_id is not None:
        query = query.where(Post.department_id == department_id)
    return db.session.scalars(query.order_by(Post.starts_on.desc(), Post.id)).all()


def list_same_holder(actor: Actor, draft: PostDraft, department_id: uuid.UUID) -> list[Post]:
    """Return the posts of a unit that the holder of a draft has, by whom they are or their name."""
    return [
        post
        for post in list_posts(actor, department_id)
        if (
            post.membership_id == draft.membership_id
            and post.engagement_id == draft.engagement_id
            and (
                draft.membership_id or draft.engagement_id or post.holder_name == draft.holder_name
            )
        )
    ]


def get_engaged(actor: Actor, engagement_id: uuid.UUID) -> Engaged:
    """Return an engagement that both sides agreed on, or NotFound."""
    found = _engaged(actor, Engagement.id == engagement_id)
    if not found:
        raise NotFound
    return found[0]


def list_engaged(actor: Actor) -> list[Engaged]:
    """Return the engagements that were ever agreed on, by name."""
    return _engaged(actor)


def list_engaged_in(
    actor: Actor, department_id: uuid.UUID, others: Sequence[uuid.UUID]
) -> list[Engaged]:
    """Return the engagements of a unit that were ever agreed on, and others by their ids."""
    in_unit = Engagement.department_id == department_id
    return _engaged(actor, in_unit | Engagement.id.in_(others))


def _engaged(actor: Actor, *conditions: sa.ColumnElement[bool]) -> list[Engaged]:
    columns: tuple[Any, ...] = (
        *(getattr(Engagement, name) for name in Engaged.__slots__[:-1]),
        Engagement.mode == WorkMode.ONLINE,
    )
    rows = db.session.execute(
        sa.select(*columns)
        .where(
            Engagement.tenant_id == actor.tenant_id,
            Engagement.status.in_(_AGREED),
            *conditions,
        )
        .order_by(Engagement.person_name, Engagement.starts_on, Engagement.id)
    )
    return [Engaged(*row) for row in rows]


def post_history(actor: Actor, department_id: uuid.UUID) -> list[dict[str, Any]]:
    """Return what was done to the posts of a unit, also to those withdrawn, newest first."""
    ids = db.session.scalars(
        sa.select(Post.id).where(
            Post.tenant_id == actor.tenant_id, Post.department_id == department_id
        )
    ).all()
    return entries_of(actor, ids) if ids else []


def entries_of(actor: Actor, post_ids: Sequence[uuid.UUID]) -> list[dict[str, Any]]:
    """Return what was done to some posts, newest first, each with what it says."""
    return [
        {
            "at": entry.at,
            "label": entry.label,
            "actor_name": entry.actor_name,
            "detail": rules.history_words(entry.facts),
        }
        for entry in list_history(actor, post_ids, limit=50)
    ]
