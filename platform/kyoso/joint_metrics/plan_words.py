"""A plan's result in the words and numbers of its pages. Pure: no database, no clock."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.exchange.matching import Sign
from kyoso.joint_metrics.preparing import Missing
from kyoso.municipal.needs.rules import skill_label


@dataclass(frozen=True, slots=True)
class Gain:
    """What one more person with a skill would bring."""

    skill: str
    hours: int
    value: float
    #: Whether everything was calculated anew, or the others stayed where they are.
    whole: bool


@dataclass(frozen=True, slots=True)
class Unmet:
    """A need whose hours are not all met, and what is missing."""

    town_id: uuid.UUID
    need_id: uuid.UUID
    #: None where its town does not show it any more.
    title: str | None
    asked: int
    met: int
    why: Missing
    skills: Sequence[str]
    #: How many people fail at what.
    others: Mapping[str, int]

    @property
    def words(self) -> list[str]:
        """Why it is nobody else: as many sentences as there are reasons."""
        said = {
            "own": _("自分の町の人（直接お願いします）：%(n)s人"),
            Missing.SKILL: _("スキルが合わない：%(n)s人"),
            Missing.MODE: _("働き方が合わない：%(n)s人"),
            Missing.HOURS: _("残りの時間が足りない：%(n)s人"),
            "elsewhere": _("合うが、ほかに割り当てた：%(n)s人"),
        }
        return [
            str(words) % {"n": self.others[key]}
            for key, words in said.items()
            if self.others.get(key)
        ]


@dataclass(frozen=True, slots=True)
class TownShare:
    """What one town asked for and gets."""

    town_id: uuid.UUID
    asked: int
    met: int
    target: float

    @property
    def percent(self) -> int:
        """The part that is met, in percent."""
        return round(100 * self.met / self.asked) if self.asked else 0


@dataclass(frozen=True, slots=True)
class Summary:
    """A plan's result as its pages show it."""

    asked: int
    met: int
    people: int
    without_hours: int
    gap: float
    seconds: float
    fairness: float
    towns: Sequence[TownShare]
    unmet: Sequence[Unmet]
    gains: Sequence[Gain]
    supposed: Sequence[tuple[uuid.UUID, int]]
    notes: Sequence[str]

    @classmethod
    def of(
        cls,
        result: Mapping[str, Any],
        titles: Mapping[uuid.UUID, str],
        order: Sequence[uuid.UUID] = (),
    ) -> Summary:
        """Return what a plan kept of its calculation, with the titles that may be seen.

        `order` is that of the towns.
        """
        places = {str(town): place for place, town in enumerate(order)}
        unmet = [
            Unmet(
                uuid.UUID(row["town"]),
                uuid.UUID(row["id"]),
                titles.get(uuid.UUID(row["id"])),
                row["asked"],
                row["met"],
                Missing(row["why"]),
                row["skills"],
                row["others"],
            )
            for row in sorted(result["needs"], key=lambda row: places.get(row["town"], 0))
            if row["why"]
        ]
        towns = [
            TownShare(uuid.UUID(town), int(one["asked"]), int(one["met"]), one["target"])
            for town, one in sorted(
                result["towns"].items(), key=lambda item: places.get(item[0], 0)
            )
        ]
        return cls(
            sum(one.asked for one in towns),
            result["hours"],
            result["people"],
            result["without_hours"],
            result["gap"],
            result["seconds"],
            result["fairness"],
            towns,
            unmet,
            [Gain(**gain) for gain in result["gains"]],
            [(uuid.UUID(one["need"]), one["hours"]) for one in result["supposed"]],
            result["notes"],
        )

    @property
    def percent(self) -> int:
        """The part of all hours that is met, in percent."""
        return round(100 * self.met / self.asked) if self.asked else 0

    @property
    def seconds_words(self) -> str:
        """How long the solver took."""
        if self.seconds < 1:
            return _("計算にかかった時間：1秒未満")
        return _("計算にかかった時間：%(n)s秒", n=round(self.seconds))

    @property
    def gap_words(self) -> str:
        """How good the plan is known to be."""
        if self.gap < 0.0005:
            return _("これより良い案はありません（最適）")
        return _("最適との差は%(percent)s%%以内", percent=f"{100 * self.gap:.1f}")


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one town between a plan and the one that it varies."""

    town_id: uuid.UUID
    before: int
    after: int


def compare(
    before: Mapping[str, Any], after: Mapping[str, Any], order: Sequence[uuid.UUID]
) -> list[Change]:
    """Return the hours met of each town in a plan and in its variation."""
    known = {*before["towns"], *after["towns"]}
    towns = [str(town) for town in order if str(town) in known]
    return [
        Change(
            uuid.UUID(town),
            int(before["towns"].get(town, {}).get("met", 0)),
            int(after["towns"].get(town, {}).get("met", 0)),
        )
        for town in towns
    ]


_FIT = {
    Sign.MET.value: _l("働き方が合います。"),
    Sign.PARTLY.value: _l("働き方は一部合います。"),
    Sign.UNKNOWN.value: _l("働き方は公開していません。"),
}


def skill_words(skills: Sequence[str]) -> str:
    """Return skills in the reader's language, one after the other."""
    return "、".join(skill_label(skill) for skill in skills)


def fit_words(reasons: Mapping[str, Any]) -> list[str]:
    """Return why it is this person, as sentences."""
    met, named, missing = (skill_words(reasons[key]) for key in ("met", "named", "missing"))
    words = []
    if met:
        words.append(_("%(skills)sが得意です。", skills=met))
    if named:
        words.append(_("%(skills)sについて、文章の中で触れています。", skills=named))
    if missing:
        words.append(_("%(skills)sは、書かれていません。", skills=missing))
    if not (met or named or missing):
        words.append(_("求めるスキルは書かれていません。"))
    return [*words, str(_FIT[reasons["mode"]])]
