"""What may come in over HTTP. A loaded schema is an operation's input, ready to pass on."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from marshmallow import post_load
from werkzeug.datastructures import MultiDict

from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import (
    InputSchema,
    boolean,
    choice,
    form_identifier,
    identifier,
    integer,
    many,
    text,
)
from kyoso.core.search import MAX_LENGTH
from kyoso.core.text import printable
from kyoso.exchange.know_how.operations import KnowHowDraft, Publication
from kyoso.exchange.know_how.rules import Audience, Field, Genre, Licence

LABELS = {
    "genre": _l("種類"),
    "title": _l("題名"),
    "summary": _l("要約"),
    "body": _l("本文"),
    "field": _l("分野"),
    "tactic_id": _l("関係する戦術"),
    "licence": _l("使うときの条件"),
    "terms": _l("町の定め"),
    "files": _l("ファイル"),
    "network_ids": _l("見せるネットワーク"),
    "is_public": _l("一般にも公開する"),
    "nameless": _l("町の名前を出さない"),
    "note": _l("前の版から変えたところ"),
    "looked_at": _l("確かめたこと"),
}


class KnowHowSchema(InputSchema):
    """What a piece says, and the save it was written from."""

    genre = choice(LABELS["genre"], Genre)
    title = text(LABELS["title"], 100)
    summary = text(LABELS["summary"], 500, required=False, multiline=True)
    body = text(LABELS["body"], 50_000, required=False, multiline=True)
    field = choice(LABELS["field"], Field)
    tactic_id = identifier(LABELS["tactic_id"], required=False)
    licence = choice(LABELS["licence"], Licence)
    terms = text(LABELS["terms"], 2000, required=False, multiline=True)
    based_on = integer(_l("この画面"), 0, 1_000_000, required=False)

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Return the draft, and what it was written from."""
        based_on = data.pop("based_on") or 0
        return KnowHowDraft(**data), based_on


@dataclass(frozen=True, slots=True)
class NewKnowHow:
    """A draft, and the form it came by."""

    form_id: uuid.UUID
    draft: KnowHowDraft


class NewKnowHowSchema(KnowHowSchema):
    """The form 「ノウハウを書く」."""

    form_id = form_identifier(_l("この画面"))

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Return the draft with its form."""
        data.pop("based_on")
        return NewKnowHow(data.pop("form_id"), KnowHowDraft(**data))


class PublicationSchema(InputSchema):
    """The form 「掲載する」."""

    network_ids = many(identifier(LABELS["network_ids"]), LABELS["network_ids"])
    is_public = boolean(LABELS["is_public"])
    nameless = boolean(LABELS["nameless"])
    note = text(LABELS["note"], 1000, required=False, multiline=True)
    looked_at = text(LABELS["looked_at"], 32, required=False)

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Return the publication."""
        audience = Audience(
            tuple(dict.fromkeys(data["network_ids"])), data["is_public"], data["nameless"]
        )
        return Publication(audience, data["note"], data["looked_at"])


@dataclass(frozen=True, slots=True)
class SearchAddress:
    """What an address looks for: words, one of each facet, and from where on."""

    words: str = ""
    genre: str = ""
    field: str = ""
    licence: str = ""
    town: str = ""
    #: Whether to look also in what towns outside our networks show to everybody.
    public: bool = False
    after: str = ""

    @classmethod
    def of(cls, args: MultiDict[str, str]) -> SearchAddress:
        """Return what the address says; what it does not know is left out."""
        keys = ("genre", "field", "licence", "town")
        said = {key: printable(args.get(key, "")) for key in ("q", "after", *keys)}
        facets = {key: said[key][:80] for key in keys}
        public = args.get("public") == "yes"
        return cls(said["q"][: MAX_LENGTH + 1], **facets, public=public, after=said["after"][:60])

    @property
    def facets(self) -> list[str]:
        """The facets as the index has them."""
        keys = ("genre", "field", "licence", "town")
        return [f"{key}:{getattr(self, key)}" for key in keys if getattr(self, key)]

    def query(self, **changes: str) -> str:
        """Return it as it stands in an address, with some of it changed; from the first page on."""
        said = {
            "q": self.words,
            "genre": self.genre,
            "field": self.field,
            "licence": self.licence,
            "town": self.town,
            "public": "yes" if self.public else "",
            **changes,
        }
        left = {key: value for key, value in said.items() if value}
        return f"?{urlencode(left)}" if left else ""
