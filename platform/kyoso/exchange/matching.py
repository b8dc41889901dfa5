"""Why a person would suit a need, and why not: in words, never as a bare score. Pure."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.search import search_key
from kyoso.identity.profiles.rules import SKILLS, WorkMode
from kyoso.municipal.needs.rules import skill_label


class Sign(enum.StrEnum):
    """What one reason says."""

    MET = "met"
    PARTLY = "partly"
    MISSING = "missing"
    UNKNOWN = "unknown"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_SIGNS[self][0])

    @property
    def tone(self) -> str:
        """How strongly its tag is shown."""
        return _SIGNS[self][1]


_SIGNS = {
    Sign.MET: (_l("合う"), "success"),
    Sign.PARTLY: (_l("一部合う"), "info"),
    Sign.MISSING: (_l("足りない"), "warning"),
    Sign.UNKNOWN: (_l("わからない"), "neutral"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a need asks for."""

    #: In Japanese words, as needs keep them.
    skills: Sequence[str] = ()
    hours_a_month: int | None = None
    #: None where it does not matter, or nothing is said.
    mode: WorkMode | None = None


@dataclass(frozen=True, slots=True)
class Offered:
    """What a person has to give, as far as whoever asks may know."""

    #: Ids of the vocabulary, and the person's own words.
    skills: Sequence[str] = ()
    #: What else they say of their work, in which a skill may be named.
    words: str = ""
    #: Left in this month; None where they do not show it.
    hours_left: int | None = None
    mode: WorkMode | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks for a person or against, as a sentence."""

    sign: Sign
    what: str
    words: str


def skills_met(asked: Asked, offered: Offered) -> list[str]:
    """Return which of the skills asked for the person names."""
    keys = {key for skill in offered.skills for key in _keys(SKILLS.get(skill, skill))}
    return [skill for skill in asked.skills if not keys.isdisjoint(_keys(skill))]


def _keys(skill: object) -> set[str]:
    """Return how a skill is compared: as it is, and without what stands in brackets behind it."""
    words = str(skill)
    return {search_key(words), search_key(words.partition("（")[0])}


def reasons(asked: Asked, offered: Offered) -> list[Reason]:
    """Return what speaks for the person and what against: skills, hours, mode."""
    return [*_of_skills(asked, offered), _of_hours(asked, offered), _of_mode(asked, offered)]


def _of_skills(asked: Asked, offered: Offered) -> list[Reason]:
    what = _("得意なこと")
    if not asked.skills:
        return [Reason(Sign.UNKNOWN, what, _("求めるスキルは書かれていません。"))]
    met = skills_met(asked, offered)
    missing = [skill for skill in asked.skills if skill not in met]
    told = search_key(offered.words)
    named = [skill for skill in missing if search_key(skill) in told]
    missing = [skill for skill in missing if skill not in named]
    found = []
    if met:
        sign = Sign.MET if not (named or missing) else Sign.PARTLY
        found.append(Reason(sign, what, _("%(skills)sが得意です。", skills=_said(met))))
    if named:
        said = _("%(skills)sについて、文章の中で触れています。", skills=_said(named))
        found.append(Reason(Sign.PARTLY, what, said))
    if missing:
        said = _("%(skills)sは、書かれていません。", skills=_said(missing))
        found.append(Reason(Sign.MISSING, what, said))
    return found


def _said(skills: Sequence[str]) -> str:
    return "、".join(skill_label(skill) for skill in skills)


def _of_hours(asked: Asked, offered: Offered) -> Reason:
    what, needed, left = _("時間"), asked.hours_a_month, offered.hours_left
    if left is None:
        return Reason(Sign.UNKNOWN, what, _("残りの時間は公開していません。"))
    if needed is None:
        said = _("必要な時間は決まっていません。今月の残りは%(left)s時間です。", left=left)
        return Reason(Sign.UNKNOWN, what, said)
    if left >= needed:
        said = _(
            "月に%(needed)s時間ほど必要で、今月の残りは%(left)s時間です。", needed=needed, left=left
        )
        return Reason(Sign.MET, what, said)
    if left > 0:
        said = _(
            "月に%(needed)s時間ほど必要ですが、今月の残りは%(left)s時間です（%(short)s時間足りません）。",
            needed=needed,
            left=left,
            short=needed - left,
        )
        return Reason(Sign.PARTLY, what, said)
    return Reason(Sign.MISSING, what, _("今月の残りの時間はありません。"))


def _of_mode(asked: Asked, offered: Offered) -> Reason:
    what = _("働き方")
    if asked.mode is None:
        return Reason(Sign.UNKNOWN, what, _("求める働き方は書かれていません。"))
    if offered.mode is None:
        return Reason(Sign.UNKNOWN, what, _("働き方は公開していません。"))
    wanted, given = asked.mode.label, offered.mode.label
    if offered.mode in {asked.mode, WorkMode.BOTH}:
        said = _("「%(wanted)s」で働けます。", wanted=wanted)
        return Reason(Sign.MET, what, said)
    said = _("「%(wanted)s」を求めていて、ご本人は「%(given)s」です。", wanted=wanted, given=given)
    return Reason(Sign.PARTLY if asked.mode is WorkMode.BOTH else Sign.MISSING, what, said)
