"""What becomes of know-how by itself: a project ends, its town leaves, a hiding is lifted."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable

from kyoso.core.access import Actor
from kyoso.core.events import subscribe
from kyoso.core.i18n import gettext as _
from kyoso.exchange.finding import Kind
from kyoso.exchange.know_how import operations, queries
from kyoso.exchange.leaving import Effect, Fate, foresees
from kyoso.exchange.moderation.events import OwnItemShown
from kyoso.exchange.networks.events import TownLeftNetwork, TownSuspendedInNetwork
from kyoso.municipal.gates.events import StagePassed
from kyoso.municipal.gates.queries import records_of
from kyoso.municipal.projects.queries import get_project
from kyoso.municipal.projects.rules import ProjectStage


@subscribe(StagePassed)
def offer_lessons(event: StagePassed, *, actor: Actor, now: dt.datetime) -> None:
    """Make the lessons of a project that is concluded a draft, where they may be offered; once."""
    if event.to is not ProjectStage.CONCLUDED:
        return
    closing = records_of(actor, event.subject_id).closing
    if closing is None or not closing.lessons_offered:
        return
    if queries.find_of_project(actor, event.subject_id) is None:
        system = Actor.system(actor.tenant_id, "プロジェクトの完了（自動）")
        project = get_project(actor, event.subject_id)
        operations.offer_lessons(project, closing.lessons, actor=system, now=now)


@subscribe(TownLeftNetwork)
@subscribe(TownSuspendedInNetwork)
def take_down(
    event: TownLeftNetwork | TownSuspendedInNetwork, *, actor: Actor, now: dt.datetime
) -> None:
    """Take down what the town shows in the network."""
    system = Actor.system(actor.tenant_id, "脱退・休止（自動）")
    pieces = queries.list_published_in(system, event.network_id)
    if pieces:
        operations.take_down(event.network_id, pieces, actor=system, now=now)


@foresees
def foresee_know_how(actor: Actor, network_id: uuid.UUID) -> Iterable[Effect]:
    """Say what becomes of the know-how shown in a network."""
    count = queries.count_published_in(actor, network_id)
    if count:
        yield Effect(Fate.ENDS, _("掲載しているノウハウを取り下げます"), count)


@subscribe(OwnItemShown)
def find_again(event: OwnItemShown, *, actor: Actor, now: dt.datetime) -> None:
    """Put what is hidden no more back into the search."""
    if event.kind != Kind.KNOW_HOW:
        return
    know_how = queries.find_know_how(actor, event.item_id)
    if know_how is not None:
        system = Actor.system(actor.tenant_id, "非表示の取消し（自動）")
        operations.find_again(know_how, actor=system, now=now)
