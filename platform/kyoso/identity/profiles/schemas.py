"""The forms of the profile and of its files."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from marshmallow import ValidationError, fields, post_load

from kyoso.core import text as texts
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import (
    InputSchema,
    boolean,
    choice,
    form_identifier,
    identifier,
    integer,
    many,
    one_of,
    text,
)
from kyoso.identity.profiles import rules
from kyoso.identity.profiles.operations import ProfileDraft
from kyoso.identity.profiles.rules import HIDEABLE, MOST_HOURS, PART_LABELS, WorkMode

#: Of things that are typed one after the other.
MOST_WORDS, LONGEST_WORD = 20, 40
MOST_LINKS, LONGEST_LINK = 10, 500
_BETWEEN = re.compile(r"[、,，\n]+")


def words(label: Any) -> fields.Field[Any]:
    """Return a field for several words, apart by commas or line ends."""
    return _Several(label, _split_words)


def links(label: Any) -> fields.Field[Any]:
    """Return a field for addresses, one a line, each with a name before it or without."""
    return _Several(label, _split_links)


class _Several(fields.Field[Any]):
    def __init__(self, label: Any, split: Callable[[str, str], list[Any]]) -> None:
        super().__init__(load_default=list)
        self.typed, self.label, self.split = text(label, 6000, multiline=True), label, split

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        return self.split(self.typed.deserialize(value, attr, data, **kwargs), str(self.label))


def _split_words(typed: str, label: str) -> list[str]:
    found = list(dict.fromkeys(filter(None, map(texts.clean, _BETWEEN.split(typed)))))
    if len(found) > MOST_WORDS:
        raise ValidationError(
            _("「%(label)s」は%(most)s個までにしてください。", label=label, most=MOST_WORDS)
        )
    for word in found:
        if len(word) > LONGEST_WORD:
            raise ValidationError(
                _(
                    "「%(word)s…」が長すぎます。1つ%(most)s文字までで、「、」で区切ってください。",
                    word=word[:10],
                    most=LONGEST_WORD,
                )
            )
    return found


def _split_links(typed: str, label: str) -> list[dict[str, str]]:
    lines = list(filter(None, map(texts.clean, typed.splitlines())))
    if len(lines) > MOST_LINKS:
        raise ValidationError(
            _("「%(label)s」は%(most)s個までにしてください。", label=label, most=MOST_LINKS)
        )
    return [_link(line, place) for place, line in enumerate(lines, 1)]


def _link(line: str, place: int) -> dict[str, str]:
    name, _space, url = line.rpartition(" ")
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        good = False
    if not good or len(line) > LONGEST_LINK:
        raise ValidationError(
            _(
                "%(place)s行目は「名前 https://…」の形で、%(most)s文字までにしてください。",
                place=place,
                most=LONGEST_LINK,
            )
        )
    return {"label": name.strip() or str(parts.hostname), "url": url}


class ProfileSchema(InputSchema):
    """The form 「プロフィール」."""

    builds = ProfileDraft

    revision = integer(_l("版"), 0, 2**31 - 1)
    name = text(PART_LABELS["name"], 60)
    kana = text(PART_LABELS["kana"], 60, required=False)
    affiliation = text(PART_LABELS["affiliation"], 100, required=False)
    bio = text(PART_LABELS["bio"], 4000, required=False, multiline=True)
    skills = many(one_of(PART_LABELS["skills"], tuple(rules.SKILLS)), PART_LABELS["skills"])
    free_skills = words(_l("そのほかの得意なこと"))
    # A schema's own `fields` are something else.
    work_fields = words(PART_LABELS["fields"])
    can_do = text(PART_LABELS["can_do"], 2000, required=False, multiline=True)
    wants = text(PART_LABELS["wants"], 2000, required=False, multiline=True)
    languages = words(PART_LABELS["languages"])
    hours_offered = integer(PART_LABELS["hours_offered"], 0, MOST_HOURS, required=False)
    mode = choice(PART_LABELS["mode"], WorkMode, required=False)
    places = text(PART_LABELS["places"], 200, required=False)
    conditions = text(PART_LABELS["conditions"], 2000, required=False, multiline=True)
    links = links(PART_LABELS["links"])
    hidden_from_towns = many(
        one_of(_l("自分だけに見せる項目"), HIDEABLE), _l("自分だけに見せる項目")
    )
    remove_photo = boolean(_l("写真を外す"))

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> ProfileDraft:
        """Return the draft; skills and hidden parts in the order of their lists."""
        data["fields"] = data.pop("work_fields")
        data["skills"] = [ident for ident in rules.SKILLS if ident in data["skills"]]
        hidden = data["hidden_from_towns"]
        data["hidden_from_towns"] = [part for part in HIDEABLE if part in hidden]
        return ProfileDraft(**data)


def as_typed(profile: Any) -> dict[str, Any]:
    """Return what the form shows of a saved profile."""
    values = {column: getattr(profile, column) for column in rules.COLUMNS}
    for column in ("free_skills", "fields", "languages"):
        values["work_fields" if column == "fields" else column] = "、".join(values[column])
    values["links"] = "\n".join(f"{link['label']} {link['url']}" for link in profile.links)
    return values | {"revision": profile.revision}


class NewFileSchema(InputSchema):
    """The form 「ファイルを加える」."""

    form_id = form_identifier(_l("番号"))
    tenant_ids = many(identifier(_l("見せる自治体")), _l("見せる自治体"))


class SharingSchema(InputSchema):
    """The form 「見せる自治体を変える」."""

    tenant_ids = many(identifier(_l("見せる自治体")), _l("見せる自治体"))
