"""What can happen to an agreement: one event for each operation."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class AgreementCreated(Event):
    """An agreement was entered in the register, as a draft."""

    label: ClassVar = _l("協定の案を作りました")
    number: int
    kind: str
    project_id: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class AgreementUpdated(Event):
    """What the register says of an agreement was changed."""

    label: ClassVar = _l("協定の内容を変更しました")
    parts: tuple[str, ...]
    #: The first and the last day of the text, and by how many months it renewed itself, until then.
    term_was: tuple[dt.date | None, dt.date | None, int | None]


@dataclass(frozen=True, slots=True)
class ClausesDecided(Event):
    """Somebody said which clauses the text has."""

    label: ClassVar = _l("条項の確認を記録しました")
    clauses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AgreementDraftWritten(Event):
    """The text of a draft got a new version."""

    label: ClassVar = _l("協定書の案を書きました")
    version: int


@dataclass(frozen=True, slots=True)
class AgreementSigned(Event):
    """Both sides signed."""

    label: ClassVar = _l("協定の締結を記録しました")
    signed_on: str


@dataclass(frozen=True, slots=True)
class AgreementEnded(Event):
    """The agreement came to its end, was terminated, or its draft was given up."""

    label: ClassVar = _l("協定の終了を記録しました")
    status: str
    ended_on: str
    reason: str


@dataclass(frozen=True, slots=True)
class AgreementFilesAdded(Event):
    """Files were put to the agreement."""

    label: ClassVar = _l("協定のファイルを加えました")
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AgreementLinked(Event):
    """The agreement was tied to a project."""

    label: ClassVar = _l("協定とプロジェクトを結び付けました")
    project_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class AgreementUnlinked(Event):
    """The agreement is no longer tied to a project."""

    label: ClassVar = _l("協定とプロジェクトの結び付きを外しました")
    project_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class AgreementReminded(Event):
    """Those responsible were told that the end is near."""

    label: ClassVar = _l("協定の期限が近いことを知らせました")
    threshold: int
    ends_on: str


@dataclass(frozen=True, slots=True)
class AgreementsSynced(Event):
    """Documented agreements were taken over from the town's folder."""

    label: ClassVar = _l("資料にある協定を反映しました")
    changes: tuple[str, ...]
