"""Every change to what is public: guard, change, record."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from kyoso.core.access import NetworkActor, authorise
from kyoso.core.db import db
from kyoso.core.journal import record
from kyoso.joint_metrics.public_figures import events, queries, rules
from kyoso.joint_metrics.public_figures.models import PublicPage
from kyoso.joint_metrics.public_figures.permissions import PublicFiguresPermission as May

_EVER = dt.date(2000, 1, 1), dt.date(2200, 1, 1)


@dataclass(frozen=True, slots=True)
class PublicChoice:
    """What is to be public."""

    is_public: bool
    metric_ids: tuple[str, ...]
    introduction: str = ""


def choose_public_figures(
    choice: PublicChoice, *, actor: NetworkActor, now: dt.datetime
) -> PublicPage:
    """Show chosen numbers to everybody, or take them away, in the same moment."""
    authorise(actor, May.CHOOSE)
    known = [metric_id for metric_id, _label in queries.known_metrics()]
    rules.check_chosen(choice.metric_ids, choice.is_public, known)

    page = queries.find_page(actor, lock=True)
    if page is None:
        page = PublicPage(network_id=actor.network_id)
        db.session.add(page)
    page.is_public, page.introduction = choice.is_public, choice.introduction
    page.metric_ids, page.changed_at = list(dict.fromkeys(choice.metric_ids)), now
    db.session.flush()
    db.session.execute(sa.select(sa.func.joint_metrics.show_publicly(actor.network_id, *_EVER)))

    chosen = events.PublicFiguresChosen(
        actor.network_id, actor.network_id, choice.is_public, tuple(page.metric_ids)
    )
    record(chosen, actor=actor, now=now)
    return page
