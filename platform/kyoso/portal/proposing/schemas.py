"""What the steps take in: strict to go on, lenient to go on later."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from marshmallow import post_load

from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, boolean, identifier, text
from kyoso.municipal.proposals import rules
from kyoso.municipal.proposals.operations import Idea, Merits, Who
from kyoso.municipal.proposals.schemas import WhoSchema


@dataclass(frozen=True, slots=True)
class Beginning:
    """What the first form brings."""

    who: Who
    need_id: uuid.UUID | None
    form_id: uuid.UUID
    #: What stands in the box that people do not see.
    trap: str


class BeginningSchema(WhoSchema):
    """The first form: who proposes, for which need, and what tells people from programs."""

    form_id = identifier(_l("様式の番号"))
    need_id = identifier(_l("求めていること"), required=False)
    homepage = text("", 4000, required=False, multiline=True)

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Beginning:
        """Take the form apart."""
        form_id, need_id = data.pop("form_id"), data.pop("need_id")
        trap = data.pop("homepage")
        return Beginning(Who(**data), need_id, form_id, trap)


def _gap(name: str) -> Any:
    label, maximum = rules.CONTENT[name]
    return text(label, maximum, required=False, multiline=name != "title")


class UnfinishedIdeaSchema(InputSchema):
    """The step 「提案の内容」 saved for later."""

    builds = Idea

    title = _gap("title")
    wish = _gap("wish")
    ability = _gap("ability")


class UnfinishedMeritsSchema(InputSchema):
    """The step 「それぞれの良さ」 saved for later."""

    builds = Merits

    expectation = _gap("expectation")
    merit_proposer = _gap("merit_proposer")
    merit_residents = _gap("merit_residents")
    merit_town = _gap("merit_town")


class ConsentSchema(InputSchema):
    """What the proposer agrees to when sending."""

    consent = boolean(_l("個人情報の取扱いへの同意"))
