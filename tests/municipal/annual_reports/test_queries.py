import datetime as dt

import pytest

from kyoso.core.access import Role
from kyoso.core.i18n import JST
from kyoso.core.scope import tenant_scope
from kyoso.municipal.annual_reports.queries import compile_year
from support import proposals
from support.intake import make_policy
from support.people import actor_of


@pytest.mark.parametrize(
    ("arrived", "year"),
    [
        (dt.datetime(2026, 3, 31, 23, 59, tzinfo=JST), 2025),
        (dt.datetime(2026, 4, 1, 0, 0, tzinfo=JST), 2026),
        (dt.datetime(2027, 3, 31, 23, 59, tzinfo=JST), 2026),
    ],
)
def test_a_proposal_belongs_to_the_year_in_which_it_arrived_in_japan(hinode, arrived, year):
    make_policy(hinode)
    proposals.make(hinode, now=arrived)
    actor = actor_of(hinode, Role.SECRETARIAT)
    with tenant_scope(hinode.id):
        told = {y: len(compile_year(actor, y).proposals) for y in (2025, 2026, 2027)}
    assert told == {2025: 0, 2026: 0, 2027: 0} | {year: 1}
