"""What staff do to one proposal, and how they write down one that came on paper."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import flash, request, send_file
from flask.typing import ResponseReturnValue

from kyoso.core import files
from kyoso.core.access import Actor
from kyoso.core.clock import now, today
from kyoso.core.config import settings
from kyoso.core.db import new_id
from kyoso.core.errors import InvalidInput
from kyoso.core.i18n import LOCALES
from kyoso.core.i18n import gettext as _
from kyoso.core.schema import load_form, shown_again
from kyoso.core.web import FeatureBlueprint, actor, go, show, tenant
from kyoso.municipal.needs import queries as needs
from kyoso.municipal.proposals import operations, queries, rules
from kyoso.municipal.proposals.models import Proposal
from kyoso.municipal.proposals.permissions import ProposalPermission as May
from kyoso.municipal.proposals.rules import ProposerKind, Source
from kyoso.municipal.proposals.schemas import MessageSchema, load_paper

bp = FeatureBlueprint(
    "proposals", __name__, url_prefix="/<town>/desk/proposals", template_folder="templates"
)


def _to(proposal_id: uuid.UUID) -> ResponseReturnValue:
    return go("desk.detail", proposal_id=proposal_id)


@bp.page("/enter", permission=May.ENTER)
def entry_form() -> ResponseReturnValue:
    """Show the form for a paper or spoken proposal."""
    values = {
        "form_id": new_id(),
        "source": Source.PAPER,
        "proposer_kind": "person",
        "locale": "ja",
    }
    return _entry_form(values, {})


@bp.page("/enter", permission=May.ENTER, methods=("POST",))
def enter() -> ResponseReturnValue:
    """Write a proposal down; without a mail address, show its private link, this once."""
    try:
        paper = load_paper(request.form)
    except InvalidInput as error:
        return _entry_form(shown_again(request.form, error.errors), error.errors), 422
    if queries.find_sent(actor(), paper.form_id) is not None:
        flash(_("この提案はすでに入力されています。"), "info")
        return _to(paper.form_id)
    if paper.need_id is not None:
        # NotFound for a need that is not this town's.
        needs.get_need(actor(), paper.need_id)
    proposal, token = operations.enter_proposal(
        paper.who,
        paper.idea,
        paper.merits,
        paper.source,
        paper.need_id,
        form_id=paper.form_id,
        actor=actor(),
        now=now(),
        language=paper.locale,
    )
    if not token:
        flash(_("提案を入力し、%(email)s に確認のお願いを送りました。", email=proposal.email))
        return _to(proposal.id)
    return _hand_over(proposal, token)


def _hand_over(proposal: Proposal, token: str) -> str:
    # Shown by the answer itself: a redirect would have to keep the secret somewhere.
    link = f"{settings().base_url}/{tenant().slug}/p/{token}"
    return show("proposals/entered.html", proposal=proposal, link=link)


def _entry_form(values: object, errors: dict[str, list[str]]) -> str:
    return show(
        "proposals/enter.html",
        values=values,
        errors=errors,
        content=rules.CONTENT,
        required=rules.REQUIRED,
        sources=[(kind, kind.label) for kind in (Source.PAPER, Source.SPOKEN)],
        kinds=[(kind, kind.label) for kind in ProposerKind],
        locales=list(LOCALES.items()),
        needs=[(need.id, need.title) for need in needs.list_published(actor(), today())],
    )


@bp.page("/<uuid:proposal_id>/screening", permission=May.SCREEN, methods=("POST",))
def start_screening(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Begin to check a proposal."""
    proposal = queries.get_received(actor(), proposal_id, lock=True)
    operations.start_screening(proposal, actor=actor(), now=now())
    flash(_("内容の確認を始めました。"))
    return _to(proposal_id)


@bp.page("/<uuid:proposal_id>/question", permission=May.SCREEN)
def question_form(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Show the form for a question to the proposer."""
    return _message_form("question", queries.get_received(actor(), proposal_id), {}, {})


@bp.page("/<uuid:proposal_id>/question", permission=May.SCREEN, methods=("POST",))
def ask_question(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Ask the proposer something."""
    return _say(proposal_id, "question", operations.ask_question, _("提案者に質問を送りました。"))


@bp.page("/<uuid:proposal_id>/revision", permission=May.SCREEN)
def revision_form(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Show the form for asking for a revised proposal."""
    return _message_form("revision", queries.get_received(actor(), proposal_id), {}, {})


@bp.page("/<uuid:proposal_id>/revision", permission=May.SCREEN, methods=("POST",))
def request_revision(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Ask for a revised proposal."""
    done = _("提案者に修正をお願いしました。")
    return _say(proposal_id, "revision", operations.request_revision, done)


def _say(
    proposal_id: uuid.UUID, kind: str, operation: Callable[..., None], done: str
) -> ResponseReturnValue:
    proposal = queries.get_received(actor(), proposal_id, lock=True)
    try:
        message = load_form(MessageSchema, request.form)
    except InvalidInput as error:
        return _message_form(kind, proposal, request.form, error.errors), 422
    operation(proposal, message["body"], actor=actor(), now=now())
    flash(done)
    return _to(proposal_id)


def _message_form(
    kind: str, proposal: Proposal, values: object, errors: dict[str, list[str]]
) -> str:
    return show(f"proposals/{kind}.html", proposal=proposal, values=values, errors=errors)


@bp.page("/<uuid:proposal_id>/files/<uuid:file_id>", permission=May.READ)
def file(proposal_id: uuid.UUID, file_id: uuid.UUID) -> ResponseReturnValue:
    """Hand out a file of a proposal, always to be saved and never shown in the page."""
    who: Actor = actor()
    queries.get_received(who, proposal_id)
    row = files.get_file(who, proposal_id, file_id)
    return send_file(
        files.open_file(row), row.media_type, as_attachment=True, download_name=row.name
    )


@bp.page("/<uuid:proposal_id>/link", permission=May.REISSUE, methods=("POST",))
def reissue_link(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Make a new private link for somebody without a mail address, to be handed over."""
    proposal = queries.get_received(actor(), proposal_id, lock=True)
    token = operations.reissue_link(proposal, actor=actor(), now=now())
    return _hand_over(proposal, token)
