"""What a tactic is. Pure: no database, no clock, no request."""

from __future__ import annotations

import enum

from kyoso.core.i18n import lazy_gettext as _l


class TacticKind(enum.StrEnum):
    """How a tactic is pursued."""

    OWN = "own"
    PILOT = "pilot"
    COOPERATION = "cooperation"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_LABELS[self])


_LABELS = {
    TacticKind.OWN: _l("自課の取組"),
    TacticKind.PILOT: _l("実証事業"),
    TacticKind.COOPERATION: _l("協力"),
}
