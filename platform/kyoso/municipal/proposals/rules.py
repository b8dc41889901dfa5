"""How a proposal moves, and what it must hold. Pure: no database, no clock, no request."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Collection

from kyoso.core.errors import RuleViolation
from kyoso.core.i18n import JST
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l


class ProposalStatus(enum.StrEnum):
    """Where a proposal stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    SCREENING = "screening"
    REVISION_REQUESTED = "revision_requested"
    RESUBMITTED = "resubmitted"
    IN_REVIEW = "in_review"
    ADOPTED = "adopted"
    ADOPTED_WITH_CONDITIONS = "adopted_with_conditions"
    DECLINED = "declined"
    REFERRED = "referred"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    REVOKED = "revoked"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_STATUS[self][0])

    @property
    def tone(self) -> str:
        """The tone of the tag beside the word: see components/page.html."""
        return _STATUS[self][1]


S = ProposalStatus

_STATUS = {
    S.DRAFT: (_l("下書き"), "neutral"),
    S.SUBMITTED: (_l("受付済み"), "info"),
    S.SCREENING: (_l("内容の確認中"), "info"),
    S.REVISION_REQUESTED: (_l("修正のお願い中"), "warning"),
    S.RESUBMITTED: (_l("再提出済み"), "info"),
    S.IN_REVIEW: (_l("審査中"), "info"),
    S.ADOPTED: (_l("採択"), "success"),
    S.ADOPTED_WITH_CONDITIONS: (_l("条件付き採択"), "success"),
    S.DECLINED: (_l("見送り"), "neutral"),
    S.REFERRED: (_l("他の自治体へ紹介"), "neutral"),
    S.WITHDRAWN: (_l("取下げ"), "neutral"),
    S.CANCELLED: (_l("中止"), "warning"),
    S.REVOKED: (_l("採択の取消し"), "danger"),
}

#: For each status, the statuses that may follow it. Absent means final. A decision leads back
#: to IN_REVIEW only by being undone, with a reason.
NEXT: dict[ProposalStatus, frozenset[ProposalStatus]] = {
    S.DRAFT: frozenset({S.SUBMITTED, S.WITHDRAWN}),
    S.SUBMITTED: frozenset({S.SCREENING, S.WITHDRAWN}),
    S.SCREENING: frozenset({S.REVISION_REQUESTED, S.IN_REVIEW, S.WITHDRAWN}),
    S.REVISION_REQUESTED: frozenset({S.RESUBMITTED, S.WITHDRAWN}),
    S.RESUBMITTED: frozenset({S.REVISION_REQUESTED, S.IN_REVIEW, S.WITHDRAWN}),
    S.IN_REVIEW: frozenset(
        {S.ADOPTED, S.ADOPTED_WITH_CONDITIONS, S.DECLINED, S.REFERRED, S.WITHDRAWN}
    ),
    S.ADOPTED: frozenset({S.CANCELLED, S.REVOKED, S.IN_REVIEW}),
    S.ADOPTED_WITH_CONDITIONS: frozenset({S.CANCELLED, S.REVOKED, S.IN_REVIEW}),
    # Referred while another town has it, or has taken it in: see exchange/referrals.
    S.DECLINED: frozenset({S.IN_REVIEW, S.REFERRED}),
    S.REFERRED: frozenset({S.IN_REVIEW, S.DECLINED}),
}

#: The proposer may change what they wrote.
EDITABLE = frozenset({S.DRAFT, S.SUBMITTED, S.REVISION_REQUESTED})
#: Arrived, or arrived again, and nobody has looked yet.
UNREAD = frozenset({S.SUBMITTED, S.RESUBMITTED})
#: Waiting for the town.
WAITING = frozenset({S.SUBMITTED, S.SCREENING, S.RESUBMITTED, S.IN_REVIEW})
#: The town may ask and the proposer may answer.
IN_TALK = WAITING | {S.REVISION_REQUESTED}
DECIDED = frozenset({S.ADOPTED, S.ADOPTED_WITH_CONDITIONS, S.DECLINED, S.REFERRED})
IN_FORCE = frozenset({S.ADOPTED, S.ADOPTED_WITH_CONDITIONS})


class ProposerKind(enum.StrEnum):
    """Who proposes."""

    PERSON = "person"
    COMPANY = "company"
    GROUP = "group"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_KINDS[self])


_KINDS = {
    ProposerKind.PERSON: _l("個人"),
    ProposerKind.COMPANY: _l("企業"),
    ProposerKind.GROUP: _l("団体"),
}


class Source(enum.StrEnum):
    """How a proposal arrived."""

    WEB = "web"
    PAPER = "paper"
    SPOKEN = "spoken"
    REFERRED = "referred"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_SOURCES[self])


_SOURCES = {
    Source.WEB: _l("ウェブ"),
    Source.PAPER: _l("書面"),
    Source.SPOKEN: _l("窓口・電話"),
    Source.REFERRED: _l("ほかの自治体からの紹介"),
}

#: Each part of the content: its label and the most characters it may have. The order is the
#: order of the form.
CONTENT = {
    "title": (_l("件名"), 100),
    "wish": (_l("やりたいこと"), 4000),
    "ability": (_l("できること"), 4000),
    "expectation": (_l("町に求めること"), 2000),
    "merit_proposer": (_l("提案者にとっての良さ"), 1000),
    "merit_residents": (_l("町民にとっての良さ"), 1000),
    "merit_town": (_l("町（役場）にとっての良さ"), 1000),
}
REQUIRED = ("title", "wish", "ability", "merit_residents")


def check_move(now: ProposalStatus, to: ProposalStatus) -> None:
    """Refuse a move that the table above does not list."""
    if to not in NEXT.get(now, frozenset()):
        raise RuleViolation(
            _(
                "「%(now)s」の提案は「%(to)s」にできません。画面を読み込み直して、今の状態をご確認ください。",
                now=now.label,
                to=to.label,
            )
        )


def check_editable(now: ProposalStatus) -> None:
    """Refuse a change of the content once the town is reading it."""
    if now not in EDITABLE:
        raise RuleViolation(
            _(
                "今は「%(now)s」のため、内容を変更できません。伝えたいことは返信欄からお送りください。",
                now=now.label,
            )
        )


def check_in_talk(now: ProposalStatus) -> None:
    """Refuse a question or an answer before submission and after the decision."""
    if now not in IN_TALK:
        raise RuleViolation(_("今は「%(now)s」のため、やり取りはできません。", now=now.label))


def check_new_question(body: str, open_questions: Collection[str]) -> None:
    """Refuse the same question while it waits for its answer: the form was sent twice."""
    if body in open_questions:
        raise RuleViolation(_("同じ質問をすでに送っています。提案者からの返信をお待ちください。"))


def check_no_address(email: str) -> None:
    """Refuse to hand a link to staff where it can be mailed to the proposer alone."""
    if email:
        raise RuleViolation(
            _(
                "メールアドレスのある提案者には、専用リンクをメールでお送りしています。手渡しはできません。"
            )
        )


def missing_parts(content: dict[str, str]) -> list[str]:
    """Return the required parts that are still empty, in the order of the form."""
    return [part for part in REQUIRED if not content.get(part, "").strip()]


def check_complete(content: dict[str, str]) -> None:
    """Refuse a submission with an empty required part; the sentence names each."""
    missing = [str(CONTENT[part][0]) for part in missing_parts(content)]
    if missing:
        raise RuleViolation(
            _("まだ入力されていない項目があります：%(parts)s", parts="、".join(missing))
        )


def visible_status(status: ProposalStatus, *, announced: bool) -> ProposalStatus:
    """Return the status as the proposer sees it: a decision shows only once announced."""
    return S.IN_REVIEW if status in DECIDED and not announced else status


def receipt_number(number: int | None, submitted_at: dt.datetime | None) -> str:
    """Return the number on the receipt, such as ``2026-0012``; empty before submission."""
    if number is None or submitted_at is None:
        return ""
    return f"{submitted_at.astimezone(JST).year}-{number:04}"
