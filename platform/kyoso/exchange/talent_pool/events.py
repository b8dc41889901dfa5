"""What can happen to listings. Names of people stay out of what others read."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any, ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class ListingAsked(Event):
    """A town asked a person whether it may offer them to networks."""

    label: ClassVar[Any] = _l("ネットワークへの掲載を本人にたずねました")

    network_ids: tuple[uuid.UUID, ...]
    talent_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class ListingPublished(Event):
    """A person agreed, and is shown in these networks from now on."""

    label: ClassVar[Any] = _l("ネットワークへの掲載に同意し、掲載されました")

    tenant_id: uuid.UUID
    network_ids: tuple[uuid.UUID, ...]
    parts: tuple[str, ...]
    until: dt.date


@dataclass(frozen=True, slots=True)
class ListingDeclined(Event):
    """A person does not want to be shown there."""

    label: ClassVar[Any] = _l("ネットワークへの掲載を辞退しました")

    tenant_id: uuid.UUID
    network_ids: tuple[uuid.UUID, ...]


@dataclass(frozen=True, slots=True)
class ListingsTakenDown(Event):
    """A person took their listings down, or what they rested on ended."""

    label: ClassVar[Any] = _l("ネットワークへの掲載を取り下げました")

    #: Of each: town, listing and network, see rules.key_of.
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListingsShownAnew(Event):
    """What a person saved of themselves was written into their listings."""

    label: ClassVar[Any] = _l("掲載の内容を、保存したプロフィールに合わせました")
    routine: ClassVar[bool] = True

    count: int


@dataclass(frozen=True, slots=True)
class ListingWithdrawn(Event):
    """The town took a listing down."""

    label: ClassVar[Any] = _l("ネットワークへの掲載を町が取り下げました")

    network_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class ListingsEnded(Event):
    """Listings of the town ended of themselves; the subject is the network, or the talent."""

    label: ClassVar[Any] = _l("ネットワークへの掲載が終わりました")

    reason: str
    listing_ids: tuple[uuid.UUID, ...]


@dataclass(frozen=True, slots=True)
class AnswerNoted(Event):
    """The town learnt what a person answered or took down."""

    label: ClassVar[Any] = _l("掲載について、本人の答えを受け取りました")

    status: str
    network_id: uuid.UUID
    decided_at: str


@dataclass(frozen=True, slots=True)
class ListingIndexed(Event):
    """A listing that had been hidden can be found again."""

    label: ClassVar[Any] = _l("掲載が、また見つかるようになりました")
    routine: ClassVar[bool] = True

    network_id: uuid.UUID
