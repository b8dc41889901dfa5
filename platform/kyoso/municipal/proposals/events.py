"""What can happen to a proposal: one event for each operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class ProposalStarted(Event):
    """Somebody began to write."""

    label: ClassVar = _l("下書きを始めました")


@dataclass(frozen=True, slots=True)
class ProposalEntered(Event):
    """Staff wrote down a proposal that came on paper or was spoken."""

    label: ClassVar = _l("職員が書面・口頭の提案を入力しました")
    source: str


@dataclass(frozen=True, slots=True)
class ProposalSaved(Event):
    """A part of the content was saved."""

    label: ClassVar = _l("内容を保存しました")
    routine: ClassVar = True
    part: str


@dataclass(frozen=True, slots=True)
class ProposalSubmitted(Event):
    """The proposal arrived and has its number."""

    label: ClassVar = _l("提案を受け付けました")
    number: int


@dataclass(frozen=True, slots=True)
class ProposalResubmitted(Event):
    """The proposer sent the revised proposal."""

    label: ClassVar = _l("修正した提案が再提出されました")
    revision: int


@dataclass(frozen=True, slots=True)
class ScreeningStarted(Event):
    """The desk began to check the proposal."""

    label: ClassVar = _l("内容の確認を始めました")


@dataclass(frozen=True, slots=True)
class QuestionAsked(Event):
    """The desk asked the proposer something."""

    label: ClassVar = _l("提案者に質問しました")


@dataclass(frozen=True, slots=True)
class ReplyGiven(Event):
    """The proposer answered or added something."""

    label: ClassVar = _l("提案者から返信がありました")


@dataclass(frozen=True, slots=True)
class RevisionRequested(Event):
    """The desk asked for a revised proposal."""

    label: ClassVar = _l("修正をお願いしました")


@dataclass(frozen=True, slots=True)
class ReviewStarted(Event):
    """The proposal went into review."""

    label: ClassVar = _l("審査を始めました")


@dataclass(frozen=True, slots=True)
class ProposalWithdrawn(Event):
    """The proposer took the proposal back before a decision."""

    label: ClassVar = _l("提案者が提案を取り下げました")
    reason: str


@dataclass(frozen=True, slots=True)
class ProposalCancelled(Event):
    """The proposer ended an adopted proposal (中止届)."""

    label: ClassVar = _l("提案者から中止届がありました")
    reason: str


@dataclass(frozen=True, slots=True)
class ProposalRevoked(Event):
    """The town took an adoption back, with grounds (取消し)."""

    label: ClassVar = _l("採択を取り消しました")
    reason: str


@dataclass(frozen=True, slots=True)
class LinkResent(Event):
    """A new private link was sent to the proposer's own address."""

    label: ClassVar = _l("専用リンクを送り直しました")


@dataclass(frozen=True, slots=True)
class LinkReissued(Event):
    """Staff made a new private link to hand over to somebody without a mail address."""

    label: ClassVar = _l("手渡し用の専用リンクを作り直しました")


@dataclass(frozen=True, slots=True)
class FilesAdded(Event):
    """Files were handed in."""

    label: ClassVar = _l("ファイルを追加しました")
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FileRemoved(Event):
    """A file was taken out."""

    label: ClassVar = _l("ファイルを取り除きました")
    name: str
