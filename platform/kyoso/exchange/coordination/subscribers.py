"""What coordinators are told of: somebody reported something, or nobody answers a question."""

from __future__ import annotations

import datetime as dt

from kyoso.core.access import Actor
from kyoso.core.events import subscribe
from kyoso.exchange.consultations.events import ConsultationUnanswered
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


@subscribe(ConsultationUnanswered)
def tell_of_unanswered(event: ConsultationUnanswered, *, actor: Actor, now: dt.datetime) -> None:
    """Write to the coordinators of the network that a question waits for its first answer."""
    network = find_network(event.network_id)
    if network is not None:
        path = f"consultations/{event.subject_id}"
        tell_coordinators(network, "unanswered", path, actor=actor, title=event.title)
