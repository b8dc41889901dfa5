"""The solver against trying everything, and against its own rules."""

import itertools
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kyoso.joint_metrics.assigning import Ask, Limits, Pair, Problem, Result
from kyoso.joint_metrics.solving import FEW, add_person, assign

EXACT = Limits(20.0, 0.0)
NO_FLOOR = st.just(0.0)


@st.composite
def problems(draw, floor=NO_FLOOR):
    months = draw(st.integers(1, 2))
    needs = [
        Ask(
            draw(st.sampled_from("ab")),
            hours := draw(st.integers(1, 5)),
            min(draw(st.integers(1, 3)), hours),
            draw(st.integers(1, 2)),
            draw(st.integers(0, months - 1)),
        )
        for _ in range(draw(st.integers(1, 3)))
    ]
    left = [
        tuple(draw(st.integers(0, 5)) for _ in range(months))
        for _ in range(draw(st.integers(1, 2)))
    ]
    pairs = [
        Pair(need, person, draw(st.sampled_from([0.25, 0.5, 1.0, 2.0, 8.0])))
        for need in range(len(needs))
        for person in range(len(left))
        if draw(st.integers(0, 3))
    ]
    return Problem(needs, left, pairs, draw(floor))


def allowed(problem: Problem, hours: dict[tuple[int, int], int]) -> bool:
    """Tell whether an assignment keeps to every rule."""
    for number, need in enumerate(problem.needs):
        given = [h for (one, _p), h in hours.items() if one == number and h]
        if sum(given) > need.hours or len(given) > need.most_people:
            return False
        if any(h < need.least for h in given):
            return False
    for person, months in enumerate(problem.left):
        for month, left in enumerate(months):
            runs = sum(
                h for (n, p), h in hours.items() if p == person and problem.needs[n].first <= month
            )
            if runs > left:
                return False
    return True


def every_assignment(problem: Problem):
    choices = [range(max(0, problem.cap(pair)) + 1) for pair in problem.pairs]
    for chosen in itertools.product(*choices):
        hours = {
            (pair.need, pair.person): h for pair, h in zip(problem.pairs, chosen, strict=True) if h
        }
        if allowed(problem, hours):
            yield hours


def worth(problem: Problem, hours) -> float:
    return sum(pair.value * hours.get((pair.need, pair.person), 0) for pair in problem.pairs)


def by_town(problem: Problem, hours) -> dict[str, int]:
    met = dict.fromkeys((need.town for need in problem.needs), 0)
    for (need, _person), h in hours.items():
        met[problem.needs[need].town] += h
    return met


RELAXED = settings(
    max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


@RELAXED
@given(problems())
def test_nothing_is_worth_more_than_what_the_solver_finds(problem):
    found = assign(problem, EXACT)
    assert allowed(problem, dict(found.hours))
    best = max(worth(problem, hours) for hours in every_assignment(problem))
    assert found.value == pytest.approx(best)
    assert found.bound == pytest.approx(best)


@RELAXED
@given(problems(st.sampled_from([0.3, 0.5, 1.0])))
def test_the_worst_off_town_gets_as_much_as_it_can_and_then_the_most_is_met(problem):
    found = assign(problem, EXACT)
    assert allowed(problem, dict(found.hours))
    everything = list(every_assignment(problem))
    asked = dict.fromkeys(by_town(problem, {}), 0)
    for need in problem.needs:
        asked[need.town] += need.hours
    alone = {town: max(by_town(problem, hours)[town] for hours in everything) for town in asked}
    targets = {town: min(problem.floor * asked[town], alone[town]) for town in asked if alone[town]}
    if len(asked) < 2:
        targets = {}

    def fair(hours) -> float:
        met = by_town(problem, hours)
        return min((min(1.0, met[t] / goal) for t, goal in targets.items()), default=1.0)

    fairest = max(map(fair, everything))
    assert found.fairness == pytest.approx(fairest)
    best = max(worth(problem, hours) for hours in everything if fair(hours) >= fairest - 1e-9)
    assert found.value == pytest.approx(best)


def crowd(needs: int, people: int, floor: float = 0.5, seed: int = 7) -> Problem:
    """Return a problem that is too large to be tried out."""
    random_ = random.Random(seed)  # noqa: S311 (not for secrets)
    asks = []
    for _ in range(needs):
        hours = random_.choice([5, 8, 10, 15, 20, 40])
        first = random_.choice([0, 0, 0, 1])
        asks.append(Ask(f"t{random_.randrange(6)}", hours, min(5, hours), 3, first))
    left = []
    for _ in range(people):
        most = random_.choice([0, 8, 15, 20, 30])
        left.append((max(0, most - random_.choice([0, 0, 10])), most, most))
    pairs = [
        Pair(need, person, random_.choice([0.5, 0.8, 1.0]) * random_.choice([1, 2, 4, 8]))
        for need in range(needs)
        for person in range(people)
        if random_.random() < 0.1
    ]
    return Problem(asks, left, pairs, floor)


def test_a_large_plan_keeps_to_every_rule_and_says_how_good_it_is():
    problem = crowd(120, 80)
    assert len(problem.pairs) > FEW
    found = assign(problem, Limits(20.0, 0.01))
    assert allowed(problem, dict(found.hours))
    assert worth(problem, found.hours) == pytest.approx(found.value)
    assert found.value <= found.bound
    assert found.gap <= 0.02
    met = by_town(problem, found.hours)
    for town, goal in found.targets.items():
        assert met[town] >= found.fairness * goal - 1e-4


def test_the_same_question_gets_the_same_answer():
    problem = crowd(60, 40)
    first, second = (assign(problem, Limits(60.0, 0.02)) for _ in range(2))
    assert first.hours == second.hours


def test_nobody_and_nothing_give_an_empty_plan():
    assert assign(Problem([], [], [])).hours == {}
    lonely = Problem([Ask("a", 10, 5, 3)], [(0,)], [Pair(0, 0, 1.0)], 0.5)
    assert assign(lonely, EXACT).hours == {}
    assert assign(lonely, EXACT).gap == 0


def test_less_than_a_useful_block_is_given_to_nobody():
    problem = Problem(
        [Ask("a", 10, 5, 3), Ask("b", 3, 3, 3)], [(4,)], [Pair(0, 0, 9), Pair(1, 0, 1)]
    )
    assert assign(problem, EXACT).hours == {(1, 0): 3}


def test_only_so_many_people_share_a_need():
    problem = Problem([Ask("a", 20, 5, 2)], [(5,), (6,), (7,)], [Pair(0, p, 1) for p in range(3)])
    assert assign(problem, EXACT).hours == {(0, 1): 6, (0, 2): 7}


def test_a_person_is_never_over_their_hours_in_the_fullest_month():
    problem = Problem(
        [Ask("a", 10, 1, 1), Ask("b", 10, 1, 1, first=1)],
        [(10, 12, 9)],
        [Pair(0, 0, 1.0), Pair(1, 0, 2.0)],
    )
    assert assign(problem, EXACT).hours == {(1, 0): 9}


def test_without_fairness_the_dearer_town_takes_all_and_with_it_both_get_their_part():
    needs = [Ask("a", 10, 1, 1), Ask("b", 10, 1, 1)]
    pairs = [Pair(0, 0, 8.0), Pair(1, 0, 1.0)]
    assert assign(Problem(needs, [(10,)], pairs), EXACT).hours == {(0, 0): 10}
    fair = assign(Problem(needs, [(10,)], pairs, 0.4), EXACT)
    assert fair.hours == {(0, 0): 6, (1, 0): 4}
    assert fair.fairness == 1
    torn = assign(Problem(needs, [(10,)], pairs, 1.0), EXACT)
    assert torn.hours == {(0, 0): 5, (1, 0): 5}
    assert torn.fairness == pytest.approx(0.5)


def test_a_town_that_nobody_can_serve_does_not_hold_the_others_down():
    needs = [Ask("a", 10, 1, 1), Ask("b", 10, 1, 1), Ask("c", 10, 1, 1)]
    pairs = [Pair(0, 0, 8.0), Pair(1, 0, 1.0)]
    found = assign(Problem(needs, [(10,)], pairs, 0.4), EXACT)
    assert found.hours == {(0, 0): 6, (1, 0): 4}
    assert set(found.targets) == {"a", "b"}


def test_one_more_person_is_worth_what_the_plan_gains_when_solved_anew():
    problem = Problem(
        [Ask("a", 10, 1, 2), Ask("b", 10, 1, 2)], [(10,)], [Pair(0, 0, 2), Pair(1, 0, 1)]
    )
    found = assign(problem, EXACT)
    assert add_person(problem, found, (6,), {0: 2.0}) == (6, pytest.approx(6.0), True)


def test_in_a_large_plan_one_more_person_serves_what_is_left():
    problem = crowd(120, 80, floor=0.0)
    found = assign(problem, Limits(20.0, 0.02))
    unmet = [n for n, ask in enumerate(problem.needs) if found.met(n) + ask.least <= ask.hours]
    hours, value, whole = add_person(problem, found, (20, 20, 20), dict.fromkeys(unmet[:4], 1.0))
    assert 0 < hours <= 20
    assert value == pytest.approx(hours)
    assert not whole


def test_the_gap_is_what_is_missing_to_the_bound():
    assert Result({}, 99.0, 100.0, 1.0).gap == pytest.approx(0.01)
    assert Result({}, 0.0, 0.0, 1.0).gap == 0
