"""The way in for the invited: a link from a mail, and what it leads to."""

from __future__ import annotations

import dataclasses
import uuid
from typing import Any, TypeGuard

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from kyoso.core.access import Actor, PersonActor
from kyoso.core.clock import now
from kyoso.core.db import new_id
from kyoso.core.errors import InvalidInput
from kyoso.core.i18n import gettext as _
from kyoso.core.schema import load_form
from kyoso.core.web import LINK, SIGNED_IN, FeatureBlueprint, me, show, tenant
from kyoso.identity.accounts import operations as accounts
from kyoso.identity.accounts.queries import get_person, person_of_email
from kyoso.identity.entering import acting_for, device, remember_sign_in
from kyoso.identity.members import operations, queries
from kyoso.identity.members.models import Invitation
from kyoso.identity.members.schemas import NewMemberSchema

bp = FeatureBlueprint(
    "invitations", __name__, url_prefix="/<town>/invitations", template_folder="templates"
)


@bp.page("/<token>", permission=LINK, methods=("GET", "POST"))
def accept(token: str) -> ResponseReturnValue:
    """Show the invitation; a new person makes an account here, another signs in first."""
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        try:
            return _accept_as_new_person(token)
        except InvalidInput as error:
            errors = error.errors
    invitation = queries.find_invitation_by_token(_guest(), token)
    if not _usable(invitation):
        return _gone(invitation)
    known = person_of_email(invitation.email) is not None
    values: Any = request.form if errors else {"name": invitation.name}
    page = show(
        "members/invitation.html",
        invitation=invitation,
        token=token,
        known=known,
        values=values,
        errors=errors,
    )
    return page, 422 if errors else 200


def _accept_as_new_person(token: str) -> ResponseReturnValue:
    # The person does not exist yet, but the scope must already say who they will be.
    myself = PersonActor(new_id(), "")
    with acting_for(myself.person_id, tenant().id):
        invitation = queries.find_invitation_by_token(_guest(), token, lock=True)
        if not _usable(invitation):
            return _gone(invitation)
        if person_of_email(invitation.email) is not None:
            return redirect(request.path, 303)
        typed = load_form(NewMemberSchema, request.form)
        new = accounts.NewAccount(
            myself.person_id, email=invitation.email, locale=invitation.locale, **typed
        )
        person = accounts.create_account(new, actor=myself, now=now())
        holder = _holder(invitation, person.id, person.name)
        operations.accept_invitation(invitation, person, actor=holder, now=now())
        secret = accounts.sign_in(person, device(), actor=myself, now=now())
    remember_sign_in(person, secret)
    return _welcome()


@bp.page("/<token>/join", permission=SIGNED_IN, methods=("GET", "POST"))
def join(token: str) -> ResponseReturnValue:
    """Let a signed-in person take up an invitation to one more town."""
    lock = request.method == "POST"
    invitation = queries.find_invitation_by_token(_guest(), token, lock=lock)
    if not _usable(invitation):
        return _gone(invitation)
    fits = current_user.email == invitation.email
    if request.method == "GET" or not fits:
        page = show("members/join.html", invitation=invitation, token=token, fits=fits)
        return page, 200 if fits else 409
    holder = _holder(invitation, me().person_id, me().name)
    operations.accept_invitation(invitation, get_person(me()), actor=holder, now=now())
    return _welcome()


def _guest() -> Actor:
    return Actor.guest(tenant().id)


def _holder(invitation: Invitation, person_id: uuid.UUID, name: str) -> Actor:
    holder = Actor.link_holder(invitation.tenant_id, invitation.id, name)
    return dataclasses.replace(holder, person_id=person_id)


def _usable(invitation: Invitation | None) -> TypeGuard[Invitation]:
    return (
        invitation is not None
        and invitation.revoked_at is None
        and invitation.accepted_at is None
        and invitation.expires_at > now()
    )


def _gone(invitation: Invitation | None) -> ResponseReturnValue:
    """Return the page for a link that cannot be used: why, and what to do."""
    if invitation is None or invitation.revoked_at:
        reason, status = "unknown", 404
    elif invitation.accepted_at:
        reason, status = "accepted", 410
    else:
        reason, status = "expired", 410
    return show("members/invitation_gone.html", reason=reason), status


def _welcome() -> ResponseReturnValue:
    flash(_("%(town)sの担当者になりました。", town=tenant().name))
    return redirect(f"/{tenant().slug}/desk/", 303)
