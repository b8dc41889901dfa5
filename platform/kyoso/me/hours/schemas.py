"""The forms for hours: a field for each day of each engagement, so their names are made here."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from dataclasses import dataclass, field

from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import FORM_KEYS, InputSchema, date, identifier, one_of, text
from kyoso.municipal.work_hours.rules import NOTE_MAX, TAPS, Cell, Change, Said, read_minutes

#: What a form may send beside the days.
_BESIDE = FORM_KEYS | {"week"}
_PLACE = re.compile(r"(hours|town|note|seen)-([0-9a-f-]{36})\.(\d{4}-\d{2}-\d{2})")
_TOKEN = re.compile(r"\d{1,4}\.[01]\.[0-9a-f]{1,8}")
#: Far more than a week of anybody's engagements.
_CELLS_MAX = 700
_NOTE = text(_l("メモ"), NOTE_MAX, required=False, multiline=True)


@dataclass(slots=True)
class Sheet:
    """What a form for several days says, and what of it could not be read."""

    changes: list[Change] = field(default_factory=list)
    errors: dict[Cell, str] = field(default_factory=dict)

    @property
    def cells(self) -> list[Cell]:
        """All days of all engagements that the form names."""
        return [*(change.cell for change in self.changes), *self.errors]


def read_sheet(form: MultiDict[str, str]) -> Sheet:
    """Return what was typed for each day; unknown fields are refused."""
    sheet = Sheet()
    seen: dict[Cell, str] = {}
    for name in form:
        if name in _BESIDE:
            continue
        cell = _cell(name)
        if name.startswith("seen-") and _TOKEN.fullmatch(form[name]):
            seen[cell] = form[name]
    if len(seen) > _CELLS_MAX or any(_cell(n) not in seen for n in form if n not in _BESIDE):
        raise _unreadable()
    for cell, token in seen.items():
        try:
            sheet.changes.append(Change(cell, _said(form, cell), token))
        except RuleViolation as error:
            sheet.errors[cell] = error.message
        except ValidationError as error:
            sheet.errors[cell] = str(error.messages[0])
    return sheet


def _said(form: MultiDict[str, str], cell: Cell) -> Said:
    return Said(
        read_minutes(form.get(f"hours-{cell.key}", "")),
        bool(form.get(f"town-{cell.key}")),
        _NOTE.deserialize(form.get(f"note-{cell.key}", "")),
    )


def _cell(name: str) -> Cell:
    found = _PLACE.fullmatch(name)
    try:
        if found:
            return Cell(uuid.UUID(found[2]), dt.date.fromisoformat(found[3]))
    except ValueError:
        pass
    raise _unreadable()


def _unreadable() -> InvalidInput:
    return InvalidInput(
        {},
        _("送られた内容を読み取れませんでした。画面を読み込み直して、もう一度入力してください。"),
    )


LABELS = {
    "engagement_id": _l("どの関わり"),
    "minutes": _l("時間"),
    "day": _l("日"),
    "town": _l("町にいた日"),
    "note": _l("メモ"),
}


class QuickSchema(InputSchema):
    """The form 「今日の分を足す」: one engagement, one button."""

    engagement_id = identifier(LABELS["engagement_id"])
    minutes = one_of(LABELS["minutes"], [str(n) for n in TAPS])
    day = date(LABELS["day"])
    town = one_of(LABELS["town"], ["yes"], required=False)
    note = text(LABELS["note"], NOTE_MAX, required=False, multiline=True)
