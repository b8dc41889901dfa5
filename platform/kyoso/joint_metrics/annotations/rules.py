"""What targets and notes may say. Pure: no database, no clock."""

from __future__ import annotations

import enum

from kyoso.core.errors import InvalidInput
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.metrics import Kind, Metric, Unit

REASON_LENGTH, TEXT_LENGTH = 500, 500


class NoteKind(enum.StrEnum):
    """What a note on the time line is about."""

    NOTE = "note"
    MERGER = "merger"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_KINDS[self])


_KINDS = {
    NoteKind.NOTE: _l("できごと"),
    NoteKind.MERGER: _l("合併"),
    NoteKind.OTHER: _l("その他"),
}


def can_have_target(metric: Metric) -> bool:
    """Tell whether one number can be aimed at."""
    return metric.kind is not Kind.TOWARDS


def check_target(metric: Metric | None, value: float) -> None:
    """Refuse a target for what has none, and a percentage that there is not."""
    if metric is None or not can_have_target(metric):
        raise InvalidInput({"metric_id": [_("目標を決められる指標を選んでください。")]})
    if metric.unit is Unit.PERCENT and not 0 <= value <= 100:
        raise InvalidInput({"value": [_("割合の目標は、0から100までで入力してください。")]})


def check_town(kind: NoteKind, named: bool) -> None:
    """Refuse a merger without the town that merged."""
    if kind is NoteKind.MERGER and not named:
        raise InvalidInput({"town_id": [_("合併した自治体を選んでください。")]})
