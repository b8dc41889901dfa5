"""From the first page to the receipt. Every step is a page of its own and saves what it holds."""

from __future__ import annotations

import dataclasses
import uuid
from dataclasses import dataclass
from typing import Any

from flask import flash, make_response, request, url_for
from flask.typing import ResponseReturnValue

from kyoso.core import files
from kyoso.core.clock import now, today
from kyoso.core.errors import InvalidInput, RuleViolation, TooMany
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, load_form
from kyoso.core.web import LINK, PUBLIC, FeatureBlueprint, actor, go, keep_so_far, show
from kyoso.municipal.intake import queries as intake
from kyoso.municipal.intake.rules import Stance, check_accepting
from kyoso.municipal.needs import queries as needs
from kyoso.municipal.proposals import operations, queries, rules
from kyoso.municipal.proposals.operations import Idea, Merits, Who
from kyoso.municipal.proposals.rules import ProposalStatus, ProposerKind, Source
from kyoso.municipal.proposals.schemas import EnteredWhoSchema, IdeaSchema, MeritsSchema, WhoSchema
from kyoso.portal.first_form import check_person, new_form, secret_of, still_valid
from kyoso.portal.private_link import Followed, address_of, follow, keep_private
from kyoso.portal.proposing.schemas import (
    Beginning,
    BeginningSchema,
    ConsentSchema,
    UnfinishedIdeaSchema,
    UnfinishedMeritsSchema,
)
from kyoso.portal.site.navigation import closed_for_now

bp = FeatureBlueprint("proposing", __name__, url_prefix="/<town>", template_folder="templates")
bp.before_request(closed_for_now)
keep_private(bp)

STEPS = (_l("あなたについて"), _l("提案の内容"), _l("それぞれの良さ"), _l("ファイル"), _l("確認"))
#: What a town's policy calls the kinds of proposers.
KINDS = {
    ProposerKind.PERSON: "individual",
    ProposerKind.COMPANY: "company",
    ProposerKind.GROUP: "group",
}
#: In which step each required part is asked for.
STEP_OF = {"title": "idea", "wish": "idea", "ability": "idea", "merit_residents": "merits"}


@bp.page("/propose", permission=PUBLIC)
def start() -> ResponseReturnValue:
    """Say what a proposal needs and whether the town takes any, before anyone types."""
    open_needs = needs.list_published(actor(), today())
    asked = request.args.get("need", "")
    return show(
        "proposing/start.html",
        state=intake.get_intake(actor(), today()),
        policy=intake.find_policy(actor(), today()),
        needs=open_needs,
        chosen=next((need for need in open_needs if str(need.id) == asked), None),
        guideline=intake.guideline_on(actor(), today()),
        focused=Stance.FOCUSED,
    )


@bp.page("/propose/new", permission=PUBLIC)
def new() -> ResponseReturnValue:
    """Show the first form, or why there is none."""
    chosen = request.args.get("need", "")
    try:
        check_accepting(intake.get_intake(actor(), today()), has_need=bool(chosen))
    except RuleViolation as refusal:
        flash(refusal.message, "warning")
        return go(".start")
    return _first_page({"need_id": chosen}, {}, 200)


@bp.page("/propose/new", permission=PUBLIC, methods=("POST",))
def create() -> ResponseReturnValue:
    """Begin the draft; from here on the proposer works in the private link's pages."""
    typed = request.form
    try:
        begun = load_form(BeginningSchema, typed)
        token = secret_of(begun.form_id)
        if queries.find_sent(actor(), begun.form_id) is None:
            _begin(begun, token)
    except InvalidInput as error:
        return _first_page(typed, error.errors, 422)
    except TooMany as error:
        response = make_response(_first_page(typed, {"": [error.message]}, 429))
        response.headers["Retry-After"] = str(error.retry_after)
        return response
    except RuleViolation as error:
        return _first_page(typed, {"": [error.message]}, 409)
    return go(".idea", token=token)


def _begin(begun: Beginning, token: str) -> None:
    policy = intake.find_policy(actor(), today())
    if policy and KINDS[begun.who.proposer_kind] not in policy.proposer_kinds:
        raise InvalidInput({"proposer_kind": [_("この区分の方からの提案は受け付けていません。")]})
    open_needs = {need.id for need in needs.list_published(actor(), today())}
    if begun.need_id is not None and begun.need_id not in open_needs:
        raise InvalidInput(
            {"need_id": [_("選んだ「求めていること」は募集を終えました。選び直してください。")]}
        )
    check_person(begun.form_id, begun.trap)
    operations.start_draft(
        begun.who, begun.need_id, form_id=begun.form_id, actor=actor(), now=now(), token=token
    )


def _first_page(values: Any, errors: dict[str, list[str]], status: int) -> tuple[str, int]:
    policy = intake.find_policy(actor(), today())
    asked = policy.proposer_kinds if policy else list(KINDS.values())
    page = show(
        "proposing/new.html",
        values=values,
        errors=errors,
        form_id=still_valid(values.get("form_id")) or new_form(),
        state=intake.get_intake(actor(), today()),
        need_options=[(need.id, need.title) for need in needs.list_published(actor(), today())],
        kinds=[(kind.value, kind.label) for kind, word in KINDS.items() if word in asked],
        focused=Stance.FOCUSED,
        steps=STEPS,
    )
    return page, status


@dataclass(frozen=True, slots=True)
class Step:
    """One page of the form."""

    place: int
    template: str
    schema: type[InputSchema]
    #: Takes gaps; None where there may be none.
    unfinished: type[InputSchema] | None
    part: type[Who | Idea | Merits]
    following: str


WHO = Step(1, "proposing/who.html", WhoSchema, None, Who, ".idea")
IDEA = Step(2, "proposing/idea.html", IdeaSchema, UnfinishedIdeaSchema, Idea, ".merits")
MERITS = Step(3, "proposing/merits.html", MeritsSchema, UnfinishedMeritsSchema, Merits, ".papers")


@bp.page("/p/<token>/who", permission=LINK, methods=("GET", "POST"))
def who(token: str) -> ResponseReturnValue:
    """Step 1 again: who proposes and how to reach them."""
    return _step(WHO, token)


@bp.page("/p/<token>/idea", permission=LINK, methods=("GET", "POST"))
def idea(token: str) -> ResponseReturnValue:
    """Step 2: what the proposer wants to do and can do."""
    return _step(IDEA, token)


@bp.page("/p/<token>/merits", permission=LINK, methods=("GET", "POST"))
def merits(token: str) -> ResponseReturnValue:
    """Step 3: what is asked of the town, and what is good for whom."""
    return _step(MERITS, token)


def _step(step: Step, token: str) -> ResponseReturnValue:
    followed = follow(token, change=request.method == "POST")
    if request.method == "GET" and not followed.editable:
        return go("following.proposal", token=token)
    if request.method == "GET":
        saved = {f.name: getattr(followed.proposal, f.name) for f in dataclasses.fields(step.part)}
        return _step_page(step, token, followed, saved, {})
    later = "later" in request.args and followed.unfinished
    try:
        _save(step, followed, later=later)
    except InvalidInput as error:
        return _step_page(step, token, followed, request.form, error.errors), 422
    except RuleViolation as error:
        return _step_page(step, token, followed, request.form, {"": [error.message]}), 409
    if later:
        return go(".later", token=token)
    if "confirm" in request.args or not followed.unfinished:
        return go(".confirm" if followed.unfinished else "following.proposal", token=token)
    return go(step.following, token=token)


def _save(step: Step, followed: Followed, *, later: bool) -> None:
    """Save a step. What is only incomplete is saved as well, before its gaps are named."""
    try:
        part = load_form(_schema_of(step, followed, later=later), request.form)
    except InvalidInput:
        if step.unfinished and followed.unfinished:
            _keep_what_is_good(step.unfinished, followed)
        raise
    operations.save_part(followed.proposal, part, actor=actor(), now=now())
    if not followed.unfinished:
        flash(_("変更を保存しました。"))


def _schema_of(step: Step, followed: Followed, *, later: bool) -> type[InputSchema]:
    if step is WHO and followed.proposal.source is not Source.WEB:
        return EnteredWhoSchema
    return step.unfinished if later and step.unfinished else step.schema


def _keep_what_is_good(schema: type[InputSchema], followed: Followed) -> None:
    try:
        part = load_form(schema, request.form)
    except InvalidInput:
        return
    operations.save_part(followed.proposal, part, actor=actor(), now=now())
    keep_so_far()


def _step_page(
    step: Step, token: str, followed: Followed, values: Any, errors: dict[str, list[str]]
) -> str:
    return show(
        step.template,
        token=token,
        followed=followed,
        proposal=followed.proposal,
        values=values,
        errors=errors,
        steps=STEPS,
        place=step.place,
        back_to_confirm="confirm" in request.args,
        parts=rules.CONTENT,
        kinds=[(kind.value, kind.label) for kind in ProposerKind],
        needs_mail=followed.proposal.source is Source.WEB,
    )


@bp.page("/p/<token>/files", permission=LINK, methods=("GET", "POST"))
def papers(token: str) -> ResponseReturnValue:
    """Step 4, and later whatever the town asks for: hand files in."""
    followed = follow(token, change=request.method == "POST")
    if request.method == "GET":
        if not (followed.editable or followed.in_talk):
            return go("following.proposal", token=token)
        return _papers_page(token, followed, {})
    try:
        kept = _take_files(followed)
    except InvalidInput as error:
        return _papers_page(token, followed, error.errors), 422
    except RuleViolation as error:
        return _papers_page(token, followed, {"files": [error.message]}), 409
    flash(_("%(n)s個のファイルを追加しました。", n=kept))
    return go(".papers", token=token)


def _take_files(followed: Followed) -> int:
    """Keep each upload that can be taken; raises InvalidInput naming each that cannot."""
    uploads = [upload for upload in request.files.getlist("files") if upload.filename]
    if not uploads:
        raise InvalidInput({"files": [_("ファイルを選んでから、「追加する」を押してください。")]})
    good, refused = [], []
    for upload in uploads:
        try:
            good += files.check_files([upload])
        except InvalidInput as error:
            refused += error.errors["files"]
    if good:
        operations.add_files(followed.proposal, good, actor=actor(), now=now())
    if refused:
        keep_so_far()
        raise InvalidInput({"files": refused})
    return len(good)


def _papers_page(token: str, followed: Followed, errors: dict[str, list[str]]) -> str:
    return show(
        "proposing/files.html",
        token=token,
        followed=followed,
        kept=files.list_files(actor(), followed.proposal.id),
        errors=errors,
        steps=STEPS,
        accept=files.ACCEPT,
        max_mb=files.MAX_FILE_MB,
        max_files=operations.MAX_FILES,
    )


@bp.page("/p/<token>/files/<uuid:file_id>/remove", permission=LINK, methods=("POST",))
def remove_file(token: str, file_id: uuid.UUID) -> ResponseReturnValue:
    """Take a file out again."""
    followed = follow(token, change=True)
    file = files.get_file(actor(), followed.proposal.id, file_id)
    operations.remove_file(followed.proposal, file, actor=actor(), now=now())
    flash(_("「%(name)s」を取り除きました。", name=file.name))
    return go(".papers", token=token)


@bp.page("/p/<token>/later", permission=LINK)
def later(token: str) -> ResponseReturnValue:
    """Show how to come back to what was saved."""
    followed = follow(token)
    return show("proposing/later.html", token=token, followed=followed, address=address_of(token))


@bp.page("/p/<token>/confirm", permission=LINK)
def confirm(token: str) -> ResponseReturnValue:
    """Step 5: everything on one page, with a way back to each part."""
    followed = follow(token)
    if not followed.unfinished:
        return go("following.proposal", token=token)
    return _confirm_page(token, followed, {}, 200)


def _confirm_page(
    token: str, followed: Followed, errors: dict[str, list[str]], status: int
) -> ResponseReturnValue:
    proposal = followed.proposal
    missing = rules.missing_parts(proposal.content)
    titles = needs.need_titles(actor(), [proposal.need_id]) if proposal.need_id else {}
    page = show(
        "proposing/confirm.html",
        token=token,
        followed=followed,
        proposal=proposal,
        need=next(iter(titles.values()), None),
        missing=[(STEP_OF[part], part, rules.CONTENT[part][0]) for part in missing],
        kept=files.list_files(actor(), proposal.id),
        state=_intake_of(followed),
        errors=errors,
        steps=STEPS,
        parts=rules.CONTENT,
    )
    return page, status


def _intake_of(followed: Followed) -> Any:
    """Return the town's intake where it decides whether the proposal may be sent now."""
    from_web = followed.proposal.source is Source.WEB
    is_draft = followed.status is ProposalStatus.DRAFT
    return intake.get_intake(actor(), today()) if from_web and is_draft else None


@bp.page("/p/<token>/submit", permission=LINK, methods=("POST",))
def submit(token: str) -> ResponseReturnValue:
    """Send the proposal to the town, or send it again; a second press changes nothing."""
    followed = follow(token, change=True)
    if not followed.unfinished:
        return go(".receipt", token=token)
    resubmits = followed.status is ProposalStatus.REVISION_REQUESTED
    try:
        if not load_form(ConsentSchema, request.form)["consent"] and not resubmits:
            raise InvalidInput(
                {"consent": [_("内容を読み、同意する場合はチェックを入れてください。")]}
            )
        send = operations.resubmit_proposal if resubmits else operations.submit_proposal
        send(followed.proposal, actor=actor(), now=now())
    except InvalidInput as error:
        return _confirm_page(token, followed, error.errors, 422)
    except RuleViolation as error:
        return _confirm_page(token, followed, {"": [error.message]}, 409)
    return go(".receipt", token=token)


@bp.page("/p/<token>/receipt", permission=LINK)
def receipt(token: str) -> ResponseReturnValue:
    """Show the receipt number, the private link, and what happens next."""
    followed = follow(token)
    if followed.unfinished or not followed.proposal.submitted_at:
        return go("following.proposal", token=token)
    return show(
        "proposing/receipt.html",
        token=token,
        proposal=followed.proposal,
        address=address_of(token),
        resubmitted=followed.status is ProposalStatus.RESUBMITTED,
        follow_url=url_for("following.proposal", token=token),
    )
