"""What may come in over HTTP. A loaded schema is an operation's input, ready to pass on."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from marshmallow import post_load
from werkzeug.datastructures import MultiDict

from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import (
    InputSchema,
    boolean,
    choice,
    email,
    form_identifier,
    identifier,
    integer,
    load_form,
    many,
    one_of,
    text,
)
from kyoso.identity.profiles.rules import MOST_HOURS, SKILLS
from kyoso.municipal.recruitment_applications.operations import ApplicationDraft
from kyoso.municipal.recruitment_applications.rules import ApplicationState
from kyoso.municipal.recruitments.rules import ENDS

LABELS = {
    "name": _l("お名前"),
    "kana": _l("ふりがな"),
    "email": _l("メールアドレス"),
    "affiliation": _l("所属"),
    "skills": _l("できること（スキル）"),
    "hours_a_month": _l("1か月に使える時間"),
    "message": _l("応募の理由と、活かせる経験"),
    "links": _l("これまでの仕事が分かるリンク"),
    "files": _l("ファイル"),
    "consent": _l("個人情報の取扱いへの同意"),
    "body": _l("メッセージ"),
    "note": _l("メモ"),
    "membership_id": _l("担当"),
    "end": _l("終え方"),
    "tell_undecided": _l("まだ決めていない方"),
}


@dataclass(frozen=True, slots=True)
class SentApplication:
    """What an applicant wrote, and what tells people from programs."""

    form_id: uuid.UUID
    draft: ApplicationDraft
    #: What stands in the box that people do not see.
    trap: str


class ApplicationSchema(InputSchema):
    """The public form 「応募する」."""

    form_id = identifier(_l("様式の番号"))
    name = text(LABELS["name"], 80)
    kana = text(LABELS["kana"], 80)
    email = email(LABELS["email"])
    affiliation = text(LABELS["affiliation"], 100, required=False)
    skills = many(one_of(LABELS["skills"], list(SKILLS)), LABELS["skills"])
    hours_a_month = integer(LABELS["hours_a_month"], 1, MOST_HOURS)
    message = text(LABELS["message"], 3000, multiline=True)
    links = text(LABELS["links"], 1500, required=False, multiline=True)
    consent = boolean(LABELS["consent"])
    homepage = text("", 4000, required=False, multiline=True)

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Take the form apart; links stand one a line."""
        form_id, trap = data.pop("form_id"), data.pop("homepage")
        links = tuple(data.pop("links").split())
        # Looked at by the page: it is said, not kept.
        data.pop("consent")
        return SentApplication(form_id, ApplicationDraft(**data, links=links), trap)


class MessageSchema(InputSchema):
    """A message between town and applicant."""

    form_id = form_identifier(_l("この画面"))
    body = text(LABELS["body"], 3000, multiline=True)


class NoteSchema(InputSchema):
    """A note of the town to itself."""

    form_id = form_identifier(_l("この画面"))
    note = text(LABELS["note"], 2000, multiline=True)


class AssignSchema(InputSchema):
    """Who looks after an application."""

    membership_id = identifier(LABELS["membership_id"], required=False)


class MoveSchema(InputSchema):
    """The form 「状態を変える」."""

    to = choice(_l("状態"), ApplicationState)


class _EndSchema(InputSchema):
    end = one_of(LABELS["end"], [status.value for status in ENDS])
    tell_undecided = boolean(LABELS["tell_undecided"])
    #: Set by the second page, on which the letters were read once more.
    confirmed = boolean(_l("確認"))


@dataclass(frozen=True, slots=True)
class Ending:
    """How a recruitment ends, and what is written to whom."""

    end: str
    tell_undecided: bool
    confirmed: bool
    letters: dict[uuid.UUID, str]


def field_of(application_id: uuid.UUID) -> str:
    """Return the name of the field that holds an applicant's letter."""
    return f"letter-{application_id}"


def load_ending(form: MultiDict[str, str], application_ids: Sequence[uuid.UUID]) -> Ending:
    """Return what the form of all letters holds; raises InvalidInput that names each letter.

    A letter to somebody who is not among `application_ids` is left to the rules to refuse.
    """
    named = {field_of(ident): ident for ident in application_ids}
    letters = {
        name: text(_l("お返事"), 3000, multiline=True)
        for name in (*named, *(key for key in form if key.startswith("letter-")))
    }
    whole = cast("type[InputSchema]", _EndSchema.from_dict(letters, name="EndSchema"))
    loaded = load_form(whole, form)
    return Ending(
        loaded["end"],
        loaded["tell_undecided"],
        loaded["confirmed"],
        {
            named.get(name) or uuid.UUID(int=0): words
            for name, words in loaded.items()
            if name.startswith("letter-")
        },
    )
