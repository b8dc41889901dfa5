"""What every night does: whoever is to have last month's letter and has none gets it."""

from __future__ import annotations

import logging
import uuid

from kyoso.core import clock
from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.core.i18n import force_locale
from kyoso.core.jobs import nightly
from kyoso.core.scope import member_scope
from kyoso.exchange.networks.queries import Network, list_networks_in_force
from kyoso.joint_metrics.letters import operations, queries, rules
from kyoso.joint_metrics.periods import Period
from kyoso.joint_metrics.reports.queries import compile_published
from kyoso.tenancy.queries import list_tenants

log = logging.getLogger(__name__)


@nightly("letters.write")
def write_letters() -> None:
    """Write the letters that are due; each town in a transaction of its own."""
    towns = list_tenants()
    db.session.rollback()
    for town in towns:
        written = write_letters_of(town.id)
        if written:
            log.info("%s letters of %s", written, town.slug)


def write_letters_of(tenant_id: uuid.UUID) -> int:
    """Write one town's letters in its own scope; return how many there were."""
    actor = Actor.system(tenant_id, rule="毎月のたより")
    with member_scope(tenant_id):
        count = sum(_write(network, actor) for network in list_networks_in_force(actor))
        db.session.commit()
    return count


def _write(network: Network, actor: Actor) -> int:
    setting = queries.find_setting(network.id)
    if setting is None or not setting.is_on:
        return 0
    today = clock.today()
    month = rules.month_of(today)
    waiting = queries.list_waiting(actor, network, month)
    count = 0
    # The numbers are read once in each language that is asked for, and only if anybody waits.
    for language in sorted({one.language for one in waiting}):
        with force_locale(language):
            published = compile_published(network, Period.year_to(month))
        if not rules.is_due(published, month, today):
            return 0
        for recipient in waiting:
            if recipient.language == language:
                count += operations.write_letter(
                    recipient,
                    network,
                    published,
                    setting.metric_ids,
                    month,
                    actor=actor,
                    now=clock.now(),
                )
    return count
