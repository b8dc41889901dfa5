"""The exact assignment of people's hours to needs, by mixed integer programming. Pure.

How, and why it is fast enough: docs/decisions/0020-allocation.md. Only the worker imports this.
"""

from __future__ import annotations

import heapq
import math
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from kyoso.joint_metrics.assigning import Limits, Pair, Problem, Result
from kyoso.joint_metrics.linear import (
    BROKEN,
    FEASIBLE,
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
#: In a larger one, so many of a need's best pairs are looked at for fairness.
NEAR = 3
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

    def greedy(self, targets: Mapping[str, float] | None = None) -> Floats:
        """Return an assignment to begin with: the most valuable hours first.

        With targets, the town that is furthest below its own chooses before all others do.
        """
        hand = _Hand(self)
        order = np.argsort(-self.value, kind="stable")
        queues = {
            town: deque(order[self.town[order] == self.towns[town]]) for town in targets or {}
        }
        waiting = [(0.0, town) for town in sorted(queues)]
        while waiting:
            _share, town = heapq.heappop(waiting)
            queue, met = queues[town], hand.met[self.towns[town]]
            while queue and hand.met[self.towns[town]] == met:
                hand.give(int(queue.popleft()))
            share = hand.met[self.towns[town]] / (targets or {})[town]
            if queue and share < 1.0:
                heapq.heappush(waiting, (share, town))
        for column in order:
            hand.give(int(column))
        return hand.hours

    def fairness(self, hours: Floats, targets: Mapping[str, float]) -> float:
        """Return the part of its target that the worst-off town gets."""
        met = np.bincount(self.town, hours, len(self.towns))
        return min((min(1.0, met[self.towns[t]] / goal) for t, goal in targets.items()), default=1)

    def fairest(self, targets: Mapping[str, float], seconds: float, start: Floats) -> Floats:
        """Return an assignment in which the worst-off town gets the most."""
        start = max(start, self.greedy(targets), key=lambda one: self.fairness(one, targets))
        if self.fairness(start, targets) >= 1.0:
            return start
        chosen = self._nearest(start)
        gap = 0.0 if len(chosen) == self.count else 0.01
        found, _bound = self._whole(chosen, start, seconds, gap, fair=targets)
        better = self.fairness(found, targets) > self.fairness(start, targets)
        return self._filled(found) if better else start

    def _filled(self, hours: Floats) -> Floats:
        """Return an assignment with whatever else is possible beside it."""
        hand = _Hand(self)
        for column in [*np.flatnonzero(hours), *np.argsort(-self.value, kind="stable")]:
            hand.give(int(column), int(hours[column]))
        return hand.hours

    def best(
        self, floors: Mapping[str, float], start: Floats, gap: float, left: Callable[..., float]
    ) -> tuple[Floats, float]:
        """Return the most valuable assignment above the floors, and what none can exceed."""
        if self.count <= FEW:
            everything = np.arange(self.count)
            hours, bound = self._whole(everything, start, left(), gap, floors=floors)
            return hours, bound
        relaxed = self._relaxed(floors)
        bound, hours, size = relaxed.value, start, 0
        while True:
            # At first only what the relaxed answer speaks for: a poor assignment to begin with
            # would fill the place of better pairs, and the solver is slower with it.
            begin = hours if size else None
            size = size * 2 or max(FEW, 3 * len(self.problem.needs) // 2)
            chosen = self._choose(relaxed, begin, size)
            found, over = self._whole(chosen, begin, left(0.5), gap / 4, floors=floors)
            gained = float(self.value @ found - self.value @ hours)
            if gained > 0:
                hours = found
            if len(chosen) == self.count:
                bound = min(bound, over)
            worth = float(self.value @ hours)
            stuck = begin is not None and gained <= gap / 10 * bound
            if bound - worth <= gap * bound or len(chosen) == self.count or stuck or left() <= 1.0:
                return hours, max(bound, worth)

    def _nearest(self, start: Floats) -> Ints:
        """Return the pairs of an assignment, and of each need the few best beside them."""
        if self.count <= FEW:
            return np.arange(self.count)
        order = np.lexsort((np.arange(self.count), -self.value, self.need))
        sorted_needs = self.need[order]
        place = np.arange(self.count) - np.searchsorted(sorted_needs, sorted_needs)
        near = np.zeros(self.count, dtype=bool)
        near[order[place < NEAR]] = True
        return np.flatnonzero(near | (start > 0))

    def _choose(self, relaxed: _Relaxed, begin: Floats | None, size: int) -> Ints:
        """Return the pairs most worth a closer look: those used, then by what they would cost."""
        used = relaxed.hours > TINY
        if begin is not None:
            used |= begin > 0
        order = np.lexsort((np.arange(self.count), -relaxed.worth, ~used))
        return np.sort(order[: max(size, int(used.sum()))])

    def _relaxed(self, floors: Mapping[str, float]) -> _Relaxed:
        """Solve it over all pairs without blocks and whole hours: no assignment is better."""
        everything = np.arange(self.count)
        rows = self._rows(everything, floors, None)
        rows.add(self.need, 1 / self.cap, self._most())
        solver = solver_of(self.value, self.cap, rows)
        solver.run()
        solution = solver.getSolution()
        return _Relaxed(
            solver.getInfo().objective_function_value,
            np.array(solution.col_value),
            np.array(solution.col_dual),
        )

    def _whole(
        self,
        chosen: Ints,
        begin: Floats | None,
        seconds: float,
        gap: float,
        floors: Mapping[str, float] | None = None,
        fair: Mapping[str, float] | None = None,
    ) -> tuple[Floats, float]:
        """Solve it in whole hours over some pairs, from an assignment of these or from nothing.

        What comes back is `begin`, or nothing at all, where the time was too short.
        """
        size = len(chosen)
        rows = self._rows(chosen, floors, fair)
        # A column of hours, one that says whether it is used, and the worst-off town's part.
        each = np.arange(size)
        rows.add(self.need[chosen], np.ones(size), self._most(), offset=size + 1)
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
        if begin is not None:
            first = begin[chosen]
            part = [self.fairness(begin, fair)] if fair else [0.0]
            solver.setSolution(known_solution(np.concatenate([first, part, first > 0])))
        solver.run()
        hours = np.zeros(self.count)
        told = solver.getInfo()
        if told.primal_solution_status == FEASIBLE:
            hours[chosen] = np.round(np.array(solver.getSolution().col_value)[:size])
        elif begin is not None:
            hours = begin
        return hours, float(told.mip_dual_bound)

    def _most(self) -> Floats:
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


class _Hand:
    """Gives hours away pair by pair, and keeps to what is left of needs and people."""

    def __init__(self, model: _Model) -> None:
        self.model = model
        self.hours = np.zeros(model.count)
        self.met = [0] * len(model.towns)
        self.asked = [need.hours for need in model.problem.needs]
        self.people = [need.most_people for need in model.problem.needs]
        self.left = [list(one) for one in model.problem.left]

    def give(self, column: int, most: int = 0) -> None:
        """Give a pair so much, or all that its need lacks and its person has, if that is of use."""
        model = self.model
        need, person = int(model.need[column]), int(model.person[column])
        first = model.problem.needs[need].first
        hours = most or min(self.asked[need], *self.left[person][first:])
        if self.hours[column] or not self.people[need] or hours < model.least[column]:
            return
        self.hours[column] = hours
        self.asked[need] -= hours
        self.people[need] -= 1
        self.met[model.town[column]] += hours
        for month in range(first, len(self.left[person])):
            self.left[person][month] -= hours


@dataclass(frozen=True, slots=True)
class _Relaxed:
    """The relaxed problem's value, its hours, and what each pair is worth beside the others."""

    value: float
    hours: Floats
    worth: Floats
