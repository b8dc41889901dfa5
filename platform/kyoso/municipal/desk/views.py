"""The desk's own pages: what is to be done today, the inbox, and one proposal with everything."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from flask import request, url_for
from flask.typing import ResponseReturnValue

from kyoso.core import clock
from kyoso.core.access import Actor, may
from kyoso.core.clock import now
from kyoso.core.errors import NotFound
from kyoso.core.events import label_of
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import jp_date, jp_datetime
from kyoso.core.sheets import send_sheet
from kyoso.core.slots import parts_of
from kyoso.core.web import FeatureBlueprint, actor, go, show, tenant
from kyoso.municipal.agreements import queries as agreements
from kyoso.municipal.check_ins import queries as check_ins
from kyoso.municipal.decisions import queries as decisions
from kyoso.municipal.desk import queries, rules
from kyoso.municipal.desk.rules import Right
from kyoso.municipal.desk.schemas import InboxAddress
from kyoso.municipal.documents import queries as documents
from kyoso.municipal.engagements import queries as engagements
from kyoso.municipal.fit_sheets.rules import WRITABLE as FITTING
from kyoso.municipal.intake.queries import policy_of
from kyoso.municipal.intake.rules import words_of
from kyoso.municipal.needs import queries as needs
from kyoso.municipal.projects import queries as projects
from kyoso.municipal.proposals import queries as proposals
from kyoso.municipal.proposals.queries import Dossier, InboxSort, MessageKind, Proposal
from kyoso.municipal.proposals.rules import (
    CONTENT,
    IN_FORCE,
    IN_TALK,
    UNREAD,
    WAITING,
    ProposalStatus,
    ProposerKind,
    Source,
    receipt_number,
)
from kyoso.municipal.recruitment_applications import queries as applications
from kyoso.municipal.reviews import queries as reviews
from kyoso.municipal.reviews import rules as reviewing
from kyoso.municipal.reviews.rules import Progress, Recommendation, ReviewState
from kyoso.municipal.running_costs import queries as running_costs
from kyoso.municipal.workloads import queries as workloads

PER_PAGE = 20
DECIDED_OR_OVER = (
    frozenset(ProposalStatus)
    - WAITING
    - {
        ProposalStatus.DRAFT,
        ProposalStatus.REVISION_REQUESTED,
        ProposalStatus.WITHDRAWN,
    }
)

bp = FeatureBlueprint("desk", __name__, url_prefix="/<town>/desk", template_folder="templates")


@bp.page("/", permission="proposals:read")
def today() -> ResponseReturnValue:
    """Show what waits for the reader, what is overdue, and what changed since yesterday."""
    who, day = actor(), clock.today()
    since = now() - dt.timedelta(days=1)
    waiting = queries.list_waiting(who, day)
    news = queries.list_news(who, since - dt.timedelta(days=6))
    screens = may(who, "proposals:screen")  # type: ignore[arg-type]
    return show(
        "desk/today.html",
        today=day,
        mine=reviews.list_mine(who),
        unannounced=decisions.list_unannounced(who) if screens else [],
        unread=[row for row in waiting if screens and row.status in UNREAD],
        overdue=[row for row in waiting if row.answer_by and row.answer_by < day],
        replies=[row for row in news if row.part == "reply"],
        entered=[row for row in news if row.part == "entered"],
        joining=[row for row in news if row.part == "joining"],
        changes=queries.list_changes(who, since),
        figures=waiting[0] if waiting else None,
        expiring=agreements.list_expiring(who, day) if may(who, "agreements:read") else [],  # type: ignore[arg-type]
        ending=engagements.list_ending(who, day) if may(who, "engagements:read") else [],  # type: ignore[arg-type]
        to_answer=workloads.list_to_answer(who),
        applications=applications.list_waiting(who) if _may_select(who) else [],
        to_request=running_costs.list_mine(who, tenant().declaration, day),
        check_ins=check_ins.list_mine(who, day) if may(who, "check-ins:read") else None,  # type: ignore[arg-type]
        label_of=label_of,
        receipt=receipt_number,
        parts=parts_of("desk.today", who),
    )


def _may_select(who: Actor) -> bool:
    return may(who, "recruitment-applications:select")  # type: ignore[arg-type]


@bp.page("/proposals/", permission="proposals:read")
def inbox() -> ResponseReturnValue:
    """List the town's proposals: search, filter, sort, count, page, all in the address."""
    who, day = actor(), clock.today()
    asked = InboxAddress.of(request.args)
    wanted = asked.wanted(day)
    counts = proposals.count_inbox(who, wanted)
    total = counts.get(asked.status, 0) if asked.status else sum(counts.values())
    pages = rules.pages(total, PER_PAGE)
    page = min(asked.page, pages)
    rows = proposals.list_inbox(who, wanted, limit=PER_PAGE, offset=(page - 1) * PER_PAGE)
    base = url_for(".inbox")
    return show(
        "desk/inbox.html",
        lines=_lines(rows, day),
        asked=asked,
        total=total,
        here=page,
        pages=pages,
        statuses=_status_links(base, asked, counts),
        kinds=[(kind, kind.label) for kind in ProposerKind],
        sorts=[(sort, sort.label) for sort in InboxSort],
        needs=needs.list_titles(who),
        base=base,
        export=f"{base}export.{{}}{asked.query()}".format,
        url_of_page=lambda number: base + asked.query(page=number),
    )


def _status_links(
    base: str, asked: InboxAddress, counts: dict[ProposalStatus, int]
) -> Iterator[tuple[str, str, bool, int]]:
    every = sum(counts.values())
    yield _("すべて"), base + asked.query(status=None), not asked.status, every
    for status in ProposalStatus:
        if counts.get(status) or status is asked.status:
            url = base + asked.query(status=status)
            yield status.label, url, status is asked.status, counts.get(status, 0)


class Line(NamedTuple):
    """One row of the inbox in words. Put into words here: in the template each would be a call."""

    id: uuid.UUID
    receipt: str
    title: str
    tone: str
    status: str
    name: str
    source: str
    came: str
    due: str
    late: bool


def _lines(rows: Iterable[Any], day: dt.date) -> list[Line]:
    tags = {status: (status.tone, status.label) for status in {row.status for row in rows}}
    dates: dict[dt.date | None, str] = {None: ""}
    lines = []
    for row in rows:
        came = row.submitted_at.astimezone(clock.JST).date()
        due = row.answer_by if row.status in WAITING else None
        for moment in (came, due):
            if moment not in dates:
                dates[moment] = jp_date(moment)
        lines.append(
            Line(
                row.id,
                f"{came.year}-{row.number:04}",
                row.title,
                *tags[row.status],
                row.proposer_name,
                row.source.label if row.source is not Source.WEB else "",
                dates[came],
                dates[due],
                due is not None and due < day,
            )
        )
    return lines


@bp.page("/proposals/export.<any(xlsx,csv):ending>", permission="proposals:read")
def export(ending: str) -> ResponseReturnValue:
    """Hand out the inbox as filtered and sorted, for a spreadsheet."""
    found = proposals.list_for_export(actor(), InboxAddress.of(request.args).wanted(clock.today()))
    titles = dict(needs.list_titles(actor()))
    heads = [
        _("受付番号"),
        _("受付日"),
        _("状況"),
        _("回答期限"),
        _("提案者の区分"),
        _("お名前・団体名"),
        _("担当者のお名前"),
        _("メールアドレス"),
        _("電話番号"),
        _("お住まい・所在地"),
        _("受付の方法"),
        _("求めていること"),
        *(str(label) for label, _maximum in CONTENT.values()),
    ]
    rows = ([*_export_row(proposal, titles), *proposal.content.values()] for proposal in found)
    return send_sheet(_("提案一覧_%(day)s", day=clock.today().isoformat()), ending, heads, rows)


def _export_row(proposal: Proposal, titles: dict[uuid.UUID, str]) -> list[Any]:
    return [
        proposal.receipt,
        proposal.submitted_at,
        proposal.status.label,
        proposal.answer_by,
        proposal.proposer_kind.label,
        proposal.proposer_name,
        proposal.contact_name,
        proposal.email,
        proposal.phone,
        proposal.area,
        proposal.source.label,
        titles.get(proposal.need_id, "") if proposal.need_id else "",
    ]


@bp.page("/proposals/<uuid:proposal_id>/project", permission="projects:read")
def project(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Go on to the project that a proposal became."""
    found = projects.get_by_proposal(actor(), proposal_id)
    if found is None:
        raise NotFound(_("この提案から生まれたプロジェクトはまだありません。"))
    return go("projects.detail", project_id=found.id)


@bp.page("/proposals/<uuid:proposal_id>", permission="proposals:read")
def detail(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Show one proposal with everything that belongs to it, and what to do now on top."""
    who = actor()
    proposal = proposals.get_received(who, proposal_id)
    dossier = proposals.get_dossier(who, proposal_id)
    asked = reviews.list_reviews(who, proposal_id) if proposal.number else []
    decided = decisions.list_decisions(who, proposal_id) if proposal.number else []
    policy = policy_of(who, proposal.policy_id) if proposal.policy_id else None
    need = needs.need_titles(who, [proposal.need_id]) if proposal.need_id else {}
    criteria = reviewing.asked(policy.criteria) if policy else []
    current = next((d for d in decided if d.undone_at is None), None)
    progress = reviewing.progress_of(
        (review.state for review in asked), policy.reviewers_needed if policy else 0
    )
    own = next((r for r in asked if reviewing.is_own(who, r.assignment.membership_id)), None)
    decided_or_over = proposal.status in DECIDED_OR_OVER
    visible = reviews.visible_to(who, asked, decided=decided_or_over)
    shown = {review.id for review in visible}
    counted = [r.scores for r in asked if r.id in shown and r.state is ReviewState.SUBMITTED]
    return show(
        "desk/detail.html",
        proposal=proposal,
        proposer=_proposer(proposal),
        arrival=_arrival(proposal, need),
        content=CONTENT,
        dossier=dossier,
        revisions=_revisions(dossier),
        steps=rules.steps_of(dossier, proposal.proposer_name),
        step=_next_step(who, proposal, progress, own, current),
        reviews=asked,
        own=own,
        own_values=own.written if own is not None else {},
        message_kinds={kind: kind.label for kind in MessageKind},
        shown=shown,
        progress=progress,
        averages=reviewing.averages(counted, criteria) if len(counted) > 1 else [],
        overall=reviewing.overall(counted, criteria),
        criteria=criteria,
        labels={criterion["key"]: criterion["label"] for criterion in criteria},
        ground=_ground(policy, current),
        recommendations=[(kind, kind.label) for kind in Recommendation],
        decision=current,
        undone=[d for d in decided if d.undone_at is not None],
        documents=documents.list_for_subject(who, proposal_id) if decided else [],
        in_talk=proposal.status in IN_TALK,
        in_force=proposal.status in IN_FORCE,
        fit_sheet=proposal.status in FITTING,
        overdue=bool(
            proposal.status in WAITING and proposal.answer_by and proposal.answer_by < clock.today()
        ),
        parts=parts_of("proposal", proposal),
    )


def _proposer(proposal: Proposal) -> list[tuple[str, str]]:
    rows = [
        (_("提案者の区分"), proposal.proposer_kind.label),
        (_("お名前・団体名"), proposal.proposer_name),
        (_("担当者のお名前"), proposal.contact_name),
        (_("メールアドレス"), proposal.email or _("なし（専用リンクを手渡し）")),
        (_("電話番号"), proposal.phone),
        (_("お住まい・所在地"), proposal.area),
        (_("公開するときの名前"), proposal.public_name or _("匿名")),
    ]
    return [(term, words) for term, words in rows if words]


def _arrival(proposal: Proposal, need: dict[uuid.UUID, str]) -> list[tuple[str, str]]:
    came = jp_datetime(proposal.submitted_at) if proposal.submitted_at else _("提案者の確認待ち")
    rows = [
        (_("受付の方法"), proposal.source.label),
        (_("入力した職員"), proposal.entered_by),
        (_("受付日"), came),
        (_("回答期限"), jp_date(proposal.answer_by)),
        (_("求めていること"), need.get(proposal.need_id, "") if proposal.need_id else ""),
    ]
    return [(term, words) for term, words in rows if words]


def _next_step(
    who: Actor, proposal: Proposal, progress: Progress, own: Any, current: Any
) -> rules.NextStep:
    rights = {
        Right.SCREEN: "proposals:screen",
        Right.ASSIGN: "reviews:assign",
        Right.DECIDE: "decisions:decide",
        Right.REISSUE: "proposals:reissue",
    }
    interested = own is not None and own.declared_interest
    # They would only be refused.
    barred = {Right.ASSIGN, Right.DECIDE} if interested else set()
    return rules.next_step(
        proposal.status,
        {right for right, permission in rights.items() if may(who, permission)} - barred,  # type: ignore[arg-type]
        progress=progress,
        mine=own.state if own is not None else None,
        announced=current is not None and current.announced_at is not None,
        has_address=bool(proposal.email),
    )


def _ground(policy: Any, current: Any) -> str:
    if policy is None or current is None:
        return ""
    grounds = {ground["key"]: words_of(ground) for ground in policy.decline_grounds}
    return grounds.get(current.ground_key, "")


def _revisions(dossier: Dossier) -> list[tuple[int, dt.datetime, list[rules.Change]]]:
    """Return each submission after the first with what it changed, latest first."""
    kept = dossier.revisions
    return [
        (
            after.facts["number"],
            after.at,
            rules.changes(before.facts["content"], after.facts["content"]),
        )
        for before, after in zip(kept, kept[1:], strict=False)
    ][::-1]
