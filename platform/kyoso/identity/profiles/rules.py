"""What a profile is made of, and who sees which part of it. Pure but for its data file."""

from __future__ import annotations

import datetime as dt
import enum
import tomllib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kyoso.core.errors import RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import jp_month
from kyoso.core.i18n import lazy_gettext as _l

#: More than the longest month has.
MOST_HOURS = 744
#: Of files that a person keeps here.
MOST_FILES = 10


class WorkMode(enum.StrEnum):
    """Where a person wants to work."""

    ONLINE = "online"
    ON_SITE = "on_site"
    BOTH = "both"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_MODES[self])


_MODES = {
    WorkMode.ONLINE: _l("オンライン"),
    WorkMode.ON_SITE: _l("現地"),
    WorkMode.BOTH: _l("オンラインと現地"),
}

#: The parts of a profile by their names, in the order of the form. "skills" covers the free ones.
PART_LABELS = {
    "name": _l("氏名"),
    "kana": _l("ふりがな"),
    "photo": _l("写真"),
    "affiliation": _l("所属"),
    "bio": _l("経歴"),
    "skills": _l("得意なこと"),
    "fields": _l("分野"),
    "can_do": _l("できること"),
    "wants": _l("やりたいこと"),
    "languages": _l("言語"),
    "hours_offered": _l("提供できる時間"),
    "mode": _l("働き方"),
    "places": _l("働ける場所"),
    "conditions": _l("条件"),
    "links": _l("リンク"),
}
#: What the form's columns are; the photo comes beside them.
COLUMNS = (
    *("name", "kana", "affiliation", "bio", "skills", "free_skills", "fields", "can_do", "wants"),
    *("languages", "hours_offered", "mode", "places", "conditions", "links", "hidden_from_towns"),
)
#: A town that works with a person knows their name; everything else is theirs to keep.
HIDEABLE = tuple(part for part in PART_LABELS if part != "name")


@dataclass(frozen=True, slots=True)
class SkillGroup:
    """One part of the vocabulary."""

    id: str
    #: Id and Japanese words of each, in the order of the file.
    skills: tuple[tuple[str, str], ...]
    words: str

    @property
    def label(self) -> str:
        """The group's name, in the reader's language."""
        return _(self.words)


def _vocabulary() -> tuple[SkillGroup, ...]:
    file = Path(__file__).parents[1] / "data" / "skills.toml"
    return tuple(
        SkillGroup(
            group["id"], tuple((s["id"], s["label"]) for s in group["skills"]), group["label"]
        )
        for group in tomllib.loads(file.read_text("utf-8"))["groups"]
    )


#: The vocabulary of what people are good at (identity/data/skills.toml).
SKILL_GROUPS = _vocabulary()
SKILLS = {ident: words for group in SKILL_GROUPS for ident, words in group.skills}


def skill_label(skill: str) -> str:
    """Return the words for a skill in the reader's language; unknown ids are shown as they are."""
    return _(SKILLS[skill]) if skill in SKILLS else skill


def skill_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return each group's words, and id and words of its skills, for a form."""
    return [
        (group.label, [(ident, skill_label(ident)) for ident, _words in group.skills])
        for group in SKILL_GROUPS
    ]


@dataclass(frozen=True, slots=True)
class ShownProfile:
    """A profile as one audience sees it; what is kept from them is empty."""

    name: str = ""
    kana: str = ""
    affiliation: str = ""
    bio: str = ""
    skills: tuple[str, ...] = ()
    free_skills: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    can_do: str = ""
    wants: str = ""
    languages: tuple[str, ...] = ()
    hours_offered: int | None = None
    #: A WorkMode, or '' when nothing is said.
    mode: str = ""
    places: str = ""
    conditions: str = ""
    links: tuple[dict[str, str], ...] = ()
    photo: bytes | None = None

    @property
    def skill_labels(self) -> list[str]:
        """The words for all skills, those of the vocabulary first."""
        return [*map(skill_label, self.skills), *self.free_skills]

    @property
    def mode_label(self) -> str:
        """The words for where the person works."""
        return WorkMode(self.mode).label if self.mode else ""


def shown(profile: Any, parts: Collection[str]) -> ShownProfile:
    """Return a profile with these of its parts, the others empty."""
    columns = set(parts) | ({"free_skills"} if "skills" in parts else set())
    values: dict[str, Any] = {}
    for column in columns & set(ShownProfile.__dataclass_fields__):
        value = getattr(profile, column)
        values[column] = tuple(value) if isinstance(value, list) else value
    if "mode" in values:
        values["mode"] = values["mode"] or ""
    return ShownProfile(**values)


def parts_for_towns(hidden: Collection[str]) -> tuple[str, ...]:
    """Return the parts that the towns a person works with see."""
    return tuple(part for part in PART_LABELS if part not in hidden or part not in HIDEABLE)


def changes(profile: Any, draft: Any) -> tuple[str, ...]:
    """Return which columns a form would change, "photo" among them."""
    changed = [c for c in COLUMNS if getattr(profile, c) != getattr(draft, c)]
    new = draft.photo is not None or draft.remove_photo
    if new and profile.photo != draft.photo:
        changed.append("photo")
    return tuple(changed)


def facts(profile: ShownProfile) -> list[tuple[str, str, str]]:
    """Return name, label and text of each part that is words and says something."""
    texts = {
        "kana": profile.kana,
        "affiliation": profile.affiliation,
        "bio": profile.bio,
        "skills": "、".join(profile.skill_labels),
        "fields": "、".join(profile.fields),
        "can_do": profile.can_do,
        "wants": profile.wants,
        "languages": "、".join(profile.languages),
        "hours_offered": ""
        if profile.hours_offered is None
        else _("1か月%(n)s時間まで", n=profile.hours_offered),
        "mode": profile.mode_label,
        "places": profile.places,
        "conditions": profile.conditions,
    }
    return [(part, str(PART_LABELS[part]), text) for part, text in texts.items() if text]


class Outdated(RuleViolation):
    """The form was opened before the profile was saved elsewhere."""

    def default_message(self) -> str:
        """Say what to do with what was typed."""
        return _(
            "このプロフィールは、別の画面で先に保存されました。入力した内容は下に残っています。"
            "いまの内容と見比べて、よければもう一度「保存する」を押してください。"
        )


def check_revision(opened: int, current: int) -> None:
    """Refuse a form that was opened before the last change."""
    if opened != current:
        raise Outdated


class OfferTooLow(RuleViolation):
    """Less is offered than towns have booked already."""


def check_offer(offered: int | None, *, month: dt.date, booked: int) -> None:
    """Refuse an offer that is less than what is booked in the fullest month."""
    if booked and (offered is None or offered < booked):
        raise OfferTooLow(
            _(
                "%(month)sは、すでに%(booked)s時間の約束があります。"
                "%(booked)s時間より少なくするには、先に自治体と相談して関わりを変えてください。",
                month=jp_month(month),
                booked=booked,
            )
        )


def check_room(kept: Sequence[Any]) -> None:
    """Refuse one more file than a person may keep."""
    if len(kept) >= MOST_FILES:
        raise RuleViolation(
            _("ファイルは%(most)s個までです。使わないものを外してください。", most=MOST_FILES)
        )
