"""What may come in over HTTP. A loaded schema is an operation's input, ready to pass on."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from marshmallow import fields
from werkzeug.datastructures import MultiDict

from kyoso.core.errors import InvalidInput
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, choice, date, identifier, load_form, many, text
from kyoso.core.search import search_key
from kyoso.municipal.reviews.operations import ReviewDraft
from kyoso.municipal.reviews.rules import Recommendation

#: How the score of a criterion is called in the form, before the criterion's key.
SCORE = "score-"


class OpinionSchema(InputSchema):
    """A review without its scores."""

    note = text(_l("意見・気になる点"), 4000, required=False, multiline=True)
    recommendation = choice(_l("おすすめ"), Recommendation)
    #: Which of the form's two buttons was pressed.
    then = fields.String(load_default="save")


def load_review(form: MultiDict[str, str]) -> tuple[ReviewDraft, bool]:
    """Return the review that a form holds, and whether it is handed in.

    Each town has its own criteria, so the scores are fields that no schema can name.
    """
    scores: dict[str, int] = {}
    errors: dict[str, list[str]] = {}
    rest: MultiDict[str, str] = MultiDict()
    for key, value in form.items(multi=True):
        if not key.startswith(SCORE):
            rest.add(key, value)
        elif value:
            typed = search_key(value).strip()
            if typed.isdecimal() and len(typed) < 4:
                scores[key.removeprefix(SCORE)] = int(typed)
            else:
                errors[key] = [_("点数を選んでください。")]
    try:
        opinion = load_form(OpinionSchema, rest)
    except InvalidInput as error:
        errors |= error.errors
    if errors:
        raise InvalidInput(errors)
    draft = ReviewDraft(scores, opinion["note"], opinion["recommendation"])
    return draft, opinion["then"] == "submit"


@dataclass(frozen=True, slots=True)
class Ask:
    """Whom to ask, and until when."""

    members: list[uuid.UUID]
    due_on: dt.date | None


class ReviewersSchema(InputSchema):
    """The form 「審査の担当者を選ぶ」."""

    builds = Ask

    members = many(identifier(_l("審査の担当者")), _l("審査の担当者"), required=True)
    due_on = date(_l("審査の期限"), required=False)


class InterestSchema(InputSchema):
    """The form 「利害関係を申し出る」."""

    reason = text(_l("利害関係の内容"), 1000, multiline=True)
