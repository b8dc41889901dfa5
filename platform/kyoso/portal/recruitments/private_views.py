"""The private link's pages: where an application stands, and all that its sender may do."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from flask import flash, request, send_file
from flask.typing import ResponseReturnValue

from kyoso.core import files, throttle
from kyoso.core.access import Actor
from kyoso.core.clock import now
from kyoso.core.config import settings
from kyoso.core.db import new_id
from kyoso.core.errors import InvalidInput, NotFound, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.schema import load_form, shown_again
from kyoso.core.web import LINK, FeatureBlueprint, actor, enter_as, go, show, tenant
from kyoso.identity.profiles.rules import skill_label
from kyoso.municipal.recruitment_applications import operations, queries, rules
from kyoso.municipal.recruitment_applications.queries import RecruitmentApplication
from kyoso.municipal.recruitment_applications.rules import ApplicationState
from kyoso.municipal.recruitment_applications.schemas import LABELS, MessageSchema
from kyoso.municipal.recruitments.queries import Recruitment, get_recruitment
from kyoso.portal.lost_link import count_mail
from kyoso.portal.private_link import LinkExpiredError, keep_private
from kyoso.portal.site.navigation import closed_for_now

bp = FeatureBlueprint(
    "my_application", __name__, url_prefix="/<town>/applications", template_folder="templates"
)
bp.before_request(closed_for_now)
keep_private(bp, expired="public_recruitments/expired.html")

#: How often somebody may write to the town about one application.
MESSAGES, WINDOW = 20, dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Applied:
    """An application as its sender sees it."""

    application: RecruitmentApplication
    recruitment: Recruitment

    @property
    def state(self) -> ApplicationState:
        """Where it stands: a "no" shows only once it was sent."""
        return rules.visible_state(self.application)

    @property
    def in_talk(self) -> bool:
        """Tell whether its sender may write and hand in files."""
        return rules.in_talk(self.application)

    @property
    def withdrawable(self) -> bool:
        """Tell whether its sender may take it back."""
        return (
            self.in_talk and ApplicationState.WITHDRAWN in rules.NEXT_STATES[self.application.state]
        )


def _enter(token: str, *, change: bool = False, even_expired: bool = False) -> Applied:
    """Go on as the holder of a private link; what was erased is not found any more."""
    link = queries.get_link(tenant().id, token)
    if link.expires_at <= now() and not even_expired:
        raise LinkExpiredError
    application = queries.get_application(actor(), link.application_id)
    recruitment = get_recruitment(actor(), application.recruitment_id, lock=change)
    if change:
        # In the order in which an ending takes them.
        application = queries.get_application(actor(), application.id, lock=True)
    if application.erased_at is not None:
        raise NotFound
    # Without their name: the journal keeps it for ever.
    enter_as(Actor.link_holder(tenant().id, application.id, ""))
    return Applied(application, recruitment)


@bp.page("/<token>", permission=LINK)
def application(token: str) -> ResponseReturnValue:
    """Show where the application stands, and all that can be done about it."""
    return _page(token, _enter(token), {}, {})


def _page(token: str, applied: Applied, values: Any, errors: dict[str, list[str]]) -> str:
    found = applied.application
    return show(
        "public_recruitments/application.html",
        token=token,
        applied=applied,
        application=found,
        recruitment=applied.recruitment,
        skills=[skill_label(skill) for skill in found.skills],
        messages=queries.list_messages(actor(), found.id),
        kept=files.list_files(actor(), found.id),
        erased_on=rules.erased_on(found.ended_at, found.keep_days),
        form_id=values.get("form_id") or new_id(),
        accept=files.ACCEPT,
        max_mb=files.MAX_FILE_MB,
        max_files=rules.FILES_MAX,
        address=_address(token),
        values=values,
        errors=errors,
        labels=LABELS,
    )


def _address(token: str) -> str:
    return f"{settings().base_url}/{tenant().slug}/applications/{token}"


@bp.page("/<token>/receipt", permission=LINK)
def receipt(token: str) -> ResponseReturnValue:
    """Show the receipt number, the private link, and what happens next."""
    applied = _enter(token)
    return show(
        "public_recruitments/receipt.html",
        token=token,
        application=applied.application,
        recruitment=applied.recruitment,
        address=_address(token),
    )


@bp.page("/<token>/message", permission=LINK, methods=("POST",))
def write(token: str) -> ResponseReturnValue:
    """Write to the town; the same form sent twice writes once."""
    applied = _enter(token, change=True)
    try:
        sent = load_form(MessageSchema, request.form)
        if not queries.was_sent(actor(), sent["form_id"]):
            key = f"application-message:{applied.application.id}"
            throttle.hit(key, limit=MESSAGES, per=WINDOW)
            operations.write_to_town(
                applied.application,
                applied.recruitment,
                sent["body"],
                message_id=sent["form_id"],
                actor=actor(),
                now=now(),
            )
    except InvalidInput as error:
        typed = shown_again(request.form, error.errors)
        return _page(token, applied, typed, error.errors), 422
    except RuleViolation as error:
        return _page(token, applied, request.form, {"body": [error.message]}), 409
    flash(_("メッセージを送りました。"))
    return go(".application", token=token)


@bp.page("/<token>/files", permission=LINK, methods=("POST",))
def add_files(token: str) -> ResponseReturnValue:
    """Hand files in later."""
    applied = _enter(token, change=True)
    try:
        uploads = files.check_files(request.files.getlist("files"))
        if not uploads:
            raise InvalidInput(
                {"files": [_("ファイルを選んでから、「追加する」を押してください。")]}
            )
        operations.add_files(applied.application, uploads, actor=actor(), now=now())
    except InvalidInput as error:
        return _page(token, applied, {}, error.errors), 422
    except RuleViolation as error:
        return _page(token, applied, {}, {"files": [error.message]}), 409
    flash(_("%(n)s個のファイルを追加しました。", n=len(uploads)))
    return go(".application", token=token)


@bp.page("/<token>/files/<uuid:file_id>", permission=LINK)
def file(token: str, file_id: uuid.UUID) -> ResponseReturnValue:
    """Hand out a file of the application, never to be opened in the page."""
    row = files.get_file(actor(), _enter(token).application.id, file_id)
    return send_file(
        files.open_file(row), row.media_type, as_attachment=True, download_name=row.name, max_age=0
    )


@bp.page("/<token>/withdraw", permission=LINK, methods=("GET", "POST"))
def withdraw(token: str) -> ResponseReturnValue:
    """Say what taking the application back means, ask once, and do it."""
    applied = _enter(token, change=request.method == "POST")
    if not applied.withdrawable:
        return go(".application", token=token)
    if request.method == "GET":
        return show("public_recruitments/withdraw.html", token=token, applied=applied)
    operations.withdraw_application(
        applied.application, applied.recruitment, actor=actor(), now=now()
    )
    flash(_("応募を取り下げました。"))
    return go(".application", token=token)


@bp.page("/<token>/mail-link", permission=LINK, methods=("POST",))
def mail_link(token: str) -> ResponseReturnValue:
    """Mail a new private link to the application's own address, also to the holder of an old one."""
    applied = _enter(token, even_expired=True)
    count_mail(applied.application.id)
    operations.resend_link(applied.application, applied.recruitment, actor=actor(), now=now())
    return show("public_recruitments/link_sent.html")
