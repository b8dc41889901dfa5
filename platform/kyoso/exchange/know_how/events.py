"""What can happen to know-how. All of it stands in the town's own journal only.

Nothing here is a network's event: its journal would tell the others who published without a name.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class KnowHowDrafted(Event):
    """Somebody began to write."""

    label: ClassVar[Any] = _l("ノウハウの下書きを作りました")

    genre: str


@dataclass(frozen=True, slots=True)
class KnowHowBorrowed(Event):
    """A copy of another town's know-how is ours to change."""

    label: ClassVar[Any] = _l("ノウハウを写して下書きを作りました")

    origin_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class LessonsOffered(Event):
    """A project that ended left a draft of what it learnt."""

    label: ClassVar[Any] = _l("完了したプロジェクトの学びから下書きを作りました")

    project_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class KnowHowSaved(Event):
    """A draft was saved."""

    label: ClassVar[Any] = _l("ノウハウを保存しました")
    routine: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class FilesAttached(Event):
    """Files were attached."""

    label: ClassVar[Any] = _l("ノウハウにファイルを添付しました")

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FileDetached(Event):
    """A file was taken off."""

    label: ClassVar[Any] = _l("ノウハウのファイルを外しました")

    name: str


@dataclass(frozen=True, slots=True)
class KnowHowPublished(Event):
    """A version is shown to others; `renewed` if its content is another than before."""

    label: ClassVar[Any] = _l("ノウハウを掲載しました")

    version: int
    renewed: bool
    network_ids: tuple[uuid.UUID, ...]
    is_public: bool
    nameless: bool


@dataclass(frozen=True, slots=True)
class KnowHowWithdrawn(Event):
    """It is shown to nobody any more."""

    label: ClassVar[Any] = _l("ノウハウの掲載を取り下げました")


@dataclass(frozen=True, slots=True)
class KnowHowTakenDown(Event):
    """The town left a network, the subject: what it showed there is down."""

    label: ClassVar[Any] = _l("ネットワークを離れたため、ノウハウの掲載を取り下げました")

    count: int


@dataclass(frozen=True, slots=True)
class KnowHowFound(Event):
    """It was put back into the search after it had been hidden."""

    label: ClassVar[Any] = _l("ノウハウを検索に戻しました")
