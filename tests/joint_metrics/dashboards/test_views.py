"""The dashboard through the browser: what is said there is what the towns published."""

from __future__ import annotations

import datetime as dt

import pytest

from kyoso.core.metrics import Figure, Month
from support.members import sign_in
from support.networks import make_coordinator, make_network
from support.pages import text_of
from support.snapshots import be_member_since, publish_month

OCTOBER = Month(2026, 10)


def figures(received: int, adopted: int = 0, **more: Figure) -> dict[str, Figure]:
    found = {
        "proposals.received": Figure(received),
        "decisions.adopted": Figure(adopted),
        "decisions.adoption_rate": Figure(adopted, of=received),
    }
    return found | {key.replace("__", "."): value for key, value in more.items()}


@pytest.fixture
def network(hinode, minato):
    slug = f"d-{hinode.slug[2:]}"
    return make_network(hinode, minato, slug=slug), f"/networks/{slug}/metrics"


@pytest.fixture
def coordinator(app, network, hinode):
    return sign_in(app, make_coordinator(network[0], hinode))


def test_a_first_look(network, coordinator, hinode, minato):
    assert "まだ公表された月はありません" in text_of(coordinator.get(f"{network[1]}/"))
    be_member_since(minato, network[0], dt.date(2026, 4, 1))
    publish_month(hinode, network[0], OCTOBER, figures(12, 3))
    page = text_of(coordinator.get(f"{network[1]}/"))
    assert "2026年10月は、加盟する2自治体のうち1自治体が公表しています。" in page
    for path in ("flows", "of/proposals.received", "of/no.such", "targets", "notes"):
        coordinator.get(f"{network[1]}/{path}", status=404 if "no.such" in path else 200)
