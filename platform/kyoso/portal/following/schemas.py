"""What the proposer may send through the private link."""

from __future__ import annotations

from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, email, text


class ReplySchema(InputSchema):
    """An answer to the town, or something to add."""

    body = text(_l("町への返信"), 2000, multiline=True)


class WithdrawalSchema(InputSchema):
    """Taking a proposal back: nobody has to say why."""

    reason = text(_l("理由"), 1000, required=False, multiline=True)


class LostLinkSchema(InputSchema):
    """Asking for a new link: both must belong together."""

    receipt = text(_l("受付番号"), 20)
    email = email(_l("メールアドレス"))
