"""What can happen in a network: one event for each operation. All stand in its journal.

How much a town had there is not for the others to know: they would subtract what they saw with
its name, and know what it published without.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, ClassVar

from kyoso.core.events import Event, NetworkEvent
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class NetworkFounded(NetworkEvent):
    """A network was made from an agreement."""

    label: ClassVar[Any] = _l("ネットワークを作りました")

    name: str


@dataclass(frozen=True, slots=True)
class NetworkUpdated(NetworkEvent):
    """What is said of a network changed."""

    label: ClassVar[Any] = _l("ネットワークの説明を変更しました")

    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TownInvited(NetworkEvent):
    """A town was asked to join."""

    label: ClassVar[Any] = _l("自治体を招待しました")

    town_id: uuid.UUID
    town: str


@dataclass(frozen=True, slots=True)
class InvitationRevoked(NetworkEvent):
    """An invitation was taken back."""

    label: ClassVar[Any] = _l("自治体の招待を取り消しました")

    town_id: uuid.UUID
    town: str


@dataclass(frozen=True, slots=True)
class TownJoinedNetwork(NetworkEvent):
    """A town accepted and is a member."""

    label: ClassVar[Any] = _l("ネットワークに加わりました")

    town_id: uuid.UUID
    rules_version: int | None


@dataclass(frozen=True, slots=True)
class InvitationDeclined(NetworkEvent):
    """A town does not want to join."""

    label: ClassVar[Any] = _l("ネットワークへの招待を辞退しました")

    town_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class LeavingAnnounced(NetworkEvent):
    """A town gave notice; it was shown this."""

    label: ClassVar[Any] = _l("脱退を予告しました")
    kept_to_itself: ClassVar[frozenset[str]] = frozenset({"foreseen"})

    town_id: uuid.UUID
    leaving_on: str
    foreseen: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LeavingWithdrawn(NetworkEvent):
    """A town stays after all."""

    label: ClassVar[Any] = _l("脱退の予告を取り下げました")

    town_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class TownLeftNetwork(NetworkEvent):
    """A town is out. Every feature ends what the town has there, in the same transaction."""

    label: ClassVar[Any] = _l("ネットワークを脱退しました")
    kept_to_itself: ClassVar[frozenset[str]] = frozenset({"ended"})

    town_id: uuid.UUID
    #: First and last day of its membership.
    joined_on: str
    left_on: str
    #: What ended, with counts, as it was just before.
    ended: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TownSuspendedInNetwork(NetworkEvent):
    """A town takes no part for a time. What ends is the same as when it leaves."""

    label: ClassVar[Any] = _l("ネットワークへの参加を休止しました")
    kept_to_itself: ClassVar[frozenset[str]] = frozenset({"ended"})

    town_id: uuid.UUID
    ended: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TownResumedInNetwork(NetworkEvent):
    """A town takes part again; what had ended stays ended."""

    label: ClassVar[Any] = _l("ネットワークへの参加を再開しました")

    town_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class RulesWritten(NetworkEvent):
    """A new version of the network's rules is in force."""

    label: ClassVar[Any] = _l("ネットワークの決まりを改めました")

    version: int
    note: str


@dataclass(frozen=True, slots=True)
class NetworksSynced(Event):
    """Networks were taken over from the town's folder."""

    label: ClassVar[Any] = _l("資料にあるネットワークを反映しました")

    changes: tuple[str, ...]
