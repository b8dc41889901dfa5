"""What fills the demo: people, proposals and news of small towns. Everything invented is marked.

The words stand in the TOML files beside this one, one for each town; the code tells the story
through the same operations that the pages use, on the days on which it would have happened.
"""

from __future__ import annotations

import datetime as dt

from kyoso.core.clock import now
from kyoso.core.config import settings
from kyoso.identity.sample_people import keep_sample_people
from kyoso.operating.demo_data.allocations import plan_hours
from kyoso.operating.demo_data.days import Days
from kyoso.operating.demo_data.exchange import read_story, share_know_how, stage_of
from kyoso.operating.demo_data.exchange_people import share_people
from kyoso.operating.demo_data.metrics import publish_months
from kyoso.operating.demo_data.networks import bring_in_coordinators
from kyoso.operating.demo_data.people import PASSWORD as PASSWORD
from kyoso.operating.demo_data.people import bring_in_people
from kyoso.operating.demo_data.story import tell_story
from kyoso.operating.demo_data.talents import bring_in_talents
from kyoso.tenancy.queries import TenantInfo, tenant_by_slug

#: The towns that have a story, in the order in which they are told.
TOWNS = ("bandai", "yokoze", "ama")
#: In working days before today; people.py says when the members begin.
FOUNDED = "201 08:45"


def beginning() -> dt.datetime:
    """Return when the towns were there: before their first member."""
    return Days(now()).moment(FOUNDED)


def seed() -> None:
    """Put in the sample data that is not there yet; needs an application context.

    Each person and each town's story is one transaction: what was interrupted is taken up
    again, and what is there stays as people have changed it.
    """
    if not settings().demo:
        raise RuntimeError("the sample data belongs into a demo only")
    at = now()
    towns = [tenant_by_slug(slug) for slug in TOWNS]
    people = bring_in_people(towns, now=at)
    for town in towns:
        tell_story(town, now=at)
    people += [*bring_in_coordinators(now=at), *bring_in_talents(towns, now=at)]
    _tell_exchange(towns, now=at)
    publish_months(towns, now=at)
    plan_hours(stage_of(read_story(), towns, now=at), now=at)
    keep_sample_people(settings(), people)


def _tell_exchange(towns: list[TenantInfo], *, now: dt.datetime) -> None:
    """Let the towns share know-how and people, in the order of life; each step once."""
    told = read_story()
    stage = stage_of(told, towns, now=now)
    happenings = [*share_know_how(stage, told), *share_people(stage, told)]
    for moment, happen in sorted(happenings, key=lambda happening: happening[0]):
        happen(moment)
