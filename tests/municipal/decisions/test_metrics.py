"""What is counted of decisions, held against a small town and against a naive count."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kyoso.core.access import Actor
from kyoso.core.i18n import JST
from kyoso.core.metrics import Month
from kyoso.core.scope import tenant_scope
from kyoso.municipal.annual_reports.queries import compile_year
from kyoso.municipal.decisions.metrics import count_decisions
from kyoso.municipal.proposals.metrics import count_proposals
from support.intake import make_policy
from support.months import counted, jst, numbers
from support.people import make_town
from support.proposal_lives import happen
from support.proposals import Made, S, make

TO_REVIEW = ("screen", "review")


@pytest.fixture
def town(hinode):
    make_policy(hinode)
    return hinode


def test_a_small_town(town):
    # Received on 1 September: 5, 20 and 45 days until the decision; one waits; one is withdrawn.
    made = [make(town, now=jst(9, 1)) for _ in range(5)]
    for proposal in made[:4]:
        happen(town, proposal, *TO_REVIEW, at=jst(9, 2))
    happen(town, made[0], "adopt", "tell", at=jst(9, 6))
    happen(town, made[1], "decline", "tell", at=jst(9, 21))
    happen(town, made[2], "adopt", "tell", at=jst(10, 16))
    happen(town, made[4], "withdraw", at=jst(10, 10))

    september, october = (counted(count_decisions, town, month) for month in (9, 10))
    assert (september["decided"].number, september["adopted"].number) == (2, 1)
    assert (september["adoption_rate"].number, september["adoption_rate"].of) == (1, 2)
    assert september["days"].sample == (5, 20)
    assert (october["decided"].number, october["adopted"].number) == (1, 1)
    assert october["days"].sample == (45,)
    # On 30 September nothing is older than 29 days; on 31 October the fourth is 60 days old.
    assert (september["waiting"].number, october["waiting"].number) == (0, 1)
    # In the year's report the same is told of what the year received.
    with tenant_scope(town.id):
        year = compile_year(Actor.system(town.id, rule="年次報告"), 2026)
    assert (len(year.decided), year.adopted, year.median_days) == (3, 2, "20日")


def test_thirty_days_are_not_yet_more_than_thirty(town):
    make(town, now=jst(10, 1, 0, 0))
    make(town, now=jst(9, 30, 23, 59))

    # On 31 October the first has waited 30 days, the other 31.
    assert numbers(count_decisions, town, 10)["waiting"] == 1
    assert numbers(count_decisions, town, 11)["waiting"] == 2


def test_a_decision_counts_when_its_proposer_is_told(town):
    made = make(town, S.IN_REVIEW, now=jst(9, 1))
    happen(town, made, "adopt", at=jst(10, 31, 23, 0))
    # What nobody outside knows is not told by a number either.
    assert numbers(count_decisions, town, 10)["decided"] == 0
    assert numbers(count_decisions, town, 10)["waiting"] == 1

    happen(town, made, "tell", at=jst(11, 1, 0, 0))

    assert numbers(count_decisions, town, 10)["decided"] == 0
    november = counted(count_decisions, town, 11)
    assert (november["decided"].number, november["waiting"].number) == (1, 0)
    # From 1 September to 31 October, the day of the decision.
    assert november["days"].sample == (60,)


def test_an_undone_decision_leaves_the_month_in_which_it_stood(town):
    made = make(town, S.IN_REVIEW, now=jst(8, 1))
    happen(town, made, "adopt", "tell", at=jst(9, 30, 23, 59))
    before = counted(count_decisions, town, 9)

    happen(town, made, "undo", at=jst(10, 1, 0, 0))

    assert counted(count_decisions, town, 9) == before
    october = numbers(count_decisions, town, 10)
    assert (october["decided"], october["waiting"]) == (0, 1)

    happen(town, made, "decline", "tell", at=jst(11, 2))
    happen(town, made, "undo", at=jst(11, 3))
    happen(town, made, "adopt", "tell", at=jst(11, 4))

    # Undone and decided anew within one month is one decision.
    november = numbers(count_decisions, town, 11)
    assert (november["decided"], november["adopted"], november["waiting"]) == (1, 1, 0)
    assert counted(count_decisions, town, 9) == before


@pytest.mark.parametrize("end", ["cancel", "revoke"])
def test_an_adoption_that_ended_was_one_all_the_same(town, end):
    made = make(town, S.IN_REVIEW, now=jst(9, 1))
    happen(town, made, "adopt", "tell", at=jst(10, 5))
    before = counted(count_decisions, town, 10)

    happen(town, made, end, at=jst(10, 20))

    assert counted(count_decisions, town, 10) == before
    assert numbers(count_decisions, town, 11)["waiting"] == 0


def test_while_the_proposer_revises_the_town_is_not_waited_for(town):
    made = make(town, S.SCREENING, now=jst(9, 1))
    happen(town, made, "ask", at=jst(10, 31, 23, 59))
    assert numbers(count_decisions, town, 10)["waiting"] == 0

    happen(town, made, "resubmit", at=jst(11, 20))

    # Whoever counts October again sees what was so in October.
    assert numbers(count_decisions, town, 10)["waiting"] == 0
    assert numbers(count_decisions, town, 11)["waiting"] == 1
    assert numbers(count_decisions, town, 9)["waiting"] == 0


def test_nothing_decided_is_no_rate_and_another_town_counts_for_itself(town, minato):
    make_policy(minato)
    theirs = make(minato, S.IN_REVIEW, now=jst(8, 1))
    happen(minato, theirs, "adopt", "tell", at=jst(10, 5))
    make(minato, now=jst(8, 1))

    ours = counted(count_decisions, town, 10)

    assert (ours["adoption_rate"].number, ours["adoption_rate"].of) == (0, 0)
    assert ours["days"].sample == ()
    assert ours["waiting"].number == 0
    assert numbers(count_decisions, minato, 10)["decided"] == 1
    assert numbers(count_decisions, minato, 10)["waiting"] == 1


def test_two_statements_are_enough(town, count_statements):
    for _ in range(3):
        happen(town, make(town, S.IN_REVIEW, now=jst(9, 1)), "adopt", "tell", at=jst(10, 1))

    with count_statements() as seen:
        counted(count_decisions, town, 10)

    assert len(seen) == 3, seen


# The same from the events alone

#: What may happen after what; the way that things usually go comes first and most often.
AFTER = {
    "submit": ("screen", "screen", "screen", "withdraw"),
    "screen": ("review", "review", "review", "ask", "withdraw"),
    "ask": ("resubmit", "resubmit", "withdraw"),
    "resubmit": ("review", "review", "ask"),
    "review": ("adopt", "decline", "adopt", "decline", "withdraw"),
    "adopt": ("tell", "tell", "tell", "undo"),
    "decline": ("tell", "tell", "tell", "undo"),
    "tell": ("undo",),
    "undo": ("decline", "adopt", "withdraw"),
}
#: Which proposal, a new one if there is none, which of the things that may happen to it, and how
#: many hours after the thing before it.
ACTION = st.tuples(st.integers(0, 4), st.integers(0, 59), st.integers(1, 400))


@dataclass
class Told:
    """One proposal's events, in their order."""

    events: list[tuple[dt.datetime, str]] = field(default_factory=list)

    def until(self, moment: dt.datetime) -> list[tuple[dt.datetime, str]]:
        return [event for event in self.events if event[0] < moment]


def naively(lives: list[Told], month: Month) -> dict[str, object]:
    """Return a month's figures, by going through what had happened by its end."""
    received, waiting, days, adopted = 0, 0, [], 0
    for life in lives:
        arrived = decision = told = None
        open_, asked = False, False
        for at, what in life.until(month.ends):
            if what == "submit":
                arrived, open_ = at, True
                received += at >= month.begins
            elif what in {"adopt", "decline"}:
                decision = (at, what)
            elif what == "tell":
                told = at
            elif what == "undo":
                decision = told = None
            elif what == "withdraw":
                open_ = False
            asked = what == "ask"
        if arrived is None:
            continue
        age = (month.last - arrived.astimezone(JST).date()).days
        waiting += open_ and told is None and not asked and age > 30
        if told is not None and decision is not None and told >= month.begins:
            day = decision[0].astimezone(JST).date()
            days.append((day - arrived.astimezone(JST).date()).days)
            adopted += decision[1] == "adopt"
    return {
        "received": received,
        "decided": len(days),
        "adopted": adopted,
        "rate": (adopted, len(days)),
        "days": sorted(days),
        "waiting": waiting,
    }


def figures(town, month: Month) -> dict[str, object]:
    found = counted(count_decisions, town, month.number, month.year)
    arrived = counted(count_proposals, town, month.number, month.year)
    rate = found["adoption_rate"]
    return {
        "received": arrived["received"].number,
        "decided": found["decided"].number,
        "adopted": found["adopted"].number,
        "rate": (rate.number, rate.of),
        "days": list(found["days"].sample),
        "waiting": found["waiting"].number,
    }


@pytest.mark.slow
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(ACTION, min_size=12, max_size=35))
def test_any_history_is_counted_as_its_events_tell_it(app, actions):
    town = make_town("ひので町")
    make_policy(town)
    now = jst(4, 1, 0, 0)
    made: list[Made] = []
    lives: list[Told] = []
    counted_then: dict[Month, dict[str, object]] = {}
    for place, choice, hours in actions:
        before, now = Month.of(now.date()), now + dt.timedelta(hours=hours)
        while before < Month.of(now.date()):
            counted_then[before] = figures(town, before)
            before = before.next
        if place >= len(made):
            made.append(make(town, now=now))
            lives.append(Told([(now, "submit")]))
        elif may := AFTER.get(lives[place].events[-1][1]):
            what = may[choice % len(may)]
            happen(town, made[place], what, at=now)
            lives[place].events.append((now, what))

    for month, then in counted_then.items():
        assert figures(town, month) == then == naively(lives, month), month
    last = Month.of(now.date())
    assert figures(town, last) == naively(lives, last)
