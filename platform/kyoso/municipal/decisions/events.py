"""What can happen to a decision. The subject of each is the proposal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.municipal.decisions.rules import Outcome


@dataclass(frozen=True, slots=True)
class DecisionMade(Event):
    """The town decided; nobody outside knows yet."""

    label: ClassVar = _l("決定しました（送付・公開はまだです）")
    outcome: Outcome
    #: Why it was decided although reviews were missing; empty if none was.
    incomplete_reason: str


@dataclass(frozen=True, slots=True)
class LetterEdited(Event):
    """The letter or the public summary was changed before it went out."""

    label: ClassVar = _l("通知書を書き直しました")


@dataclass(frozen=True, slots=True)
class DecisionAnnounced(Event):
    """The letter went out and the decision became public, both at once."""

    label: ClassVar = _l("決定を送付し、公開しました")
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class DecisionUndone(Event):
    """The decision was taken back; the proposal is in review again."""

    label: ClassVar = _l("決定を取り消し、審査に戻しました")
    outcome: Outcome
    #: Whether the proposer and the public had heard of it.
    was_announced: bool
    reason: str


@dataclass(frozen=True, slots=True)
class ProposalReferred(Event):
    """What was declined went to another town, with the proposer's consent."""

    label: ClassVar = _l("見送った提案を、ほかの自治体に紹介しました")


@dataclass(frozen=True, slots=True)
class ReferralEnded(Event):
    """No other town has it any more: it is declined, as before."""

    label: ClassVar = _l("ほかの自治体への紹介が終わりました")
