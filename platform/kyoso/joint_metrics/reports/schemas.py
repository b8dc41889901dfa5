"""What may come in over HTTP: which months, and what a report is to be like."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import LOCALES
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, form_identifier, many, one_of, text
from kyoso.joint_metrics.periods import Period, check_period, parse_month, usual
from kyoso.joint_metrics.reports.operations import ReportOrder
from kyoso.joint_metrics.reports.rules import MOST_NOTES, NOTE_LENGTH

LABELS = {
    "first": _l("始まりの月"),
    "last": _l("終わりの月"),
    "title": _l("報告の題名"),
    "language": _l("報告の言葉"),
    "metric_ids": _l("主な指標"),
    "picture_id": _l("図にする指標"),
    "note_1": _l("要点1"),
    "note_2": _l("要点2"),
    "note_3": _l("要点3"),
}


class ReportSchema(InputSchema):
    """The form 「報告を作る」."""

    form_id = form_identifier(_l("この画面"))
    first = text(LABELS["first"], 7)
    last = text(LABELS["last"], 7)
    title = text(LABELS["title"], 60)
    language = one_of(LABELS["language"], list(LOCALES))
    metric_ids = many(text(LABELS["metric_ids"], 80), LABELS["metric_ids"])
    picture_id = text(LABELS["picture_id"], 80)
    note_1 = text(LABELS["note_1"], NOTE_LENGTH, required=False)
    note_2 = text(LABELS["note_2"], NOTE_LENGTH, required=False)
    note_3 = text(LABELS["note_3"], NOTE_LENGTH, required=False)


def period_of(asked: Mapping[str, str], today: dt.date) -> Period:
    """Return the period that an address or a form names; without one, the usual.

    Refuses what is no month, and a period that cannot be one.
    """
    if not asked.get("first") and not asked.get("last"):
        return usual(today)
    months = {key: parse_month(asked.get(key, "").strip()) for key in ("first", "last")}
    wrong = {
        key: [_("月は 2026-04 の形で入力してください。")]
        for key, month in months.items()
        if month is None
    }
    first, last = months["first"], months["last"]
    if first is None or last is None:
        raise InvalidInput(wrong)
    try:
        return check_period(first, last)
    except RuleViolation as refusal:
        raise InvalidInput({"last": [refusal.message]}) from refusal


def order_of(sent: Mapping[str, Any], period: Period) -> ReportOrder:
    """Return the order that a form makes."""
    notes = (sent[f"note_{n}"] for n in range(1, MOST_NOTES + 1))
    return ReportOrder(
        sent["title"],
        period,
        sent["language"],
        tuple(sent["metric_ids"]),
        sent["picture_id"],
        tuple(note for note in notes if note),
    )
