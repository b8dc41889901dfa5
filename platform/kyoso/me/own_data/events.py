"""What a person does with the whole of their data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from kyoso.core.events import Event
from kyoso.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class OwnDataTaken(Event):
    """A person took a copy of everything that is about them."""

    label: ClassVar[Any] = _l("自分のデータをダウンロードしました")
