"""Sign-in, sign-out, the forgotten password, and a person's own account page."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask import flash, redirect, request, session
from flask.typing import ResponseReturnValue
from flask_login import current_user

from kyoso.core import throttle
from kyoso.core.access import PersonActor
from kyoso.core.clock import now
from kyoso.core.config import settings
from kyoso.core.errors import InvalidInput
from kyoso.core.i18n import LOCALES, locale
from kyoso.core.i18n import gettext as _
from kyoso.core.schema import load_form
from kyoso.core.slots import parts_of
from kyoso.core.web import (
    LINK,
    PUBLIC,
    SIGNED_IN,
    FeatureBlueprint,
    client_address,
    go,
    me,
    safe_next,
    show,
)
from kyoso.identity import passwords, sample_people
from kyoso.identity.accounts import operations, queries, rules
from kyoso.identity.accounts.reset_mail import ask_for_reset
from kyoso.identity.accounts.schemas import (
    AccountUpdateSchema,
    NewPasswordSchema,
    PasswordChangeSchema,
    ResetRequestSchema,
    SignInSchema,
)
from kyoso.identity.entering import acting_for, device, remember_sign_in

bp = FeatureBlueprint("accounts", __name__, template_folder="templates")


@bp.page("/sign-in", permission=PUBLIC, methods=("GET", "POST"))
def sign_in() -> ResponseReturnValue:
    """Let a person in by address and password."""
    if request.method == "GET":
        return _sign_in_page({"next": safe_next(request.args.get("next"))}, {})
    try:
        typed = load_form(SignInSchema, request.form)
        found = _confirmed(typed["email"], typed["password"])
    except InvalidInput as error:
        return _sign_in_page(request.form, error.errors), 422
    with acting_for(found.person_id):
        myself = PersonActor(found.person_id, found.name)
        person = queries.get_person(myself, lock=True)
        secret = operations.sign_in(
            person, device(), actor=myself, now=now(), password=typed["password"]
        )
    remember_sign_in(person, secret)
    target = safe_next(typed["next"])
    return redirect(target, 303) if target else go("accounts.my_towns")


def _confirmed(email: str, password: str) -> queries.Credentials:
    """Return whose password this is. Unknown, wrong and deactivated are one answer."""
    account, address = rules.account_key(email), rules.address_key(client_address())
    throttle.hit(account, limit=rules.TRIES_PER_ACCOUNT, per=rules.TRIES_WINDOW)
    throttle.hit(address, limit=rules.TRIES_PER_ADDRESS, per=rules.TRIES_WINDOW)
    found = queries.find_credentials(email)
    right = passwords.matches(found.password_hash if found else None, password)
    if found is None or not right or found.deactivated:
        message = _("メールアドレスまたはパスワードが違います。")
        raise InvalidInput({"email": [message]})
    throttle.forget(account)
    throttle.take_back(address)
    return found


def _sign_in_page(values: Any, errors: dict[str, list[str]]) -> str:
    return show(
        "accounts/sign_in.html",
        values=values,
        errors=errors,
        samples=sample_people.list_sample_towns(),
    )


@bp.page("/sign-out", permission=SIGNED_IN, methods=("POST",))
def sign_out() -> ResponseReturnValue:
    """End the session of this browser."""
    ended = queries.get_session(me(), current_user.session_id)
    operations.sign_out(ended, actor=me(), now=now())
    session.clear()
    flash(_("サインアウトしました。"))
    return go("accounts.sign_in")


@bp.page("/my-towns", permission=SIGNED_IN)
def my_towns() -> ResponseReturnValue:
    """Let a person choose the town to work for; with one town there is nothing to choose.

    Who is a member of no town may still work for several, or for a network.
    """
    towns, parts = current_user.memberships, parts_of("accounts.my_towns", me())
    if len(towns) < 2 and not parts:
        return redirect(f"/{towns[0].slug}/desk/" if towns else "/me/", 303)
    return show("accounts/my_towns.html", towns=towns, parts=parts)


@bp.page("/password-reset", permission=PUBLIC, methods=("GET", "POST"))
def password_reset() -> ResponseReturnValue:
    """Ask for a link by mail. The answer is the same whether the address is known or not."""
    if request.method == "GET":
        return show("accounts/password_reset.html", values={}, errors={})
    try:
        typed = load_form(ResetRequestSchema, request.form)
    except InvalidInput as error:
        return show("accounts/password_reset.html", values=request.form, errors=error.errors), 422
    email, window = typed["email"], rules.RESETS_WINDOW
    throttle.hit(f"reset:account:{email}", limit=rules.RESETS_PER_ACCOUNT, per=window)
    throttle.hit(f"reset:address:{client_address()}", limit=rules.RESETS_PER_ADDRESS, per=window)
    ask_for_reset(email, locale())
    return go("accounts.password_reset_sent")


@bp.page("/password-reset/sent", permission=PUBLIC)
def password_reset_sent() -> ResponseReturnValue:
    """Say that a mail is on its way, if there is anybody to send it to."""
    return show("accounts/password_reset_sent.html")


@bp.page("/password-reset/<token>", permission=LINK, methods=("GET", "POST"))
def new_password(token: str) -> ResponseReturnValue:
    """Let the holder of a link choose a new password."""
    read = rules.read_reset_token(token)
    if read is None:
        return show("accounts/password_reset_gone.html"), 410
    person_id, secret = read
    myself = PersonActor(person_id, "")
    try:
        with acting_for(person_id):
            link = queries.find_reset(myself, secret, now=now(), lock=True)
            if link is None:
                return show("accounts/password_reset_gone.html"), 410
            if request.method == "GET":
                return show("accounts/new_password.html", errors={}, token=token)
            typed = load_form(NewPasswordSchema, request.form)
            person = queries.get_person(myself, lock=True)
            operations.reset_password(person, link, typed["password"], actor=myself, now=now())
    except InvalidInput as error:
        return show("accounts/new_password.html", errors=error.errors, token=token), 422
    throttle.forget(rules.account_key(person.email))
    flash(_("パスワードを再設定しました。新しいパスワードでサインインしてください。"))
    return go("accounts.sign_in")


@bp.page("/account", permission=SIGNED_IN)
def account() -> ResponseReturnValue:
    """Show a person their account, their sessions and what was done with them."""
    return _account_page()


def _account_page(
    errors: dict[str, list[str]] | None = None, values: Any = None, form: str = ""
) -> str:
    person = queries.get_person(me())
    kept = {"name": person.name, "name_kana": person.name_kana, "locale": person.locale}
    since = now() - dt.timedelta(days=settings().session_days)
    return show(
        "accounts/account.html",
        person=person,
        values=values if form == "profile" else kept,
        errors=errors or {},
        form=form,
        locales=list(LOCALES.items()),
        sessions=queries.list_sessions(me(), since=since),
        this_session=current_user.session_id,
        journal=queries.list_own_journal(me()),
    )


@bp.page("/account/profile", permission=SIGNED_IN, methods=("POST",))
def update() -> ResponseReturnValue:
    """Change name and language."""
    try:
        update = load_form(AccountUpdateSchema, request.form)
    except InvalidInput as error:
        return _account_page(error.errors, request.form, "profile"), 422
    person = queries.get_person(me(), lock=True)
    operations.update_account(person, update, actor=me(), now=now())
    flash(_("アカウントの内容を保存しました。"))
    return go("accounts.account")


@bp.page("/account/password", permission=SIGNED_IN, methods=("POST",))
def change_password() -> ResponseReturnValue:
    """Choose a new password, knowing the old one."""
    key = f"password:{me().person_id}"
    throttle.hit(key, limit=rules.TRIES_PER_ACCOUNT, per=rules.TRIES_WINDOW)
    try:
        change = load_form(PasswordChangeSchema, request.form)
        keep = queries.get_session(me(), current_user.session_id)
        person = queries.get_person(me(), lock=True)
        operations.change_password(person, change, keep=keep, actor=me(), now=now())
    except InvalidInput as error:
        return _account_page(error.errors, None, "password"), 422
    throttle.forget(key)
    flash(_("パスワードを変更しました。ほかの端末からはサインアウトしました。"))
    return go("accounts.account")


@bp.page("/account/sessions/<uuid:session_id>/end", permission=SIGNED_IN, methods=("POST",))
def end_session(session_id: uuid.UUID) -> ResponseReturnValue:
    """End a session on another device."""
    ended = queries.get_session(me(), session_id)
    operations.end_session(ended, actor=me(), now=now())
    flash(_("その端末のサインインを終了しました。"))
    return go("accounts.account")


@bp.page("/account/sessions/end-all", permission=SIGNED_IN, methods=("POST",))
def end_all_sessions() -> ResponseReturnValue:
    """Sign a person out everywhere, also here."""
    person = queries.get_person(me(), lock=True)
    operations.end_all_sessions(person, actor=me(), now=now())
    session.clear()
    flash(_("すべての端末からサインアウトしました。"))
    return go("accounts.sign_in")
