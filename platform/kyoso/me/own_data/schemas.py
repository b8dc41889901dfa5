"""What may come in over HTTP when a person leaves or asks for erasure."""

from __future__ import annotations

from marshmallow import ValidationError, validates

from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, boolean, form_identifier

LABELS = {"understood": _l("内容を読み、元に戻せないことがわかりました")}


class ErasureSchema(InputSchema):
    """The form 「消去を申し出る」."""

    form_id = form_identifier(_l("この画面"))
    understood = boolean(LABELS["understood"])

    @validates("understood")
    def is_ticked(self, understood: bool, **_kw: object) -> None:
        """Refuse to go on before the words were read."""
        if not understood:
            raise ValidationError(_("説明を読み、わかったら印を付けてください。"))
