"""What can happen to a municipality: one event for each operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class TenantSynced(Event):
    """The town's name, figures, texts or theme were taken over from its folder."""

    label: ClassVar[Any] = _l("自治体の基本情報を反映しました")

    #: Sentences, each one change.
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DepartmentsSynced(Event):
    """Departments were added, ended or corrected from the folder."""

    label: ClassVar[Any] = _l("組織図を反映しました")

    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProgrammeSynced(Event):
    """The programme or who is in charge of it was taken over from the folder."""

    label: ClassVar[Any] = _l("プログラムと所管を反映しました")

    changes: tuple[str, ...]
