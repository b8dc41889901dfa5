"""A half-year of three towns, really published, and what is made of it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from kyoso.core.access import NetworkActor
from kyoso.core.clock import now, today
from kyoso.core.db import db, new_id
from kyoso.core.metrics import Figure, Month
from kyoso.core.scope import Scope, member_scope, scope
from kyoso.exchange.networks.queries import get_joined
from kyoso.joint_metrics.letters.operations import Office, choose_letters, register_address
from kyoso.joint_metrics.periods import Period, usual
from kyoso.joint_metrics.public_figures.operations import PublicChoice, choose_public_figures
from kyoso.joint_metrics.reports.operations import ReportOrder, request_report
from kyoso.joint_metrics.reports.subscribers import write_report
from support.networks import CoordinatorPerson, admin_of, make_coordinator, make_network
from support.people import Town, make_town
from support.snapshots import publish_month

RECEIVED, ADOPTED, RATE = "proposals.received", "decisions.adopted", "decisions.adoption_rate"
DAYS, WAITING, FLOW = "decisions.days", "decisions.waiting", "shares.hours_towards"
NOTES = ("二つの町の人材シェアが増えた。", "提案から実装までが、早くなった。", "")


@dataclass(frozen=True)
class HalfYear:
    """A network whose towns published the half-year that ended last, but for one's last months."""

    network_id: uuid.UUID
    slug: str
    towns: tuple[Town, Town, Town]
    coordinator: CoordinatorPerson
    period: Period

    @property
    def here(self) -> str:
        """Where its coordinators work on reports."""
        return f"/networks/{self.slug}/metrics/reports"

    @property
    def query(self) -> str:
        """The period as addresses say it."""
        return f"first={self.period.first}&last={self.period.last}"

    def at(self, town: Town) -> str:
        """Where a member town finds them."""
        return f"/{town.slug}/exchange/metrics/networks/{self.network_id}/reports"


def figures_of(place: int, month: Month, others: tuple[Town, ...]) -> dict[str, Figure]:
    """Return what the town at a place counted: easy to add up by hand."""
    return {
        RECEIVED: Figure(month.number + place),
        ADOPTED: Figure(2),
        RATE: Figure(2, of=3 + place),
        DAYS: Figure(sample=(10.0 + place, 20.0)),
        WAITING: Figure(place),
        FLOW: Figure(towards={others[0].id: 4.0}),
    }


def make_half_year(name: str = "三町未来共創ネットワーク") -> HalfYear:
    """Make it: the third town leaves its last two months out, the second corrects the first."""
    towns = (make_town("いわの町"), make_town("よこの町"), make_town("うみの町"))
    slug = f"half-{uuid.uuid4().hex[:10]}"
    network_id = make_network(*towns, name=name, slug=slug)
    period = usual(today())
    for place, town in enumerate(towns):
        others = tuple(other for other in towns if other != town)
        for month in period.months[: 4 if place == 2 else 6]:
            publish_month(town, network_id, month, figures_of(place, month, others))
    # Before this half-year there is one month of one town.
    publish_month(
        towns[0], network_id, period.before.first, {RECEIVED: Figure(5), RATE: Figure(1, of=2)}
    )
    corrected = figures_of(1, period.first, (towns[0],)) | {RECEIVED: Figure(30)}
    publish_month(
        towns[1],
        network_id,
        period.first,
        corrected,
        comment="祭りの月でした。",
        reason="二重に数えていたため",
    )
    coordinator = make_coordinator(network_id, towns[0])
    return HalfYear(network_id, slug, towns, coordinator, period)


def order_report(
    network_id: uuid.UUID, actor: NetworkActor, period: Period, *, language: str = "ja"
) -> uuid.UUID:
    """Let a coordinator ask for a report; the worker has it to write."""
    report_id = new_id()
    order = ReportOrder("半年の報告", period, language, (RECEIVED, RATE, DAYS), RECEIVED, NOTES[:2])
    with scope(_of(actor)):
        request_report(order, report_id=report_id, actor=actor, now=now())
        db.session.commit()
    return report_id


def write_now(network_id: uuid.UUID, report_id: uuid.UUID) -> None:
    """Write a report as the worker does."""
    function = write_report.func
    assert callable(function)
    function.__wrapped__(network_id=str(network_id), report_id=str(report_id))
    db.session.remove()


def show_publicly(
    actor: NetworkActor, *metric_ids: str, is_public: bool = True, words: str = ""
) -> None:
    """Let coordinators show some metrics to everybody."""
    with scope(_of(actor)):
        choose_public_figures(PublicChoice(is_public, metric_ids, words), actor=actor, now=now())
        db.session.commit()


def switch_letters(actor: NetworkActor, *metric_ids: str, is_on: bool = True) -> None:
    """Let coordinators choose the monthly letter."""
    with scope(_of(actor)):
        choose_letters(is_on, list(metric_ids), actor=actor, now=now())
        db.session.commit()


def _of(actor: NetworkActor) -> Scope:
    return Scope(person_id=actor.person_id, coordinated_network_id=actor.network_id)


def register_office(town: Town, network_id: uuid.UUID, email: str, language: str = "ja") -> None:
    """Let a town have the monthly letter go to its mayor's office."""
    actor = admin_of(town)
    with member_scope(town.id):
        register_address(
            Office("町長室", email, language),
            get_joined(actor, network_id),
            letter_address_id=new_id(),
            actor=actor,
            now=now(),
        )
        db.session.commit()


def make_sample_report(town: Town, coordinator: CoordinatorPerson) -> uuid.UUID:
    """Make a finished report, a public page and a letter, for tests that go through all pages."""
    last = Month.of(today()) + -1
    report_id = order_report(coordinator.network_id, coordinator.actor, Period(last + -2, last))
    write_now(coordinator.network_id, report_id)
    show_publicly(coordinator.actor, RECEIVED, DAYS)
    switch_letters(coordinator.actor, RECEIVED)
    register_office(town, coordinator.network_id, f"{uuid.uuid4().hex[:12]}@example.jp")
    return report_id
