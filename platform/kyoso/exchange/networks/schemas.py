"""What may come in over HTTP. A loaded schema is an operation's input, ready to pass on."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from marshmallow import post_load

from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, date, form_identifier, identifier, integer, text
from kyoso.exchange.networks.operations import NetworkDraft, Notice

LABELS = {
    "agreement_id": _l("もとになる協定"),
    "name": _l("ネットワークの名前"),
    "slug": _l("アドレスに使う短い名前"),
    "purpose": _l("目的"),
    "notice_months": _l("脱退の予告の月数"),
    "tenant_id": _l("招待する自治体"),
    "message": _l("招待の言葉"),
    "leaving_on": _l("脱退する日"),
    "reason": _l("理由"),
    "content": _l("決まりの本文"),
    "note": _l("変えたところと理由"),
}


class NetworkSchema(InputSchema):
    """What is said of a network."""

    builds: type | None = NetworkDraft

    name = text(LABELS["name"], 100)
    purpose = text(LABELS["purpose"], 2000, required=False, multiline=True)
    notice_months = integer(LABELS["notice_months"], 0, 60)


@dataclass(frozen=True, slots=True)
class Founding:
    """A draft, the agreement it comes from, and the form it came by."""

    form_id: uuid.UUID
    agreement_id: uuid.UUID
    slug: str
    draft: NetworkDraft


class FoundingSchema(NetworkSchema):
    """The form 「ネットワークを作る」."""

    form_id = form_identifier(_l("この画面"))
    agreement_id = identifier(LABELS["agreement_id"])
    slug = text(LABELS["slug"], 40)

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Return the draft with what is only said once."""
        once = {key: data.pop(key) for key in ("form_id", "agreement_id", "slug")}
        return Founding(**once, draft=NetworkDraft(**data))


class InvitationSchema(InputSchema):
    """Whom to invite, and with what words."""

    tenant_id = identifier(LABELS["tenant_id"])
    message = text(LABELS["message"], 2000, required=False, multiline=True)


class AcceptanceSchema(InputSchema):
    """The town's own record of the agreement, if it has one."""

    agreement_id = identifier(LABELS["agreement_id"], required=False)


class NoticeSchema(InputSchema):
    """When to leave, and why."""

    builds = Notice

    leaving_on = date(LABELS["leaving_on"])
    reason = text(LABELS["reason"], 2000, required=False, multiline=True)
    seal = text(_l("この画面"), 64)


class SuspensionSchema(InputSchema):
    """Why to take no part for a time."""

    reason = text(LABELS["reason"], 2000, multiline=True)
    seal = text(_l("この画面"), 64)


class RulesSchema(InputSchema):
    """A new version of the rules, and the one it was written from."""

    content = text(LABELS["content"], 50_000, multiline=True)
    note = text(LABELS["note"], 1000, required=False, multiline=True)
    based_on = integer(_l("この画面"), 0, 100_000)
