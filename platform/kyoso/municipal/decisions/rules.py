"""What a decision must hold, and when it may be told. Pure: no database, clock or request."""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import jp_datetime
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.municipal.documents.rules import DocumentKind
from kyoso.municipal.proposals.rules import ProposalStatus


class Outcome(enum.StrEnum):
    """What the town decided."""

    ADOPTED = "adopted"
    ADOPTED_WITH_CONDITIONS = "adopted_with_conditions"
    DECLINED = "declined"
    #: Prepared: offered with the exchange between towns.
    REFERRED = "referred"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return self.status.label

    @property
    def tone(self) -> str:
        """The tone of the tag beside the word: see components/page.html."""
        return self.status.tone

    @property
    def status(self) -> ProposalStatus:
        """The status that the proposal gets."""
        return ProposalStatus(self.value)

    @property
    def letter_name(self) -> str:
        """What the letter is called."""
        return str(_LETTERS[self])

    @property
    def document(self) -> DocumentKind:
        """The kind of document that the letter is issued as."""
        return _DOCUMENTS[self]

    @property
    def adopts(self) -> bool:
        """Tell whether a project follows."""
        return self in {Outcome.ADOPTED, Outcome.ADOPTED_WITH_CONDITIONS}


_LETTERS = {
    Outcome.ADOPTED: _l("採択通知書"),
    Outcome.ADOPTED_WITH_CONDITIONS: _l("条件付き採択通知書"),
    Outcome.DECLINED: _l("見送り通知書"),
    Outcome.REFERRED: _l("紹介通知書"),
}
_DOCUMENTS = {
    Outcome.ADOPTED: DocumentKind.ADOPTION,
    Outcome.ADOPTED_WITH_CONDITIONS: DocumentKind.CONDITIONAL_ADOPTION,
    Outcome.DECLINED: DocumentKind.DECLINE,
}
#: The letters that tell a decision; they lose their force with it.
LETTERS = frozenset(_DOCUMENTS.values())

#: What can be chosen today.
OFFERED = (Outcome.ADOPTED, Outcome.ADOPTED_WITH_CONDITIONS, Outcome.DECLINED)


@dataclass(frozen=True, slots=True)
class Choice:
    """What is decided, before it is written down."""

    outcome: Outcome
    #: Why; part of the letter.
    grounds: str
    conditions: str
    #: One of the policy's decline_grounds, for a decline.
    ground_key: str
    #: What the public reads of an adopted proposal.
    public_summary: str
    #: Why it is decided although reviews are missing.
    incomplete_reason: str


def check_choice(choice: Choice, ground_keys: Collection[str], *, reviews_complete: bool) -> None:
    """Refuse a decision that lacks what it must hold; each error stands at its field."""
    errors: dict[str, list[str]] = {}
    if choice.outcome not in OFFERED:
        errors["outcome"] = [_("この結論はまだ選べません。")]
    if choice.outcome is Outcome.ADOPTED_WITH_CONDITIONS and not choice.conditions:
        errors["conditions"] = [_("条件付き採択では、条件を入力してください。")]
    if choice.outcome is Outcome.DECLINED and choice.ground_key not in ground_keys:
        errors["ground_key"] = [_("見送りの理由の区分を選んでください。")]
    if choice.outcome.adopts and not choice.public_summary:
        errors["public_summary"] = [
            _("採択した提案は公開されます。公開する概要を入力してください。")
        ]
    if not choice.grounds:
        errors["grounds"] = [_("「決定の理由」を入力してください。")]
    if not reviews_complete and not choice.incomplete_reason:
        errors["incomplete_reason"] = [
            _(
                "審査がそろっていません。そろう前に決定する理由を入力してください（記録に残ります）。"
            )
        ]
    if errors:
        raise InvalidInput(errors)


def check_letter(outcome: Outcome, public_summary: str) -> None:
    """Refuse to publish an adopted proposal without a word about it."""
    if outcome.adopts and not public_summary:
        raise InvalidInput(
            {"public_summary": [_("採択した提案は公開されます。公開する概要を入力してください。")]}
        )


def refuse_second(outcome: Outcome, by: str, at: dt.datetime) -> None:
    """Tell the second of two who decide what the first decided."""
    raise RuleViolation(
        _(
            "%(at)sに%(by)sさんが「%(outcome)s」と決定しています。"
            "変えるときは、その決定を理由を添えて取り消してください。",
            at=jp_datetime(at),
            by=by,
            outcome=outcome.label,
        )
    )


def check_not_announced(announced_at: dt.datetime | None) -> None:
    """Refuse to change or send what was sent already."""
    if announced_at is not None:
        raise RuleViolation(
            _(
                "%(at)sに送付・公開しています。変えるときは、決定を取り消してください。",
                at=jp_datetime(announced_at),
            )
        )


def check_announced(announced_at: dt.datetime | None) -> None:
    """Refuse to take back what the proposer has not heard of."""
    if announced_at is None:
        raise RuleViolation(
            _(
                "まだ送付・公開していない決定です。取り消すときは「決定を取り消す」を使ってください。"
            )
        )


def check_declined(status: ProposalStatus) -> None:
    """Refuse to refer what was not declined, or is referred already."""
    if status is not ProposalStatus.DECLINED:
        raise RuleViolation(_("紹介できるのは、見送りとした提案だけです。"))


def check_not_undone(undone_at: dt.datetime | None) -> None:
    """Refuse to do anything with a decision that was undone."""
    if undone_at is not None:
        raise RuleViolation(_("この決定は取り消されています。画面を読み込み直してください。"))


def seal(subject: str, body: str, public_summary: str) -> str:
    """Return a short text that changes with what will be sent or published."""
    words = "\x00".join((subject, body, public_summary))
    return hashlib.sha256(words.encode()).hexdigest()[:24]


def check_seal(seen: str, now: str) -> None:
    """Refuse to send anything but what the preview showed."""
    if seen != now:
        raise RuleViolation(
            _(
                "確認画面を開いた後に、通知書か公開する内容が変わりました。もう一度確認してから送付してください。"
            )
        )
