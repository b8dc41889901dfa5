"""What may come in over HTTP. A loaded schema is an operation's input, ready to pass on."""

from __future__ import annotations

from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, choice, text
from kyoso.municipal.decisions.operations import Letter
from kyoso.municipal.decisions.rules import Choice, Outcome


class DecisionSchema(InputSchema):
    """The form 「決定を入力する」."""

    builds = Choice

    outcome = choice(_l("結論"), Outcome)
    # Asked for by the rules, together with all that the outcome asks for.
    grounds = text(_l("決定の理由"), 4000, required=False, multiline=True)
    conditions = text(_l("条件"), 4000, required=False, multiline=True)
    ground_key = text(_l("見送りの理由の区分"), 60, required=False)
    public_summary = text(_l("公開する概要"), 2000, required=False, multiline=True)
    incomplete_reason = text(
        _l("審査がそろう前に決定する理由"), 1000, required=False, multiline=True
    )


class LetterSchema(InputSchema):
    """The form 「通知書を書き直す」."""

    builds = Letter

    subject = text(_l("メールの件名"), 200)
    body = text(_l("通知書の本文"), 10000, multiline=True)
    public_summary = text(_l("公開する概要"), 2000, required=False, multiline=True)


class SealSchema(InputSchema):
    """The button 「送付して公開する」, with the seal of what was shown."""

    seen = text(_l("確認した内容"), 64)


class ReasonSchema(InputSchema):
    """Why a decision is undone, or an adoption revoked."""

    reason = text(_l("理由"), 1000, multiline=True)
