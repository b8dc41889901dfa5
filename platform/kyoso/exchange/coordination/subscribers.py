"""What coordinators are told of: somebody reported something in their network."""

from __future__ import annotations

import datetime as dt

from kyoso.core.access import Actor
from kyoso.core.events import subscribe
from kyoso.exchange.coordination.mails import tell_coordinators
from kyoso.exchange.moderation.events import ItemReported
from kyoso.exchange.moderation.queries import find_own_report
from kyoso.exchange.moderation.rules import kind_label
from kyoso.exchange.networks.queries import find_network


@subscribe(ItemReported)
def tell_of_report(event: ItemReported, *, actor: Actor, now: dt.datetime) -> None:
    """Write to the coordinators of the network; what was reported is on their page only."""
    report = find_own_report(actor, event.subject_id)
    network = find_network(report.network_id) if report else None
    if report is not None and network is not None:
        tell_coordinators(
            network,
            "reported",
            f"reports/{report.id}",
            actor=actor,
            report=report,
            kind=kind_label(report.kind),
        )
