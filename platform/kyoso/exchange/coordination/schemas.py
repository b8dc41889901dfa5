"""What may come in over HTTP on the coordinators' pages."""

from __future__ import annotations

from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, form_identifier, identifier, integer, text

LABELS = {
    "membership_id": _l("指名する方"),
    "tenant_id": _l("招待する自治体"),
    "message": _l("招待の言葉"),
    "content": _l("決まりの本文"),
    "note": _l("変えたところと理由"),
    "answer": _l("広域事務局としての回答"),
}


class NominationSchema(InputSchema):
    """Who of the town's members is to coordinate."""

    membership_id = identifier(LABELS["membership_id"])


class InvitationSchema(InputSchema):
    """Whom to invite, and with what words."""

    tenant_id = identifier(LABELS["tenant_id"])
    message = text(LABELS["message"], 2000, required=False, multiline=True)


class RulesSchema(InputSchema):
    """A new version of the rules, and the one it was written from."""

    content = text(LABELS["content"], 50_000, multiline=True)
    note = text(LABELS["note"], 1000, required=False, multiline=True)
    based_on = integer(_l("この画面"), 0, 100_000)


class AnswerSchema(InputSchema):
    """An answer to a consultation; `looked_at` is the seal of warnings that were read."""

    form_id = form_identifier(_l("この画面"))
    body = text(LABELS["answer"], 5000, multiline=True)
    looked_at = text(_l("確かめた注意"), 64, required=False)
