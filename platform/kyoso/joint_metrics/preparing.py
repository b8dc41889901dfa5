"""Who fits which need, by the words of a plan; what is missing. Pure: no database, no clock."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.metrics import Month
from kyoso.core.search import search_key
from kyoso.exchange.matching import Sign
from kyoso.identity.profiles.rules import WorkMode
from kyoso.joint_metrics.assigning import Ask, Pair, Problem

#: What an hour counts when a skill is only named in what somebody wrote, is not asked for at all,
#: and when their way of working fits only in part or is not known.
NAMED, NOT_ASKED, MODE_PARTLY, MODE_UNKNOWN = 0.5, 0.5, 0.8, 0.9
#: An hour that the plan in force has too counts so much more: it changes only for a reason.
STAYS = 1.15
#: For so many of the skills most missing it is calculated what one more person would bring,
#: with so many hours a month.
GAINS, EXTRA_HOURS = 3, 20


class Priority(enum.IntEnum):
    """How much a need counts beside the others."""

    NONE = 0
    LOW = 1
    NORMAL = 2
    HIGH = 3
    FIRST = 4

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_PRIORITIES[self][0])

    @property
    def weight(self) -> float:
        """What an hour of it counts."""
        return _PRIORITIES[self][1]


_PRIORITIES = {
    Priority.NONE: (_l("この案では扱わない"), 0.0),
    Priority.LOW: (_l("低い"), 1.0),
    Priority.NORMAL: (_l("ふつう"), 2.0),
    Priority.HIGH: (_l("高い"), 4.0),
    Priority.FIRST: (_l("最優先"), 8.0),
}


class Missing(enum.StrEnum):
    """Why hours of a need are not met."""

    DROPPED = "dropped"
    HOURS_UNKNOWN = "hours_unknown"
    NOT_YET = "not_yet"
    SKILL = "skill"
    MODE = "mode"
    HOURS = "hours"
    TAKEN = "taken"
    PEOPLE = "people"

    @property
    def label(self) -> str:
        """The sentence a user sees."""
        return str(_MISSING[self])


_MISSING = {
    Missing.DROPPED: _l("優先度を「この案では扱わない」にしています。"),
    Missing.HOURS_UNKNOWN: _l("月の時間が書かれていないため、計算に入れられません。"),
    Missing.NOT_YET: _l("この案の期間より後に始まります。"),
    Missing.SKILL: _l("求めるスキルのある人が、ほかの町の掲載にいません。"),
    Missing.MODE: _l("スキルの合う人はいますが、働き方が合いません。"),
    Missing.HOURS: _l("スキルと働き方の合う人に、残りの時間がありません。"),
    Missing.TAKEN: _l("合う人の時間は、ほかの「求めていること」に割り当てました。"),
    Missing.PEOPLE: _l("一件に割り当てる人数の上限に達しました。"),
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a coordinator asks a plan for."""

    first_month: str
    months: int = 6
    most_people: int = 3
    block: int = 5
    #: In percent.
    floor: int = 50
    #: Whether lines of the plan in force count more.
    stable: bool = True
    #: By a need's id; the others are normal.
    priorities: Mapping[str, int] = field(default_factory=dict)
    #: What if there were somebody with this skill, for so many hours a month?
    extra_skill: str = ""
    extra_hours: int = 0

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        """Return the terms as a row keeps them."""
        return cls(**kept)

    def kept(self) -> dict[str, Any]:
        """Return them as a row keeps them."""
        return {**asdict(self), "priorities": dict(self.priorities)}

    @property
    def first(self) -> Month:
        """The first month."""
        year, number = self.first_month.split("-")
        return Month(int(year), int(number))

    @property
    def last(self) -> Month:
        """The last month."""
        return self.first + (self.months - 1)

    @property
    def supposes(self) -> bool:
        """Whether it supposes somebody who is not there: no town can accept that."""
        return bool(self.extra_skill and self.extra_hours)

    def priority(self, need_id: uuid.UUID) -> Priority:
        """Return the priority of a need."""
        return Priority(self.priorities.get(str(need_id), Priority.NORMAL))


@dataclass(frozen=True, slots=True)
class OpenNeed:
    """A need as its town shows it to the network."""

    id: uuid.UUID
    tenant_id: uuid.UUID
    skills: tuple[str, ...]
    hours_a_month: int | None
    mode: WorkMode | None
    opens_on: dt.date | None
    #: Hours of accepted lines that became requests and shares.
    under_way: int = 0

    @property
    def asked(self) -> int:
        """The hours that are still to be met."""
        return max(0, (self.hours_a_month or 0) - self.under_way)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A listed person, as far as a plan may know of them: no name, no profile."""

    listing_id: uuid.UUID
    #: The town whose listing it is, and every town that has them: those ask them directly.
    tenant_id: uuid.UUID
    towns: frozenset[uuid.UUID]
    #: Search keys of their skills, and of what else they say of their work.
    skills: frozenset[str]
    told: str
    mode: WorkMode | None
    #: Hours left in each month of the plan.
    left: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Fit:
    """How somebody fits a need."""

    met: tuple[str, ...]
    named: tuple[str, ...]
    missing: tuple[str, ...]
    mode: Sign

    @property
    def factor(self) -> float:
        """What an hour of theirs is worth for this need, at most 1."""
        asked = len(self.met) + len(self.named) + len(self.missing)
        skills = (len(self.met) + NAMED * len(self.named)) / asked if asked else NOT_ASKED
        return skills * {Sign.PARTLY: MODE_PARTLY, Sign.UNKNOWN: MODE_UNKNOWN}.get(self.mode, 1.0)

    def kept(self) -> dict[str, Any]:
        """Return it as a line keeps it."""
        return {
            "met": list(self.met),
            "named": list(self.named),
            "missing": list(self.missing),
            "mode": self.mode.value,
        }


def mode_sign(asked: WorkMode | None, offered: WorkMode | None) -> Sign:
    """Tell whether a way of working suits; what is not said on either side does not hinder."""
    if asked is None:
        return Sign.MET
    if offered is None:
        return Sign.UNKNOWN
    if offered in {asked, WorkMode.BOTH}:
        return Sign.MET
    return Sign.PARTLY if asked is WorkMode.BOTH else Sign.MISSING


@dataclass(frozen=True, slots=True)
class Prepared:
    """A problem for the solver, and what is known of it beside."""

    problem: Problem
    #: The needs of the problem, by their place in it.
    needs: tuple[OpenNeed, ...]
    fits: Mapping[tuple[int, int], Fit]
    #: For each need of the problem, how many people fail at what; see Missing.
    failing: Mapping[int, Counter[str]]
    #: Of every need that is no part of the problem, why.
    left_out: Mapping[uuid.UUID, Missing]


def prepare(
    terms: Terms,
    needs: Sequence[OpenNeed],
    people: Sequence[Candidate],
    running: frozenset[tuple[uuid.UUID, uuid.UUID]] = frozenset(),
) -> Prepared:
    """Return what is to be solved: only pairs of a need and somebody who can serve it.

    `running` holds (need, listing) of the lines of the plan in force.
    """
    left_out = {need.id: why for need in needs if (why := _left_out(terms, need))}
    inside = tuple(need for need in needs if need.id not in left_out and need.asked)
    having, telling = _by_skill(inside, people)
    asks, pairs = [], []
    fits: dict[tuple[int, int], Fit] = {}
    failing: dict[int, Counter[str]] = {}
    for number, need in enumerate(inside):
        begins = max(0, _months_until(terms, need))
        ask = Ask(
            str(need.tenant_id), need.asked, min(terms.block, need.asked), terms.most_people, begins
        )
        asks.append(ask)
        failing[number] = Counter()
        weight = terms.priority(need.id).weight
        fitting = _fitting(need, having, telling, len(people))
        # Most fit alike: one object for each way, not for each of 400,000 pairs.
        ways: dict[tuple[Skills, Sign], Fit] = {}
        for place, person in enumerate(people):
            fit = fitting.get(place)
            sign = mode_sign(need.mode, person.mode)
            wrong = _why_not(ask, need, person, fit is not None, sign)
            if wrong or fit is None:
                failing[number][wrong] += 1
                continue
            found = ways.setdefault((fit, sign), Fit(*fit, sign))
            stays = STAYS if (need.id, person.listing_id) in running else 1.0
            fits[number, place] = found
            pairs.append(Pair(number, place, weight * found.factor * stays))
    floor = terms.floor / 100
    problem = Problem(asks, [person.left for person in people], pairs, floor)
    return Prepared(problem, inside, fits, failing, left_out)


def _left_out(terms: Terms, need: OpenNeed) -> Missing | None:
    if terms.priority(need.id) is Priority.NONE:
        return Missing.DROPPED
    if need.hours_a_month is None:
        return Missing.HOURS_UNKNOWN
    return Missing.NOT_YET if _months_until(terms, need) >= terms.months else None


def _months_until(terms: Terms, need: OpenNeed) -> int:
    if need.opens_on is None:
        return 0
    opens, first = Month.of(need.opens_on), terms.first
    return (opens.year - first.year) * 12 + opens.number - first.number


def _by_skill(
    needs: Sequence[OpenNeed], people: Sequence[Candidate]
) -> tuple[dict[str, set[int]], dict[str, set[int]]]:
    """Return who has each skill that is asked for, and who names it in what they wrote."""
    having: dict[str, set[int]] = {}
    telling: dict[str, set[int]] = {}
    for skill in {skill for need in needs for skill in need.skills}:
        key = search_key(skill)
        having[skill] = {n for n, one in enumerate(people) if key in one.skills}
        telling[skill] = {n for n, one in enumerate(people) if key in one.told} - having[skill]
    return having, telling


Skills = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]


def _fitting(
    need: OpenNeed,
    having: Mapping[str, set[int]],
    telling: Mapping[str, set[int]],
    people: int,
) -> dict[int, Skills]:
    """Return the people with at least one of the skills: those met, named and missing."""
    if not need.skills:
        return dict.fromkeys(range(people), ((), (), ()))
    places = set().union(*(having[s] | telling[s] for s in need.skills))
    return {
        place: (
            tuple(s for s in need.skills if place in having[s]),
            tuple(s for s in need.skills if place in telling[s]),
            tuple(s for s in need.skills if place not in having[s] and place not in telling[s]),
        )
        for place in places
    }


def _why_not(ask: Ask, need: OpenNeed, person: Candidate, skilled: bool, sign: Sign) -> str:
    if need.tenant_id in person.towns:
        return "own"
    if not skilled:
        return Missing.SKILL
    if sign is Sign.MISSING:
        return Missing.MODE
    return Missing.HOURS if min(person.left[ask.first :]) < ask.least else ""


def why_missing(ask: Ask, people: int, failing: Counter[str], fitting: int) -> Missing:
    """Tell what a need lacks whose hours are not all met."""
    if people >= ask.most_people:
        return Missing.PEOPLE
    if fitting > people:
        return Missing.TAKEN
    if failing[Missing.HOURS] or fitting:
        return Missing.HOURS
    return Missing.MODE if failing[Missing.MODE] else Missing.SKILL


def most_missing(
    prepared: Prepared, terms: Terms, unmet: Mapping[int, int]
) -> list[tuple[str, dict[int, float]]]:
    """Return the skills most missing, each with the needs it serves and what an hour is worth."""
    missed: dict[str, float] = defaultdict(float)
    serves: dict[str, dict[int, float]] = defaultdict(dict)
    for number, hours in unmet.items():
        need = prepared.needs[number]
        weight = terms.priority(need.id).weight
        for skill in need.skills:
            missed[skill] += weight * hours / len(need.skills)
            serves[skill][number] = weight / len(need.skills)
    order = sorted(missed, key=lambda skill: (-missed[skill], skill))
    return [(skill, serves[skill]) for skill in order[:GAINS]]


def contradictions(terms: Terms, prepared: Prepared, met: Mapping[int, int]) -> list[str]:
    """Return what is odd about the priorities, as codes; see note_words."""
    first = [
        number
        for number, need in enumerate(prepared.needs)
        if terms.priority(need.id) is Priority.FIRST
    ]
    notes = []
    if len(first) > 1 and any(met.get(n, 0) < prepared.needs[n].asked for n in first):
        notes.append("several_first")
    if first and len(first) == len(prepared.needs) > 1:
        notes.append("all_first")
    if not prepared.needs and prepared.left_out:
        notes.append("all_out")
    return notes
