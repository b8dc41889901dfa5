"""What may come in over HTTP."""

from __future__ import annotations

from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, date, integer, one_of, text

LABELS = {
    "last_day": _l("最後の日"),
    "reason": _l("理由"),
    "text": _l("ふりかえり"),
    "again": _l("また一緒に働きたいですか"),
    "note": _l("辞退の理由"),
    "version": _l("覚書の版"),
}


class EndingSchema(InputSchema):
    """When and why a share ends early."""

    last_day = date(LABELS["last_day"])
    reason = text(LABELS["reason"], 1000, multiline=True)


class ReviewSchema(InputSchema):
    """A short look back."""

    text = text(LABELS["text"], 400, multiline=True)
    again = one_of(LABELS["again"], ("yes", "no"))


class AcceptanceSchema(InputSchema):
    """A person's yes, to the version they read."""

    version = integer(LABELS["version"], 1, 1_000_000)


class RefusalSchema(InputSchema):
    """A person's no."""

    note = text(LABELS["note"], 1000, required=False, multiline=True)
