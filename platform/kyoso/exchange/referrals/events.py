"""What can happen to a referral. Each stands in the journal of the town in which it happens.

In the first town the subject is the proposal, so that its history tells; none is a network's.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class ReferralProposed(Event):
    """The first town asked the proposer."""

    label: ClassVar[Any] = _l("ほかの自治体への紹介を、提案者に確認しました")

    towns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReferralOfferWithdrawn(Event):
    """The first town does not ask any more."""

    label: ClassVar[Any] = _l("紹介の確認を取りやめました")


@dataclass(frozen=True, slots=True)
class ReferralAnswered(Event):
    """The proposer said to which towns, and what."""

    label: ClassVar[Any] = _l("提案者が、ほかの自治体への紹介に答えました")

    consented: tuple[uuid.UUID, ...]
    refused: int
    parts: tuple[str, ...]
    wording: str


@dataclass(frozen=True, slots=True)
class ReferralHandedOver(Event):
    """What was consented appears for the other town."""

    label: ClassVar[Any] = _l("同意された内容を、ほかの自治体に渡しました")

    referral_id: uuid.UUID
    other_tenant_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class ReferralOfferLapsed(Event):
    """The proposer did not answer, or the other town is no member any more."""

    label: ClassVar[Any] = _l("紹介の確認が終わりました")


@dataclass(frozen=True, slots=True)
class ReferralTakenBack(Event):
    """The proposer withdrew the consent, or the first town undid its decision."""

    label: ClassVar[Any] = _l("ほかの自治体への紹介を取り下げました")

    #: None where nothing had been handed over yet.
    referral_id: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class ReferralLapsed(Event):
    """The other town did not answer, or one of the two left the network."""

    label: ClassVar[Any] = _l("ほかの自治体への紹介が、返事のないまま終わりました")

    referral_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class ReferralReceived(Event):
    """A referral arrived."""

    label: ClassVar[Any] = _l("ほかの自治体から紹介が届きました")


@dataclass(frozen=True, slots=True)
class ReferralAccepted(Event):
    """The other town took it into its own intake."""

    label: ClassVar[Any] = _l("紹介を受け取り、この町の提案として受け付けました")

    proposal_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class ReferralDeclined(Event):
    """The other town said no, kindly."""

    label: ClassVar[Any] = _l("紹介を見送りました")


@dataclass(frozen=True, slots=True)
class AdoptionNoted(Event):
    """The first town may know that it was adopted, or is so no more."""

    label: ClassVar[Any] = _l("採択の結果を、紹介元の町に伝えました")

    adopted: bool


@dataclass(frozen=True, slots=True)
class ReferralSettled(Event):
    """The first town, and the proposer, were told how a referral stands."""

    label: ClassVar[Any] = _l("紹介のその後を、提案者に知らせました")

    status: str
    referral_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class ReferralEndingLearnt(Event):
    """The other town was told that there is nothing to answer any more."""

    label: ClassVar[Any] = _l("届いていた紹介が終わりました")

    status: str
