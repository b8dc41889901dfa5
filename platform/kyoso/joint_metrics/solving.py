"""The exact assignment of people's hours to needs, by mixed integer programming. Pure.

How, and why it is fast enough: docs/decisions/0020-allocation.md. Only the worker imports this.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from kyoso.joint_metrics.assigning import Limits, Pair, Problem, Result
from kyoso.joint_metrics.linear import (
    BROKEN,
    TINY,
    WHOLE,
    Floats,
    Ints,
    Rows,
    known_solution,
    solver_of,
)

#: Up to so many pairs are given to the solver all at once: then the answer is proven.
FEW = 400
#: Of the seconds there are, how many go to fairness, and how long one town alone may take.
FAIRNESS_PART, TOWN_SECONDS = 0.25, 2.0


def assign(problem: Problem, limits: Limits | None = None) -> Result:
    """Return the best assignment found within the limits: first fair, then of the most value."""
    limits = limits or Limits()
    began = time.monotonic()
    model = _Model(problem)
    if not model.count:
        return Result({}, 0.0, 0.0, time.monotonic() - began)

    def left(part: float = 1.0) -> float:
        return max(1.0, (limits.seconds - (time.monotonic() - began)) * part)

    targets = _targets(problem, left(FAIRNESS_PART))
    start = model.greedy()
    if targets:
        start = model.fairest(targets, left(FAIRNESS_PART), start)
    fairness = model.fairness(start, targets)
    floors = {town: hours * fairness - TINY for town, hours in targets.items()}
    hours, bound = model.best(floors, start, limits.gap, left)
    return Result(
        {
            (int(model.need[c]), int(model.person[c])): int(hours[c])
            for c in np.flatnonzero(hours > 0)
        },
        float(model.value @ hours),
        bound,
        time.monotonic() - began,
        targets,
        fairness,
    )


def add_person(
    problem: Problem, result: Result, left: tuple[int, ...], values: Mapping[int, float]
) -> tuple[int, float, bool]:
    """Return the hours and the value that one more person would bring, and whether that is all.

    A small problem is solved anew; in a large one the others stay where they are, so that what
    is told is the least they bring.
    """
    number = len(problem.left)
    pairs = [Pair(need, number, value) for need, value in values.items()]
    if len(problem.pairs) + len(pairs) <= FEW and result.gap < TINY:
        more = replace(problem, left=[*problem.left, left], pairs=[*problem.pairs, *pairs])
        better = assign(more, Limits(5.0, 0.0))
        extra = sum(better.hours.values()) - sum(result.hours.values())
        return extra, better.value - result.value, True
    served: dict[int, list[int]] = {}
    for (need, _person), hours in result.hours.items():
        served.setdefault(need, []).append(hours)
    needs = [
        replace(
            ask,
            hours=ask.hours - sum(served.get(number, ())),
            most_people=ask.most_people - len(served.get(number, ())),
        )
        for number, ask in enumerate(problem.needs)
    ]
    alone = [Pair(need, 0, value) for need, value in values.items()]
    rest = assign(Problem(needs, [left], alone), Limits(2.0, 0.0))
    return sum(rest.hours.values()), rest.value, False


def _targets(problem: Problem, seconds: float) -> dict[str, float]:
    """Return what each town should get at least: its floor, or what it would get all alone."""
    asked: dict[str, int] = {}
    for need in problem.needs:
        asked[need.town] = asked.get(need.town, 0) + need.hours
    if problem.floor <= 0 or len(asked) < 2:
        return {}
    by_town: dict[str, list[Pair]] = {town: [] for town in asked}
    for pair in problem.pairs:
        by_town[problem.needs[pair.need].town].append(pair)
    ends = time.monotonic() + seconds
    targets = {}
    for town in sorted(asked):
        wanted = problem.floor * asked[town]
        alone = _Model(replace(problem, pairs=by_town[town]))
        if not alone.count:
            continue
        reached = alone.greedy()
        if reached.sum() < wanted and time.monotonic() < ends:
            alone.value = np.ones(alone.count)
            # Not a minute more than it takes to know that it can have its part.
            reached, _bound = alone.best({}, reached, 0.0, lambda _part=1.0: TOWN_SECONDS)
        if reached.sum() > 0:
            targets[town] = min(wanted, float(reached.sum()))
    return targets


class _Model:
    """The pairs as columns, and the rows that hold them together."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        caps = [problem.cap(pair) for pair in problem.pairs]
        usable = [
            (pair, cap)
            for pair, cap in zip(problem.pairs, caps, strict=True)
            if cap >= problem.needs[pair.need].least > 0
            and problem.needs[pair.need].most_people > 0
            and pair.value > 0
        ]
        self.count = len(usable)
        self.need: Ints = np.array([pair.need for pair, _cap in usable], dtype=np.int64)
        self.person: Ints = np.array([pair.person for pair, _cap in usable], dtype=np.int64)
        self.value: Floats = np.array([pair.value for pair, _cap in usable])
        self.cap: Floats = np.array([cap for _pair, cap in usable], dtype=np.float64)
        self.least: Floats = np.array(
            [problem.needs[pair.need].least for pair, _cap in usable], dtype=np.float64
        )
        towns = sorted({need.town for need in problem.needs})
        self.towns = {town: place for place, town in enumerate(towns)}
        of_need = np.array([self.towns[need.town] for need in problem.needs], dtype=np.int64)
        self.town: Ints = of_need[self.need] if self.count else self.need
        self._months()

    def _months(self) -> None:
        """Put months together in which the same needs run: what counts is the fullest."""
        needs, left = self.problem.needs, self.problem.left
        starts = sorted({need.first for need in needs})
        months = max((len(one) for one in left), default=0)
        ends = [*starts[1:], months] if starts else []
        self.first: Ints = np.array([needs[n].first for n in self.need], dtype=np.int64)
        self.periods: list[tuple[int, Floats]] = []
        for begin, end in zip(starts, ends, strict=True):
            if begin < end:
                least = np.array([min(one[begin:end], default=0) for one in left], dtype=float)
                self.periods.append((begin, least))

    def greedy(self) -> Floats:
        """Return an assignment to begin with: the most valuable hours first."""
        hours = np.zeros(self.count)
        needs = [need.hours for need in self.problem.needs]
        people = [need.most_people for need in self.problem.needs]
        left = [list(one) for one in self.problem.left]
        for c in np.argsort(-self.value, kind="stable"):
            need, person = int(self.need[c]), int(self.person[c])
            first = self.problem.needs[need].first
            given = min(needs[need], *left[person][first:])
            if people[need] and given >= self.least[c]:
                hours[c] = given
                needs[need] -= given
                people[need] -= 1
                for month in range(first, len(left[person])):
                    left[person][month] -= given
        return hours

    def fairness(self, hours: Floats, targets: Mapping[str, float]) -> float:
        """Return the part of its target that the worst-off town gets."""
        met = np.bincount(self.town, hours, len(self.towns))
        return min((min(1.0, met[self.towns[t]] / goal) for t, goal in targets.items()), default=1)

    def fairest(self, targets: Mapping[str, float], seconds: float, start: Floats) -> Floats:
        """Return an assignment in which the worst-off town gets the most."""
        if self.fairness(start, targets) >= 1.0:
            return start
        relaxed = self._relaxed(fair=targets)
        chosen = self._choose(relaxed, start)
        found = self._whole(
            chosen, start, seconds, 0.0 if self.count <= FEW else 0.02, fair=targets
        )
        better = self.fairness(found[0], targets) > self.fairness(start, targets)
        return found[0] if better else start

    def best(
        self, floors: Mapping[str, float], start: Floats, gap: float, left: Callable[..., float]
    ) -> tuple[Floats, float]:
        """Return the most valuable assignment above the floors, and what none can exceed."""
        if self.count <= FEW:
            everything = np.arange(self.count)
            hours, bound = self._whole(everything, start, left(), gap, floors=floors)
            return hours, bound
        relaxed = self._relaxed(floors=floors)
        bound, hours, size = relaxed.value, start, 0
        while True:
            size = size * 2 or max(FEW, 2 * len(self.problem.needs))
            chosen = self._choose(relaxed, hours, size)
            share = left(0.6)
            hours, found = self._whole(chosen, hours, share, gap / 4, floors=floors)
            if len(chosen) == self.count:
                bound = min(bound, found)
            worth = float(self.value @ hours)
            if bound - worth <= gap * bound or len(chosen) == self.count or left() <= 1.0:
                return hours, max(bound, worth)

    def _choose(self, relaxed: _Relaxed, start: Floats, size: int = 0) -> Ints:
        """Return the pairs most worth a closer look: those used, then by what they would cost."""
        size = max(size, FEW, 2 * len(self.problem.needs))
        used = (relaxed.hours > TINY) | (start > 0)
        order = np.lexsort((np.arange(self.count), -relaxed.worth, ~used))
        return np.sort(order[: max(size, int(used.sum()))])

    def _relaxed(
        self,
        floors: Mapping[str, float] | None = None,
        fair: Mapping[str, float] | None = None,
    ) -> _Relaxed:
        """Solve it over all pairs without blocks and whole hours: no assignment is better."""
        rows = self._rows(np.arange(self.count), floors, fair)
        counted = 1 / self.cap
        rows.add(self.need, counted, self._most(np.arange(self.count)), offset=0)
        cost = np.zeros(self.count + 1) if fair else np.append(self.value, 0.0)
        if fair:
            cost[-1] = 1.0
        upper = np.append(self.cap, 1.0)
        solver = solver_of(cost, upper, rows)
        solver.run()
        solution = solver.getSolution()
        return _Relaxed(
            solver.getInfo().objective_function_value,
            np.array(solution.col_value)[:-1],
            np.array(solution.col_dual)[:-1],
        )

    def _whole(
        self,
        chosen: Ints,
        start: Floats,
        seconds: float,
        gap: float,
        floors: Mapping[str, float] | None = None,
        fair: Mapping[str, float] | None = None,
    ) -> tuple[Floats, float]:
        """Solve it in whole hours over some pairs; never worse than `start`, which is among them."""
        size = len(chosen)
        rows = self._rows(chosen, floors, fair)
        # A column of hours, one that says whether it is used, and the worst-off town's part.
        each = np.arange(size)
        rows.add(self.need[chosen], np.ones(size), self._most(chosen), offset=size + 1)
        rows.tie(each, each + size + 1, -self.cap[chosen], -math.inf, 0.0)
        rows.tie(each, each + size + 1, -self.least[chosen], 0.0, math.inf)
        cost = np.zeros(2 * size + 1)
        if fair:
            cost[size] = 1.0
        else:
            cost[:size] = self.value[chosen]
        upper = np.concatenate([self.cap[chosen], [1.0], np.ones(size)])
        kinds = [WHOLE] * (2 * size + 1)
        kinds[size] = BROKEN
        solver = solver_of(cost, upper, rows, kinds, seconds=seconds, gap=gap)
        first = start[chosen]
        part = [self.fairness(start, fair)] if fair else [0.0]
        solver.setSolution(known_solution(np.concatenate([first, part, first > 0])))
        solver.run()
        hours = np.zeros(self.count)
        values = np.array(solver.getSolution().col_value)
        bound = float(solver.getInfo().mip_dual_bound)
        if len(values) != 2 * size + 1:
            return start, bound
        hours[chosen] = np.round(values[:size])
        return hours, bound

    def _most(self, chosen: Ints) -> Floats:
        return np.array([need.most_people for need in self.problem.needs], dtype=float)

    def _rows(
        self,
        chosen: Ints,
        floors: Mapping[str, float] | None,
        fair: Mapping[str, float] | None,
    ) -> Rows:
        """Return what every assignment keeps to: a need's hours, a person's months, the floors."""
        rows, ones = Rows(), np.ones(len(chosen))
        asked = np.array([need.hours for need in self.problem.needs], dtype=float)
        rows.add(self.need[chosen], ones, asked)
        for begin, least in self.periods:
            runs = np.flatnonzero(self.first[chosen] <= begin)
            rows.add(self.person[chosen][runs], ones[runs], least, columns=runs)
        place = len(chosen)
        for town, goal in sorted((fair or floors or {}).items()):
            columns = np.flatnonzero(self.town[chosen] == self.towns[town])
            if fair:
                rows.one(np.append(columns, place), np.append(ones[columns], -goal), 0.0)
            else:
                rows.one(columns, ones[columns], goal)
        return rows


@dataclass(frozen=True, slots=True)
class _Relaxed:
    """The relaxed problem's value, its hours, and what each pair is worth beside the others."""

    value: float
    hours: Floats
    worth: Floats
