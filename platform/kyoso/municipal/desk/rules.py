"""What should happen next, and what changed. Pure: no database, clock or request."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from kyoso.core.differences import Piece, compare
from kyoso.core.events import label_of, routine_kinds
from kyoso.core.i18n import gettext as _
from kyoso.core.mail import delivery_in_words
from kyoso.municipal.decisions.rules import Outcome
from kyoso.municipal.proposals.rules import CONTENT, DECIDED, IN_FORCE, ProposalStatus
from kyoso.municipal.reviews.rules import Progress, ReviewState

if TYPE_CHECKING:
    from kyoso.municipal.proposals.queries import Dossier, Entry

S = ProposalStatus


class Action(enum.StrEnum):
    """The one primary action of a proposal's page."""

    START_SCREENING = "start_screening"
    CHOOSE_REVIEWERS = "choose_reviewers"
    WRITE_REVIEW = "write_review"
    DECIDE = "decide"
    PREVIEW = "preview"
    HAND_OVER_LINK = "hand_over_link"


class Right(enum.StrEnum):
    """What the reader may do that changes what comes next."""

    SCREEN = "screen"
    ASSIGN = "assign"
    DECIDE = "decide"
    REISSUE = "reissue"


@dataclass(frozen=True, slots=True)
class NextStep:
    """What to do now, in a sentence, and the button that does it, if it is the reader's turn."""

    words: str
    action: Action | None = None


def next_step(
    status: ProposalStatus,
    rights: Collection[Right],
    *,
    progress: Progress,
    mine: ReviewState | None = None,
    announced: bool = False,
    has_address: bool = True,
) -> NextStep:
    """Return what should happen next with a proposal, for this reader."""
    if status is S.IN_REVIEW:
        return _in_review(rights, progress, mine)
    if status in DECIDED and not announced:
        if Right.DECIDE in rights:
            return NextStep(
                _(
                    "決定を記録しました。まだ誰にも知らせていません。通知書を確認して送付してください。"
                ),
                Action.PREVIEW,
            )
        return NextStep(_("決定が記録されています。提案者への送付と公開を待っています。"))
    if status is S.DRAFT:
        if not has_address and Right.REISSUE in rights:
            return NextStep(
                _("提案者の確認を待っています。専用リンクを印刷して手渡してください。"),
                Action.HAND_OVER_LINK,
            )
        if not has_address:
            return NextStep(
                _(
                    "提案者が、手渡した専用リンクから確認し、提出するのを待っています。"
                    "リンクをなくしたときは、管理者か事務局が作り直せます。"
                )
            )
        return NextStep(_("提案者がメールの専用リンクから確認し、提出するのを待っています。"))
    if status is S.SUBMITTED:
        if Right.SCREEN in rights:
            return NextStep(
                _("新しく届いた提案です。内容の確認を始めてください。"), Action.START_SCREENING
            )
        return NextStep(_("事務局が内容の確認を始めるのを待っています。"))
    if status in {S.SCREENING, S.RESUBMITTED}:
        if Right.ASSIGN in rights:
            words = (
                _(
                    "修正された提案が届きました。変わったところを確かめ、よければ審査に進めてください。"
                )
                if status is S.RESUBMITTED
                else _("内容を確かめています。足りないことは質問し、よければ審査に進めてください。")
            )
            return NextStep(words, Action.CHOOSE_REVIEWERS)
        return NextStep(_("事務局が内容を確かめています。"))
    return NextStep(_waiting_or_over(status))


def _in_review(rights: Collection[Right], progress: Progress, mine: ReviewState | None) -> NextStep:
    if mine in {ReviewState.WAITING, ReviewState.STARTED}:
        return NextStep(
            _("あなたの審査を待っています。内容を読んで、点数と意見を入力してください。"),
            Action.WRITE_REVIEW,
        )
    counts = {"done": progress.submitted, "active": progress.active, "needed": progress.needed}
    if progress.active < progress.needed and Right.ASSIGN in rights:
        return NextStep(
            _(
                "審査の担当者が足りません（必要%(needed)s名、いま%(active)s名）。担当者を選んでください。",
                **counts,
            ),
            Action.CHOOSE_REVIEWERS,
        )
    if progress.complete and Right.DECIDE in rights and mine is not ReviewState.OUT:
        return NextStep(
            _("審査がそろいました（%(done)s名）。決定を入力してください。", **counts), Action.DECIDE
        )
    if progress.complete:
        return NextStep(_("審査がそろい、決定を待っています。"))
    return NextStep(_("審査を待っています（提出済み%(done)s名、担当%(active)s名）。", **counts))


def _waiting_or_over(status: ProposalStatus) -> str:
    if status is S.REVISION_REQUESTED:
        return _("提案者に修正をお願いしています。再提出を待っています。")
    if status in IN_FORCE:
        return _("採択を提案者に知らせ、プロジェクトとして公開しています。")
    if status is S.DECLINED:
        return _("見送りを提案者に知らせました。この提案についての手続は終わりです。")
    if status is S.REFERRED:
        return _("見送りとし、提案者の同意のもとで、ほかの自治体に紹介しています。")
    if status is S.WITHDRAWN:
        return _("提案者が取り下げました。この提案についての手続は終わりです。")
    if status is S.CANCELLED:
        return _("提案者から中止届がありました。プロジェクトの公開は終わっています。")
    if status is S.REVOKED:
        return _("採択を取り消しました。プロジェクトの公開は終わっています。")
    return _("この提案についての手続は終わりです。")


@dataclass(frozen=True, slots=True)
class Change:
    """What a revision changed in one part of the content."""

    part: str
    label: str
    pieces: tuple[Piece, ...]


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[Change]:
    """Return which parts of the content a revision changed, and how, in the form's order."""
    return [
        Change(part, str(label), compare(before.get(part, ""), after.get(part, "")))
        for part, (label, _maximum) in CONTENT.items()
        if before.get(part, "") != after.get(part, "")
    ]


def pages(total: int, per_page: int) -> int:
    """Return how many pages a list has; an empty one has one."""
    return max(1, -(-total // per_page))


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the history: something done, or a mail sent."""

    id: uuid.UUID
    at: dt.datetime
    label: str
    actor_name: str
    detail: str


def steps_of(dossier: Dossier, proposer: str) -> list[Step]:
    """Return the journal and the mails as one history, newest first.

    What the proposer did before submitting bears no name in the journal.
    """
    steps = []
    for (kind, _name), run in groupby(dossier.journal, _sort_of):
        entries = list(run)
        if kind in routine_kinds():
            # Of the same draft saved again and again, only the last, and how often.
            steps.append(_step(entries[-1], proposer, len(entries)))
        else:
            steps += [_step(entry, proposer) for entry in entries]
    for mail in dossier.mails:
        label = _("メール「%(subject)s」", subject=mail.facts["subject"])
        to = _("宛先：%(to)s", to=mail.facts["to"])
        steps.append(Step(mail.id, mail.at, label, to, delivery_in_words(mail.facts)))
    return sorted(steps, key=lambda step: (step.at, step.id), reverse=True)


def _sort_of(entry: Entry) -> tuple[str, str]:
    return entry.facts["kind"], entry.facts["actor_name"]


def _step(entry: Entry, proposer: str, times: int = 1) -> Step:
    label, name = label_of(entry.facts["kind"]), entry.facts["actor_name"] or proposer
    if times > 1:
        label = _("%(what)s（%(times)s回）", what=label, times=times)
    return Step(entry.id, entry.at, label, name, _detail(entry.facts["facts"]))


def _detail(facts: dict[str, Any]) -> str:
    lines = []
    if facts.get("outcome") in set(Outcome):
        lines.append(Outcome(facts["outcome"]).label)
    if facts.get("names"):
        lines.append("、".join(facts["names"]))
    lines += [str(facts[key]) for key in ("name", "reason") if facts.get(key)]
    if facts.get("incomplete_reason"):
        lines.append(_("審査がそろう前の決定：%(reason)s", reason=facts["incomplete_reason"]))
    return "\n".join(lines)
