"""What may come in over HTTP. A loaded schema is an operation's input, ready to pass on."""

from __future__ import annotations

import uuid

from werkzeug.datastructures import MultiDict

from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, choice, date, decimal, identifier, load_form, text
from kyoso.municipal.indicators.operations import IndicatorDraft, Reading
from kyoso.municipal.indicators.rules import DIGITS, PLACES, Direction

LABELS = {
    "name": _l("指標の名前"),
    "shows": _l("何がよくなったと分かるか"),
    "unit": _l("単位"),
    "direction": _l("よい向き"),
    "baseline_value": _l("基準の値"),
    "baseline_on": _l("基準の日"),
    "target_value": _l("目標の値"),
    "target_by": _l("目標の期限"),
    "value": _l("測った値"),
    "measured_on": _l("測った日"),
    "note": _l("測り方・気づいたこと"),
    "reason": _l("理由"),
}


class IndicatorSchema(InputSchema):
    """The form 「成果指標を決める」."""

    builds = IndicatorDraft

    name = text(LABELS["name"], 80)
    shows = text(LABELS["shows"], 500, multiline=True)
    unit = text(LABELS["unit"], 20)
    direction = choice(LABELS["direction"], Direction)
    baseline_value = decimal(LABELS["baseline_value"], DIGITS, PLACES, required=False)
    baseline_on = date(LABELS["baseline_on"], required=False)
    target_value = decimal(LABELS["target_value"], DIGITS, PLACES, required=False)
    target_by = date(LABELS["target_by"], required=False)


class ReadingSchema(InputSchema):
    """The form 「測定値を入れる」."""

    builds = Reading

    value = decimal(LABELS["value"], DIGITS, PLACES)
    measured_on = date(LABELS["measured_on"])
    note = text(LABELS["note"], 500, required=False, multiline=True)


class ReasonSchema(InputSchema):
    """The forms that take something back."""

    reason = text(LABELS["reason"], 500, multiline=True)


class _FormIdSchema(InputSchema):
    form_id = identifier(_l("この画面"))


def split_form_id(form: MultiDict[str, str]) -> tuple[uuid.UUID, MultiDict[str, str]]:
    """Return which form was sent, and what it says besides."""
    rest = form.copy()
    sent = MultiDict([("form_id", value) for value in rest.poplist("form_id")[:1]])
    return load_form(_FormIdSchema, sent)["form_id"], rest
