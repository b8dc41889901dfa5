"""What may come in over HTTP. A loaded schema is an operation's input, ready to pass on."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from marshmallow import post_load

from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, form_identifier, text
from kyoso.municipal.notices.operations import NoticeDraft

LABELS = {
    "title": _l("題名"),
    "body": _l("本文"),
    "reason": _l("取り下げる理由"),
}


@dataclass(frozen=True, slots=True)
class NewNotice:
    """A draft, and the form it came from."""

    form_id: uuid.UUID
    draft: NoticeDraft


class NoticeSchema(InputSchema):
    """The form 「お知らせを編集する」."""

    builds = NoticeDraft

    title = text(LABELS["title"], 100)
    body = text(LABELS["body"], 10_000, multiline=True)


class NewNoticeSchema(NoticeSchema):
    """The form 「お知らせを書く」."""

    form_id = form_identifier(_l("この画面"))

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Return the draft and the form it came from."""
        return NewNotice(data.pop("form_id"), NoticeDraft(**data))


class WithdrawSchema(InputSchema):
    """The form 「お知らせを取り下げる」."""

    reason = text(LABELS["reason"], 500, multiline=True)
