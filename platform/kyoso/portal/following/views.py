"""The private link's page, and everything that its holder may do after sending a proposal."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from flask import flash, request, send_file
from flask.typing import ResponseReturnValue

from kyoso.core import files, journal, throttle
from kyoso.core.clock import now
from kyoso.core.errors import InvalidInput, NotFound, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.schema import load_form
from kyoso.core.slots import parts_of
from kyoso.core.web import LINK, FeatureBlueprint, actor, client_address, go, show, tenant
from kyoso.municipal.documents import queries as documents
from kyoso.municipal.documents.rules import LETTERS
from kyoso.municipal.fit_sheets.rules import WRITABLE as FITTING
from kyoso.municipal.needs import queries as needs
from kyoso.municipal.proposals import operations, queries
from kyoso.municipal.proposals import rules as proposals
from kyoso.municipal.proposals.queries import MessageKind
from kyoso.municipal.proposals.rules import ProposalStatus, Source
from kyoso.municipal.proposals.schemas import ReasonSchema
from kyoso.portal.following import rules
from kyoso.portal.following.schemas import LostLinkSchema, ReplySchema, WithdrawalSchema
from kyoso.portal.lost_link import WINDOW, ask_for_link, count_mail
from kyoso.portal.private_link import Followed, address_of, enter, follow, keep_private
from kyoso.portal.site.navigation import closed_for_now

bp = FeatureBlueprint("following", __name__, url_prefix="/<town>", template_folder="templates")
bp.before_request(closed_for_now)
keep_private(bp)

#: How often a link may be asked for from one address.
ASKED_PER_ADDRESS = 10


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of the proposer's own history."""

    at: dt.datetime
    label: str
    actor_name: str = ""


@bp.page("/p/<token>", permission=LINK)
def proposal(token: str) -> ResponseReturnValue:
    """Show where the proposal stands, and all that its proposer may do about it."""
    return _page(token, follow(token), {}, {})


def _page(token: str, followed: Followed, values: Any, errors: dict[str, list[str]]) -> str:
    found = followed.proposal
    titles = needs.need_titles(actor(), [found.need_id]) if found.need_id else {}
    return show(
        "following/proposal.html",
        token=token,
        followed=followed,
        proposal=found,
        need=next(iter(titles.values()), None),
        meaning=rules.meaning_of(followed.status),
        stations=rules.STATIONS,
        station=rules.station_of(followed.status),
        messages=queries.list_messages(actor(), found.id),
        reply=MessageKind.REPLY,
        kept=files.list_files(actor(), found.id),
        letters=_letters(found.id),
        history=_history(followed),
        parts=proposals.CONTENT,
        withdrawable=_withdrawable(followed),
        cancellable=_cancellable(followed),
        fit_sheet=followed.status in FITTING,
        entered=found.source is not Source.WEB and followed.status is ProposalStatus.DRAFT,
        address=address_of(token),
        values=values,
        errors=errors,
        slots=parts_of("following.proposal", followed, token=token),
    )


def _history(followed: Followed) -> list[Happened]:
    """Return what the proposer may know of the proposal's way, newest first."""
    lines = [
        Happened(entry.at, str(rules.HAPPENED[entry.kind]))
        for entry in journal.list_history(actor(), [followed.proposal.id])
        if entry.kind in rules.HAPPENED
    ]
    if followed.decision and followed.decision.announced_at:
        told = _(
            "町から結果をお知らせしました：%(outcome)s", outcome=followed.decision.outcome.label
        )
        lines.insert(0, Happened(followed.decision.announced_at, told))
    return sorted(lines, key=lambda line: line.at, reverse=True)


def _withdrawable(followed: Followed) -> bool:
    return ProposalStatus.WITHDRAWN in proposals.NEXT.get(followed.status, ())


def _cancellable(followed: Followed) -> bool:
    return followed.status in proposals.IN_FORCE


@bp.page("/p/<token>/reply", permission=LINK, methods=("POST",))
def give_reply(token: str) -> ResponseReturnValue:
    """Send the town an answer, or something to add."""
    followed = follow(token, change=True)
    try:
        message = load_form(ReplySchema, request.form)
        operations.give_reply(followed.proposal, **message, actor=actor(), now=now())
    except InvalidInput as error:
        return _page(token, followed, request.form, error.errors), 422
    except RuleViolation as error:
        return _page(token, followed, request.form, {"body": [error.message]}), 409
    flash(_("返信を送りました。"))
    return go(".proposal", token=token)


@bp.page("/p/<token>/files/<uuid:file_id>", permission=LINK)
def file(token: str, file_id: Any) -> ResponseReturnValue:
    """Hand out a file of the proposal, never to be opened in the page."""
    found = files.get_file(actor(), follow(token).proposal.id, file_id)
    return send_file(
        files.open_file(found),
        mimetype=found.media_type,
        as_attachment=True,
        download_name=found.name,
        max_age=0,
    )


@bp.page("/p/<token>/documents/<uuid:document_id>/pdf", permission=LINK)
def document(token: str, document_id: uuid.UUID) -> ResponseReturnValue:
    """Hand out a letter from the town as it was sent."""
    found = next((d for d in _letters(follow(token).proposal.id) if d.id == document_id), None)
    if found is None:
        raise NotFound
    kept = documents.file_of(actor(), found)
    return send_file(
        files.open_file(kept),
        mimetype=kept.media_type,
        as_attachment=True,
        download_name=kept.name,
        max_age=0,
    )


def _letters(proposal_id: uuid.UUID) -> list[documents.Document]:
    """Return what the town wrote to the proposer, latest first; papers of the desk are not among it."""
    issued = documents.list_for_subject(actor(), proposal_id)
    return [document for document in issued if document.kind in LETTERS]


@bp.page("/p/<token>/withdraw", permission=LINK, methods=("GET", "POST"))
def withdraw(token: str) -> ResponseReturnValue:
    """Say what taking the proposal back means, ask once, and do it."""
    followed = follow(token, change=request.method == "POST")
    if not _withdrawable(followed):
        return go(".proposal", token=token)
    if request.method == "GET":
        return _ask("withdraw", token, followed, {})
    try:
        asked = load_form(WithdrawalSchema, request.form)
    except InvalidInput as error:
        return _ask("withdraw", token, followed, error.errors), 422
    operations.withdraw_proposal(followed.proposal, **asked, actor=actor(), now=now())
    flash(_("提案を取り下げました。"))
    return go(".proposal", token=token)


@bp.page("/p/<token>/cancel", permission=LINK, methods=("GET", "POST"))
def cancel(token: str) -> ResponseReturnValue:
    """Hand in a 中止届 for what was adopted: say what it means, ask once, and do it."""
    followed = follow(token, change=request.method == "POST")
    if not _cancellable(followed):
        return go(".proposal", token=token)
    if request.method == "GET":
        return _ask("cancel", token, followed, {})
    try:
        asked = load_form(ReasonSchema, request.form)
    except InvalidInput as error:
        return _ask("cancel", token, followed, error.errors), 422
    operations.cancel_proposal(followed.proposal, **asked, actor=actor(), now=now())
    flash(_("中止届を出しました。"))
    return go(".proposal", token=token)


def _ask(step: str, token: str, followed: Followed, errors: dict[str, list[str]]) -> str:
    return show(
        f"following/{step}.html",
        token=token,
        followed=followed,
        values=request.form,
        errors=errors,
    )


@bp.page("/p/<token>/mail-link", permission=LINK, methods=("POST",))
def mail_link(token: str) -> ResponseReturnValue:
    """Mail a new private link to the proposal's own address, also to the holder of an old one."""
    found = enter(token, even_expired=True)
    count_mail(found.id)
    if found.email:
        operations.resend_link(found, actor=actor(), now=now())
    return show("following/link_sent.html", sent=bool(found.email))


@bp.page("/p/lost", permission=LINK, methods=("GET", "POST"))
def lost() -> ResponseReturnValue:
    """Ask for a new link by receipt number and address. The answer is always the same."""
    if request.method == "GET":
        return show("following/lost.html", values={}, errors={})
    try:
        asked = load_form(LostLinkSchema, request.form)
    except InvalidInput as error:
        return show("following/lost.html", values=request.form, errors=error.errors), 422
    throttle.hit(f"lost-link:{tenant().id}:{client_address()}", limit=ASKED_PER_ADDRESS, per=WINDOW)
    ask_for_link(tenant().id, rules.number_of(asked["receipt"]), asked["email"])
    return show("following/lost_sent.html")
