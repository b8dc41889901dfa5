"""What can happen to plans; each stands in the network's journal."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, ClassVar

from kyoso.core.events import NetworkEvent
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class AllocationRequested(NetworkEvent):
    """A coordinator wants a plan; the worker calculates it."""

    label: ClassVar[Any] = _l("割り当て案の計算を頼みました")


@dataclass(frozen=True, slots=True)
class AllocationRestarted(NetworkEvent):
    """A plan that was not finished is calculated again."""

    label: ClassVar[Any] = _l("割り当て案の計算をやり直しました")


@dataclass(frozen=True, slots=True)
class AllocationFinished(NetworkEvent):
    """A plan is there, with so many lines."""

    label: ClassVar[Any] = _l("割り当て案ができました")
    routine: ClassVar[bool] = True

    lines: int


@dataclass(frozen=True, slots=True)
class AllocationFailed(NetworkEvent):
    """A plan could not be calculated."""

    label: ClassVar[Any] = _l("割り当て案を計算できませんでした")
    routine: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class AllocationOffered(NetworkEvent):
    """The towns see a plan and may accept its lines; the one before is replaced."""

    label: ClassVar[Any] = _l("割り当て案を町に見せました")

    replaced_id: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class AllocationLineAccepted(NetworkEvent):
    """A town accepted a line for a need of its own: a share request is drafted."""

    label: ClassVar[Any] = _l("割り当て案の一行を受けました")

    plan_id: uuid.UUID
