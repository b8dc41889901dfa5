"""What people do with their profiles: one event for each operation."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class ProfileChanged(Event):
    """A person saved their profile; the subject is the person.

    The names of the parts that changed are kept, not what they say. Whoever listens is in the
    person's scope: ``profiles.queries.shown_to_towns(actor)`` says what towns may see now.
    """

    label: ClassVar[Any] = _l("プロフィールを保存しました")

    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProfileFileAdded(Event):
    """A person added a file to their profile, and said which towns may open it."""

    label: ClassVar[Any] = _l("プロフィールにファイルを追加しました")

    tenant_ids: tuple[uuid.UUID, ...]


@dataclass(frozen=True, slots=True)
class ProfileFileShared(Event):
    """A person said which towns may open a file."""

    label: ClassVar[Any] = _l("ファイルを見せる自治体を変えました")

    tenant_ids: tuple[uuid.UUID, ...]


@dataclass(frozen=True, slots=True)
class ProfileFileRemoved(Event):
    """A person took a file out of their profile."""

    label: ClassVar[Any] = _l("プロフィールのファイルを外しました")
