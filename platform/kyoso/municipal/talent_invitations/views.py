"""Invitations: the desk's pages, and the way in for the invited."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from kyoso.core.access import Actor, PersonActor
from kyoso.core.clock import now
from kyoso.core.db import new_id
from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.files import check_files
from kyoso.core.i18n import LOCALES
from kyoso.core.i18n import gettext as _
from kyoso.core.schema import load_form, shown_again
from kyoso.core.text import printable
from kyoso.core.web import LINK, SIGNED_IN, FeatureBlueprint, actor, go, me, show, tenant
from kyoso.identity.accounts import operations as accounts
from kyoso.identity.accounts.queries import get_person, person_of_email
from kyoso.identity.entering import acting_for, device, remember_sign_in
from kyoso.identity.profiles.queries import own_profile
from kyoso.municipal.talent_invitations import operations, queries, rules
from kyoso.municipal.talent_invitations.models import TalentInvitation
from kyoso.municipal.talent_invitations.operations import TalentInvite
from kyoso.municipal.talent_invitations.permissions import TalentInvitationPermission as May
from kyoso.municipal.talent_invitations.queries import PER_PAGE
from kyoso.municipal.talent_invitations.rules import InvitationState, Line
from kyoso.municipal.talent_invitations.schemas import (
    LABELS,
    CheckedList,
    InviteSchema,
    JoinSchema,
    ManySchema,
    NewTalentSchema,
    load_lines,
    without_known,
)

bp = FeatureBlueprint(
    "talent_invitations",
    __name__,
    url_prefix="/<town>/desk/talents/invitations",
    template_folder="templates",
)
#: The way in: a link from a mail, and what it leads to.
way_in = FeatureBlueprint(
    "talent_way_in",
    __name__,
    url_prefix="/<town>/talent-invitations",
    template_folder="templates",
)

BOTH = ("GET", "POST")


@bp.page("/", permission=May.READ)
def index() -> ResponseReturnValue:
    """List the town's invitations: search, by where they stand, page."""
    at, asked, number = now(), request.args.get("state", ""), request.args.get("page", "1")
    words = printable(request.args.get("q", ""))[:100].strip()
    state = InvitationState(asked) if asked in set(InvitationState) else None
    counts = queries.count_invitations(actor(), at, words=words)
    total = counts[state] if state else sum(counts.values())
    pages = max(1, -(-total // PER_PAGE))
    here = int(number) if number.isascii() and number.isdigit() and len(number) < 7 else 1
    here = min(max(here, 1), pages)
    rows = queries.list_invitations(actor(), state, at, words=words, page=here)
    states: list[tuple[Any, ...]] = [(_("すべて"), None, sum(counts.values()))]
    states += [(one.label, one, counts[one]) for one in InvitationState]

    def url(**changes: Any) -> str:
        said = {"q": words, "state": state} | changes
        return url_for(".index", **{key: value for key, value in said.items() if value})

    return show(
        "talent_invitations/index.html",
        rows=[(row, rules.state_of(row, at)) for row in rows],
        states=[(label, url(state=one), one is state, count) for label, one, count in states],
        state=state,
        words=words,
        total=total,
        here=here,
        pages=pages,
        url_of_page=lambda page: url(page=page),
    )


@bp.page("/new", permission=May.SEND, methods=BOTH)
def invite() -> ResponseReturnValue:
    """Invite one person; the same form sent twice invites them once."""
    if request.method == "GET":
        return _invite_page({"form_id": new_id(), "locale": "ja"}, {})
    try:
        sent = load_form(InviteSchema, request.form)
        form_id, message = sent.pop("form_id"), sent.pop("message")
        if not queries.count_sent(actor(), form_id):
            operations.invite_talents(
                [TalentInvite(**sent)], message, batch_id=form_id, actor=actor(), now=now()
            )
    except InvalidInput as error:
        return _invite_page(shown_again(request.form, error.errors), error.errors), 422
    flash(_("%(name)sさんに招待メールを送りました。", name=sent["name"]))
    return go(".index")


def _invite_page(values: Mapping[str, Any], errors: Mapping[str, list[str]]) -> str:
    return show(
        "talent_invitations/invite.html",
        values=values,
        errors=errors,
        labels=LABELS,
        locales=list(LOCALES.items()),
    )


@bp.page("/many", permission=May.SEND, methods=BOTH)
def many() -> ResponseReturnValue:
    """Take in a list, pasted or as a file, and show what would be sent: nothing is sent yet."""
    if request.method == "GET":
        return _many_page({"form_id": new_id(), "locale": "ja"}, {})
    values = request.form.copy()
    try:
        rows = _uploaded_rows()
        if rows is not None:
            values["pasted"] = rules.as_text(rows)
        sent = load_form(ManySchema, values)
        # As it was typed: a schema trims, and the rows would be counted from elsewhere.
        lines = rules.lines_of(rules.rows_of_text(values.get("pasted", "")))
    except InvalidInput as error:
        return _many_page(shown_again(values, error.errors), error.errors), 422
    return _many_page(values, {}, _checked(lines, sent["locale"]))


def _uploaded_rows() -> list[list[str]] | None:
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return None
    if not upload.filename.lower().endswith((".xlsx", ".csv")):
        raise InvalidInput({"file": [_("Excel（.xlsx）かCSVのファイルを選んでください。")]})
    (file,) = check_files([upload], field="file")
    return rules.rows_of_file(file.name, file.content)


def _checked(lines: list[Line], locale: str) -> CheckedList:
    _loaded, emails = load_lines(lines, locale)
    return without_known(lines, locale, queries.standing_of(actor(), emails.values()))


@bp.page("/many/send", permission=May.SEND, methods=("POST",))
def send_many() -> ResponseReturnValue:
    """Invite those whom the list showed as good; if one is not any more, show the list again."""
    try:
        sent = load_form(ManySchema, request.form)
        done = queries.count_sent(actor(), sent["form_id"])
        if not done:
            lines = rules.lines_of(rules.rows_of_text(sent["pasted"]))
            checked = _checked(lines, sent["locale"])
            if checked.wrong:
                return _many_page(request.form, {}, checked, changed=True), 409
            operations.invite_talents(
                checked.good,
                sent["message"],
                batch_id=sent["form_id"],
                actor=actor(),
                now=now(),
            )
            done = len(checked.good)
    except InvalidInput as error:
        return _many_page(shown_again(request.form, error.errors), error.errors), 422
    flash(_("%(n)s人に招待メールを送りました。", n=done))
    return go(".index")


def _many_page(
    values: Mapping[str, Any],
    errors: Mapping[str, list[str]],
    checked: CheckedList | None = None,
    *,
    changed: bool = False,
) -> str:
    return show(
        "talent_invitations/many.html",
        values=values,
        errors=errors,
        labels=LABELS,
        locales=list(LOCALES.items()),
        most=rules.MOST_AT_ONCE,
        checked=checked,
        rows_to_send=rules.as_text((one.email, one.name, one.kana) for one in checked.good)
        if checked
        else "",
        changed=changed,
    )


@bp.page("/<uuid:talent_invitation_id>/resend", permission=May.SEND, methods=("POST",))
def resend(talent_invitation_id: uuid.UUID) -> ResponseReturnValue:
    """Mail an invitation again, with a new link."""
    invitation = queries.get_invitation(actor(), talent_invitation_id)
    operations.resend_invitation(invitation, actor=actor(), now=now())
    flash(_("%(name)sさんに招待メールを送り直しました。", name=invitation.name))
    return go(".index")


@bp.page("/<uuid:talent_invitation_id>/withdraw", permission=May.SEND, methods=("POST",))
def withdraw(talent_invitation_id: uuid.UUID) -> ResponseReturnValue:
    """Take an invitation back."""
    invitation = queries.get_invitation(actor(), talent_invitation_id)
    operations.withdraw_invitation(invitation, actor=actor(), now=now())
    flash(_("%(name)sさんへの招待を取り消しました。", name=invitation.name))
    return go(".index")


@way_in.page("/<token>", permission=LINK, methods=BOTH)
def accept(token: str) -> ResponseReturnValue:
    """Show the invitation; a new person makes an account here, another signs in first."""
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        try:
            return _accept_as_new_person(token)
        except InvalidInput as error:
            errors = error.errors
    invitation = queries.find_invitation_by_token(_guest(), token)
    if invitation is None or rules.state_of(invitation, now()) is not InvitationState.OPEN:
        return _gone(invitation)
    values: Any = request.form if errors else {"name": invitation.name, "kana": invitation.kana}
    page = show(
        "talent_invitations/accept.html",
        invitation=invitation,
        token=token,
        known=person_of_email(invitation.email) is not None,
        values=values,
        errors=errors,
        labels=LABELS,
    )
    return page, 422 if errors else 200


def _accept_as_new_person(token: str) -> ResponseReturnValue:
    # The person does not exist yet, but the scope must already say who they will be.
    myself = PersonActor(new_id(), "")
    with acting_for(myself.person_id, tenant().id):
        invitation = queries.find_invitation_by_token(_guest(), token, lock=True)
        if invitation is None or rules.state_of(invitation, now()) is not InvitationState.OPEN:
            return _gone(invitation)
        if person_of_email(invitation.email) is not None:
            return redirect(request.path, 303)
        typed = load_form(NewTalentSchema, request.form)
        person = accounts.create_account(
            accounts.NewAccount(
                myself.person_id,
                invitation.email,
                typed["name"],
                typed["password"],
                typed["kana"],
                invitation.locale,
            ),
            actor=myself,
            now=now(),
        )
        _come_in(invitation, dataclasses.replace(myself, name=person.name), typed)
        secret = accounts.sign_in(person, device(), actor=myself, now=now())
    remember_sign_in(person, secret)
    return _welcome()


@way_in.page("/<token>/join", permission=SIGNED_IN, methods=BOTH)
def join(token: str) -> ResponseReturnValue:
    """Let a person who is signed in with the invited address come into the register."""
    invitation = queries.find_invitation_by_token(_guest(), token, lock=request.method == "POST")
    if invitation is None or rules.state_of(invitation, now()) is not InvitationState.OPEN:
        return _gone(invitation)
    errors: dict[str, list[str]] = {}
    fits, profile = current_user.email == invitation.email, own_profile(me())
    values: Any = {"kana": profile.kana, "hours_offered": profile.hours_offered}
    if request.method == "POST" and fits:
        values = request.form
        try:
            _come_in(invitation, me(), load_form(JoinSchema, request.form))
        except InvalidInput as error:
            errors = error.errors
        except RuleViolation as refusal:
            errors = {"hours_offered": [refusal.message]}
        else:
            return _welcome()
    page = show(
        "talent_invitations/join.html",
        invitation=invitation,
        token=token,
        fits=fits,
        values=values,
        errors=errors,
        labels=LABELS,
    )
    return page, 422 if errors else 200 if fits else 409


def _come_in(invitation: TalentInvitation, myself: PersonActor, typed: Mapping[str, Any]) -> None:
    holder = Actor.link_holder(invitation.tenant_id, invitation.id, myself.name)
    operations.accept_invitation(
        invitation,
        get_person(myself),
        operations.Offer(typed["kana"], typed["hours_offered"]),
        actor=dataclasses.replace(holder, person_id=myself.person_id),
        now=now(),
    )


def _guest() -> Actor:
    return Actor.guest(tenant().id)


def _gone(invitation: TalentInvitation | None) -> ResponseReturnValue:
    """Return the page for a link that cannot be used: why, and what to do."""
    state = rules.state_of(invitation, now()) if invitation else InvitationState.WITHDRAWN
    status = 404 if state is InvitationState.WITHDRAWN else 410
    days = rules.INVITATION_LASTS.days
    return show("talent_invitations/gone.html", state=state, days=days), status


def _welcome() -> ResponseReturnValue:
    flash(_("%(town)sの複業人材として登録しました。", town=tenant().name))
    return redirect("/me/", 303)
