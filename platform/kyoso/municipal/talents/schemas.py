"""What may come in over HTTP. A loaded schema is an operation's input, ready to pass on."""

from __future__ import annotations

from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, form_identifier, text
from kyoso.municipal.talents.rules import NOTE_LENGTH

LABELS = {"text": _l("メモ"), "reason": _l("理由")}


class NoteSchema(InputSchema):
    """The form 「メモを書く」."""

    form_id = form_identifier(LABELS["text"])
    text = text(LABELS["text"], NOTE_LENGTH, multiline=True)


class RemovalSchema(InputSchema):
    """The form 「人材台帳から外す」."""

    reason = text(LABELS["reason"], 500, multiline=True)
