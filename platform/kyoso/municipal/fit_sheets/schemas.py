"""What the forms of a fit sheet may contain. Items are many, so their fields are named with their id."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection
from typing import Any

from marshmallow import fields
from werkzeug.datastructures import MultiDict

from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import (
    InputSchema,
    boolean,
    choice,
    date,
    identifier,
    integer,
    load_form,
    many,
    one_of,
    text,
)
from kyoso.municipal.fit_sheets.operations import SheetDraft, Word
from kyoso.municipal.fit_sheets.rules import ITEM_FIELDS, SHEET_FIELDS, Field, Side

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_ITEM_KEY = re.compile(rf"({'|'.join(ITEM_FIELDS)})-{_UUID}")


class SheetSchema(InputSchema):
    """What every form of a sheet carries besides the words."""

    version = integer(_l("版"), 1, 2**31 - 1)
    aims = many(identifier(_l("町の将来像・戦略・戦術")), _l("町の将来像・戦略・戦術"))
    #: Whether the form asked for aims: none ticked and not asked look the same.
    aims_shown = boolean(_l("町の将来像・戦略・戦術"))


def fields_of(sides: Collection[Side]) -> frozenset[str]:
    """Return the names of the fields that somebody who writes for these sides is shown."""
    known = {**SHEET_FIELDS, **ITEM_FIELDS}
    return frozenset(name for name, field in known.items() if field.sides & frozenset(sides))


def load_sheet(form: MultiDict[str, str], sides: Collection[Side]) -> SheetDraft:
    """Return what a form of the sheet holds; a name of the other side's is refused as unknown."""
    known: dict[str, fields.Field[Any]] = {}
    for key in form:
        found = _ITEM_KEY.fullmatch(key)
        name = found[1] if found else key
        field = (ITEM_FIELDS if found else SHEET_FIELDS).get(name)
        # Whoever adds an item names it; the operation refuses to rename one.
        if field is not None and (name == "topic" or name in fields_of(sides)):
            known[key] = _field(name, field)
    schema: Any = SheetSchema.from_dict(known)
    data = load_form(schema, form)
    version, aims, asked = (data.pop(key) for key in ("version", "aims", "aims_shown"))
    content = {key: _plain(value) for key, value in data.items()}
    return SheetDraft(version, content, frozenset(aims) if asked else None)


def _field(name: str, field: Field) -> fields.Field[Any]:
    if name == "position":
        return integer(field.label, 1, 999, required=False)
    if name == "owner_side":
        return one_of(field.label, [side.value for side in Side], required=False)
    if name == "due_on":
        return date(field.label, required=False)
    return text(field.label, field.maximum, required=False, multiline=field.multiline)


def _plain(value: Any) -> str:
    if isinstance(value, dt.date):
        return value.isoformat()
    return "" if value is None else str(value)


class WordSchema(InputSchema):
    """What is said about one item with a button."""

    builds = Word

    reason = text(_l("理由"), 1000, required=False, multiline=True)
    agreement = text(_l("合意文"), 2000, required=False, multiline=True)
    side = choice(_l("どちらの側"), Side, required=False)
    name = text(_l("相手の方のお名前"), 100, required=False)
