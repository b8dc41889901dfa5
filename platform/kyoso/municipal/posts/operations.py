"""Every change to posts: one function for each verb, each guards, changes, records."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

from kyoso.core.access import Actor, authorise
from kyoso.core.db import db
from kyoso.core.errors import InvalidInput, NotFound
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import record
from kyoso.identity.members.queries import get_member
from kyoso.municipal.posts import events, queries, rules
from kyoso.municipal.posts.models import Post
from kyoso.municipal.posts.permissions import PostPermission as May
from kyoso.municipal.posts.rules import PostDraft
from kyoso.tenancy.queries import get_department, list_department_periods


def add_post(
    department_id: uuid.UUID,
    draft: PostDraft,
    *,
    post_id: uuid.UUID,
    actor: Actor,
    now: dt.datetime,
) -> Post:
    """Give somebody a post in a unit for a time."""
    authorise(actor, May.WRITE)
    draft = _checked(department_id, draft, actor=actor, but=post_id)

    post = Post(
        id=post_id,
        tenant_id=actor.tenant_id,
        department_id=department_id,
        created_by=actor.name,
        **dataclasses.asdict(draft),
    )
    db.session.add(post)

    record(events.PostAdded(post.id, department_id, rules.post_words(post)), actor=actor, now=now)
    return post


def correct_post(post: Post, draft: PostDraft, *, actor: Actor, now: dt.datetime) -> None:
    """Put right what was written; the history keeps what it said before."""
    authorise(actor, May.WRITE, post)
    rules.check_there(post.withdrawn_at)
    draft = _checked(post.department_id, draft, actor=actor, but=post.id)

    before = rules.post_words(post)
    for field in dataclasses.fields(draft):
        setattr(post, field.name, getattr(draft, field.name))

    record(events.PostCorrected(post.id, before, rules.post_words(post)), actor=actor, now=now)


def end_post(post: Post, last_day: dt.date, *, actor: Actor, now: dt.datetime) -> None:
    """Say on which day a post is held for the last time."""
    authorise(actor, May.WRITE, post)
    rules.check_there(post.withdrawn_at)
    rules.check_last_day(last_day, post.starts_on, post.ends_on)

    before = rules.post_words(post)
    post.ends_on = last_day

    record(events.PostEnded(post.id, before, last_day), actor=actor, now=now)


def withdraw_post(post: Post, reason: str, *, actor: Actor, now: dt.datetime) -> None:
    """Take away a post that was written by mistake and never was; its history stays."""
    authorise(actor, May.WRITE, post)
    rules.check_there(post.withdrawn_at)

    post.withdrawn_at = now

    record(events.PostWithdrawn(post.id, rules.post_words(post), reason), actor=actor, now=now)


def _checked(
    department_id: uuid.UUID, draft: PostDraft, *, actor: Actor, but: uuid.UUID
) -> PostDraft:
    """Return the draft with its holder's name, or refuse it; no other post changes meanwhile."""
    queries.hold_posts(actor)
    rules.check_draft(draft, department_id)
    unit = get_department(actor, department_id)
    rules.check_unit_lasts(unit.name, list_department_periods(actor, department_id), draft)
    if draft.home_department_id is not None:
        get_department(actor, draft.home_department_id)
    if draft.membership_id is not None:
        name = get_member(actor, draft.membership_id).name
    elif draft.engagement_id is not None:
        try:
            engaged = queries.get_engaged(actor, draft.engagement_id)
        except NotFound:
            words = _("この方との関与は、まだ始まっていないか、取りやめになりました。")
            raise InvalidInput({"holder": [words]}) from None
        rules.check_engaged(engaged, draft)
        name = engaged.person_name
    else:
        name = draft.holder_name
    draft = dataclasses.replace(draft, holder_name=name)
    others = queries.list_same_holder(actor, draft, department_id)
    rules.check_not_doubled(draft, [post for post in others if post.id != but])
    return draft
