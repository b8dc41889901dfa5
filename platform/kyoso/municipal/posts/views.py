"""The forms with which posts are kept. A view loads, calls one operation, and shows."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue

from kyoso.core.clock import now, today
from kyoso.core.db import new_id
from kyoso.core.errors import InvalidInput
from kyoso.core.i18n import gettext as _
from kyoso.core.schema import load_form, shown_again
from kyoso.core.web import FeatureBlueprint, actor, go, show, tenant
from kyoso.identity.members.queries import list_members
from kyoso.municipal.engagements.rules import roles_of
from kyoso.municipal.posts import operations, queries
from kyoso.municipal.posts.models import Post
from kyoso.municipal.posts.permissions import PostPermission as May
from kyoso.municipal.posts.rules import Line, period_words
from kyoso.municipal.posts.schemas import (
    LABELS,
    EndSchema,
    NewPostSchema,
    PostSchema,
    WithdrawalSchema,
    holder_key,
)
from kyoso.tenancy.queries import DepartmentInfo, department_names, get_department

bp = FeatureBlueprint(
    "posts", __name__, url_prefix="/<town>/desk/organisation", template_folder="templates"
)

Errors = Mapping[str, list[str]]


@bp.page("/<uuid:department_id>/posts/new", permission=May.WRITE, methods=("GET", "POST"))
def new(department_id: uuid.UUID) -> ResponseReturnValue:
    """Give somebody a post in a unit; the same form sent twice makes one."""
    unit = get_department(actor(), department_id)
    if request.method == "GET":
        return _form(unit, {"form_id": new_id(), "line": "core", "starts_on": today()}, {})
    try:
        sent = load_form(NewPostSchema, request.form)
        if queries.find_sent(actor(), sent.form_id) is None:
            operations.add_post(
                department_id, sent.draft, post_id=sent.form_id, actor=actor(), now=now()
            )
            flash(_("役職を登録しました。"))
    except InvalidInput as error:
        return _form(unit, shown_again(request.form, error.errors), error.errors), 422
    return go("organisation.unit", department_id=department_id)


@bp.page("/posts/<uuid:post_id>", permission=May.WRITE, methods=("GET", "POST"))
def edit(post_id: uuid.UUID) -> ResponseReturnValue:
    """Put right what was written of a post."""
    post = queries.get_post(actor(), post_id, lock=request.method == "POST")
    if request.method == "GET":
        return _edit(post, {}, {})
    try:
        draft = load_form(PostSchema, request.form)
        operations.correct_post(post, draft, actor=actor(), now=now())
    except InvalidInput as error:
        return _edit(post, {"post": request.form}, {"post": error.errors}), 422
    flash(_("役職の内容を直しました。"))
    return go("organisation.unit", department_id=post.department_id)


@bp.page("/posts/<uuid:post_id>/end", permission=May.WRITE, methods=("POST",))
def end(post_id: uuid.UUID) -> ResponseReturnValue:
    """Say on which day a post is held for the last time."""
    post = queries.get_post(actor(), post_id, lock=True)
    try:
        last_day = load_form(EndSchema, request.form)["last_day"]
        operations.end_post(post, last_day, actor=actor(), now=now())
    except InvalidInput as error:
        return _edit(post, {"end": request.form}, {"end": error.errors}), 422
    flash(_("役職の最後の日を記録しました。"))
    return go("organisation.unit", department_id=post.department_id)


@bp.page("/posts/<uuid:post_id>/withdraw", permission=May.WRITE, methods=("POST",))
def withdraw(post_id: uuid.UUID) -> ResponseReturnValue:
    """Take away a post that never was."""
    post = queries.get_post(actor(), post_id, lock=True)
    try:
        reason = load_form(WithdrawalSchema, request.form)["reason"]
        operations.withdraw_post(post, reason, actor=actor(), now=now())
    except InvalidInput as error:
        return _edit(post, {"withdraw": request.form}, {"withdraw": error.errors}), 422
    flash(_("役職の登録を取り消しました。"))
    return go("organisation.unit", department_id=post.department_id)


def _form(unit: DepartmentInfo, values: Mapping[str, Any], errors: Errors) -> str:
    return show("posts/new.html", unit=unit, values=values, errors=errors, **_choices(unit.id))


def _edit(post: Post, values: Mapping[str, Mapping[str, Any]], errors: Mapping[str, Errors]) -> str:
    unit = get_department(actor(), post.department_id)
    holder = holder_key(post)
    written = {name: getattr(post, name) for name in LABELS if hasattr(post, name)}
    written |= {"holder": holder, "holder_name": "" if holder else post.holder_name}
    return show(
        "posts/edit.html",
        post=post,
        unit=unit,
        period=period_words(post.starts_on, post.ends_on),
        entries=queries.entries_of(actor(), [post.id]),
        values={"post": written, "end": {"last_day": today()}, "withdraw": {}, **values},
        errors=errors,
        **_choices(unit.id, holder, post.holder_name),
    )


def _choices(department_id: uuid.UUID, holder: str = "", holder_name: str = "") -> dict[str, Any]:
    """Return what can be chosen; who holds the post already stays there, whatever became of them."""
    day = today()
    holders = [
        (f"member:{one.id}", _("%(name)s（職員）", name=one.name))
        for one in list_members(actor(), active=True)
    ]
    holders += [
        (
            f"engagement:{one.id}",
            _("%(name)s（外部人材・%(role)s）", name=one.person_name, role=one.title or one.role),
        )
        for one in queries.list_engaged(actor())
        if one.ends_on >= day
    ]
    if holder and holder not in dict(holders):
        holders.insert(0, (holder, holder_name))
    names = department_names(actor())
    return {
        "labels": LABELS,
        "lines": [(line.value, line.label) for line in Line],
        "holders": holders,
        "homes": [(str(key), name) for key, name in names.items() if key != department_id],
        "titles": roles_of(tenant().declaration),
    }
