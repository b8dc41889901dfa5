"""What may come in over HTTP. A loaded schema is an operation's input, ready to pass on."""

from __future__ import annotations

from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, boolean, integer, many, text
from kyoso.joint_metrics.snapshots.operations import Publication, Remarks
from kyoso.joint_metrics.snapshots.rules import COMMENT_LENGTH, REASON_LENGTH

LABELS = {
    "comment": _l("数についての説明"),
    "withheld": _l("公開しない指標"),
    "reason": _l("訂正の理由"),
    "automatic": _l("自動で公開する"),
}
_PAGE = _l("この画面")


class RemarksSchema(InputSchema):
    """What is said about a month's numbers, and which are not published."""

    builds = Remarks

    comment = text(LABELS["comment"], COMMENT_LENGTH, required=False, multiline=True)
    withheld = many(text(LABELS["withheld"], 100), LABELS["withheld"])
    seen = text(_PAGE, 64, required=False)


class PublicationSchema(InputSchema):
    """The form 「公開する」."""

    builds = Publication

    based_on = integer(_PAGE, 0, 100_000)
    seal = text(_PAGE, 64)
    reason = text(LABELS["reason"], REASON_LENGTH, required=False, multiline=True)


class AutomaticSchema(InputSchema):
    """Whether months are published by themselves."""

    automatic = boolean(LABELS["automatic"])
