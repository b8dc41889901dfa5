"""What may come in over HTTP. A loaded schema is an operation's input, ready to pass on."""

from __future__ import annotations

from typing import Any

from marshmallow import post_load

from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, boolean, many, text
from kyoso.joint_metrics.public_figures.operations import PublicChoice
from kyoso.joint_metrics.public_figures.rules import INTRODUCTION_LENGTH

LABELS = {
    "is_public": _l("選んだ数字を、だれでも見られるページに出す"),
    "metric_ids": _l("公開する指標"),
    "introduction": _l("はじめに添える言葉"),
}


class PublicChoiceSchema(InputSchema):
    """The form 「一般に公開する数字」."""

    is_public = boolean(LABELS["is_public"])
    metric_ids = many(text(LABELS["metric_ids"], 80), LABELS["metric_ids"])
    introduction = text(LABELS["introduction"], INTRODUCTION_LENGTH, required=False, multiline=True)

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> PublicChoice:
        """Return what the operation takes."""
        return PublicChoice(data["is_public"], tuple(data["metric_ids"]), data["introduction"])
