"""How long the allocation of a network takes: seconds, gap and memory, each size in a process.

``make bench-allocation``. The needs and people are made up, always the same; asked for are a gap of
at most 1% within 30 seconds for 500 needs and 300 people, and within five minutes, with the gap
stated, for 2,000 and 1,000.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import resource
import subprocess
import sys
import time
import uuid

from kyoso.identity.profiles.rules import WorkMode
from kyoso.joint_metrics.allocations.rules import GAP, seconds_for
from kyoso.joint_metrics.assigning import Limits
from kyoso.joint_metrics.preparing import Candidate, OpenNeed, Terms, most_missing, prepare
from kyoso.joint_metrics.solving import add_person, assign

#: Needs, people, seconds that it may take.
SIZES = ((500, 300, 30), (2_000, 1_000, 300))
TOWNS, SKILLS, MONTHS = 30, 60, 6


def network(needs: int, people: int) -> tuple[Terms, list[OpenNeed], list[Candidate]]:
    """Return a network's needs and people; a few skills are common and most are rare."""
    chance = random.Random(1)  # noqa: S311 (not for secrets)
    skills = [f"skill {number}" for number in range(SKILLS)]
    weights = [1 / (number + 1) for number in range(SKILLS)]
    modes = (*WorkMode, None)

    def some(most: int) -> list[str]:
        return sorted(set(chance.choices(skills, weights, k=chance.randint(1, most))))

    def one_id() -> uuid.UUID:
        return uuid.UUID(int=chance.getrandbits(128))

    towns = [one_id() for _ in range(TOWNS)]
    asked = [
        OpenNeed(
            one_id(),
            chance.choice(towns),
            tuple(some(3)),
            chance.choice((5, 8, 10, 10, 15, 20, 30, 40)),
            chance.choice(modes),
            chance.choice((None, None, None, dt.date(2027, 2, 10))),
        )
        for _ in range(needs)
    ]
    offered = []
    for _ in range(people):
        home, hours = chance.choice(towns), chance.choice((0, 8, 10, 15, 20, 30, 40))
        busy = chance.choice((0, 0, 0, 5))
        left = tuple(max(0, hours - busy * (month < 2)) for month in range(MONTHS))
        offered.append(
            Candidate(
                *(one_id(), home, frozenset({home}), frozenset(some(4)), ""),
                chance.choice(modes),
                left,
            )
        )
    priorities = {str(need.id): chance.choice((1, 2, 2, 3, 4)) for need in asked}
    return Terms("2026-12", months=MONTHS, priorities=priorities), asked, offered


def measure(needs: int, people: int) -> dict[str, float]:
    """Return what one plan took, all its steps together."""
    terms, asked, offered = network(needs, people)
    began = time.monotonic()
    prepared = prepare(terms, asked, offered)
    limits = Limits(seconds_for(len(prepared.problem.pairs)), GAP)
    found = assign(prepared.problem, limits)
    unmet = {
        place: need.asked - met
        for place, need in enumerate(prepared.needs)
        if (met := found.met(place)) < need.asked
    }
    for _skill, worth in most_missing(prepared, terms, unmet):
        add_person(prepared.problem, found, (20,) * MONTHS, worth)
    return {
        "pairs": len(prepared.problem.pairs),
        "seconds": round(time.monotonic() - began, 1),
        "cpu": round(time.process_time(), 1),
        "gap": round(100 * found.gap, 2),
        "fairness": round(found.fairness, 3),
        "met": sum(found.hours.values()),
        "asked": sum(need.asked for need in asked),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def main() -> int:
    """Measure each size in a process of its own; a size that takes too long is a failure."""
    print(f"load {os.getloadavg()[0]:.1f}")  # noqa: T201
    late = False
    for needs, people, most in SIZES:
        command = [sys.executable, __file__, str(needs), str(people)]
        told = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
        row = json.loads(told.stdout)
        late = late or row["seconds"] > most
        print(f"{needs} × {people}: {row}")  # noqa: T201
    return int(late)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]))))  # noqa: T201
    else:
        sys.exit(main())
