"""What may come in over HTTP. A loaded schema is an operation's input, ready to pass on."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from kyoso.core.errors import InvalidInput
from kyoso.core.i18n import LOCALES
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import (
    FORM_KEYS,
    InputSchema,
    choice,
    email,
    form_identifier,
    identifier,
    load_form,
    one_of,
    text,
)
from kyoso.municipal.proposals import rules
from kyoso.municipal.proposals.operations import Idea, Merits, Who
from kyoso.municipal.proposals.rules import ProposerKind, Source


def _part(name: str, *, required: bool) -> object:
    label, maximum = rules.CONTENT[name]
    return text(label, maximum, required=required, multiline=name != "title")


class WhoSchema(InputSchema):
    """The step 「あなたについて」."""

    builds = Who

    proposer_kind = choice(_l("提案者の区分"), ProposerKind)
    proposer_name = text(_l("お名前・団体名"), 100)
    contact_name = text(_l("担当者のお名前"), 100, required=False)
    email = email(_l("メールアドレス"))
    phone = text(_l("電話番号"), 30, required=False)
    area = text(_l("お住まい・所在地"), 100, required=False)
    public_name = text(_l("公開するときの名前"), 100, required=False)


class IdeaSchema(InputSchema):
    """The step 「やりたいこと・できること」."""

    builds = Idea

    title = _part("title", required=True)
    wish = _part("wish", required=True)
    ability = _part("ability", required=True)


class MeritsSchema(InputSchema):
    """The step 「町に求めること・それぞれの良さ」."""

    builds = Merits

    expectation = _part("expectation", required=False)
    merit_proposer = _part("merit_proposer", required=False)
    merit_residents = _part("merit_residents", required=True)
    merit_town = _part("merit_town", required=False)


class EnteredWhoSchema(WhoSchema):
    """As above, for a paper or spoken proposal: not everybody has a mail address."""

    email = email(_l("メールアドレス"), required=False)


class EntrySchema(InputSchema):
    """What staff choose when they write down a proposal."""

    source = choice(_l("受付の方法"), Source)
    need_id = identifier(_l("求めていること"), required=False)
    locale = one_of(_l("お知らせの言語"), tuple(LOCALES), required=False, load_default="ja")
    form_id = form_identifier(_l("様式の番号"))


@dataclass(frozen=True, slots=True)
class Paper:
    """Everything that staff write down of a paper or spoken proposal."""

    who: Who
    idea: Idea
    merits: Merits
    source: Source
    need_id: uuid.UUID | None
    locale: str
    form_id: uuid.UUID


_PAPER = (EntrySchema, EnteredWhoSchema, IdeaSchema, MeritsSchema)


def load_paper(form: MultiDict[str, str]) -> Paper:
    """Return what the one form of all parts holds; raises InvalidInput with the errors of all."""
    errors: dict[str, list[str]] = {}
    loaded: list[Any] = []
    known: set[str] = set(FORM_KEYS)
    for schema in _PAPER:
        names = set(schema().fields)
        known |= names
        part = MultiDict((key, value) for key, value in form.items(multi=True) if key in names)
        try:
            loaded.append(load_form(schema, part))
        except InvalidInput as error:
            errors |= error.errors
    for key in set(form) - known:
        errors[key] = [_("この項目は受け付けられません。")]
    if form.get("source") in {Source.WEB, Source.REFERRED}:
        errors["source"] = [_("「受付の方法」を選んでください。")]
    if errors:
        raise InvalidInput(errors)
    entry, who, idea, merits = loaded
    return Paper(
        who, idea, merits, entry["source"], entry["need_id"], entry["locale"], entry["form_id"]
    )


class MessageSchema(InputSchema):
    """A question, an answer or a request for revision."""

    body = text(_l("本文"), 2000, multiline=True)


class ReasonSchema(InputSchema):
    """Why something is withdrawn, cancelled or revoked."""

    reason = text(_l("理由"), 1000, multiline=True)
