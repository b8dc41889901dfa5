"""What can happen to coordinators; both stand in the network's journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from kyoso.core.events import NetworkEvent
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class CoordinatorNamed(NetworkEvent):
    """A person coordinates the network from now on."""

    label: ClassVar[Any] = _l("広域事務局の担当者を指名しました")

    name: str


@dataclass(frozen=True, slots=True)
class CoordinatorRemoved(NetworkEvent):
    """A person coordinates the network no more."""

    label: ClassVar[Any] = _l("広域事務局の担当者を外しました")

    name: str
