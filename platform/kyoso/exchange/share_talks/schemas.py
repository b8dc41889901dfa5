"""What may come in over HTTP."""

from __future__ import annotations

from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, choice, text
from kyoso.exchange.share_requests.rules import Audience

LABELS = {"text": _l("メッセージ"), "audience": _l("読む人")}


class MessageSchema(InputSchema):
    """A message of a town, and who reads it."""

    text = text(LABELS["text"], 2000, multiline=True)
    audience = choice(LABELS["audience"], Audience)


class ReplySchema(InputSchema):
    """A message of the person, which both towns read."""

    text = text(LABELS["text"], 2000, multiline=True)
