"""What is counted of proposals, held against a small town."""

from __future__ import annotations

import pytest

from kyoso.municipal.proposals.metrics import count_proposals
from support.intake import make_policy
from support.months import jst, numbers
from support.proposal_lives import happen
from support.proposals import S, make, start


@pytest.fixture
def town(hinode):
    make_policy(hinode)
    return hinode


def test_a_month_begins_and_ends_at_midnight_in_japan(town):
    for moment in (jst(9, 30, 23, 59), jst(10, 1, 0, 0), jst(10, 31, 23, 59), jst(11, 1, 0, 0)):
        make(town, now=moment)

    assert [numbers(count_proposals, town, month)["received"] for month in (9, 10, 11)] == [1, 2, 1]


def test_what_arrived_counts_once_whatever_becomes_of_it_and_a_draft_not_at_all(town):
    start(town, now=jst(10, 2))
    withdrawn = make(town, now=jst(10, 3))
    revised = make(town, S.REVISION_REQUESTED, now=jst(10, 4))
    assert numbers(count_proposals, town, 10) == {"received": 2}

    happen(town, withdrawn, "withdraw", at=jst(10, 5))
    happen(town, revised, "resubmit", at=jst(11, 5))

    assert numbers(count_proposals, town, 10) == {"received": 2}
    assert numbers(count_proposals, town, 11) == {"received": 0}


def test_another_towns_proposals_are_not_counted(town, minato):
    make_policy(minato)
    make(minato, now=jst(10, 3))

    assert numbers(count_proposals, town, 10) == {"received": 0}
    assert numbers(count_proposals, minato, 10) == {"received": 1}
