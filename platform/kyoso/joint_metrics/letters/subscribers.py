"""What every night does: whoever is to have last month's letter and has none gets it."""

from __future__ import annotations

from kyoso.core import clock
from kyoso.core.access import Actor
from kyoso.core.i18n import force_locale
from kyoso.exchange.networks.queries import Network, list_networks_in_force
from kyoso.joint_metrics.letters import operations, queries, rules
from kyoso.joint_metrics.periods import Period
from kyoso.joint_metrics.reports.queries import compile_published
from kyoso.tenancy.nights import nightly_in_each_town


@nightly_in_each_town("letters.write", "毎月のたより")
def write_letters(actor: Actor) -> int:
    """Write the letters that are due."""
    return write_letters_of(actor)


def write_letters_of(actor: Actor) -> int:
    """Write the letters of the actor's town; return how many there were."""
    return sum(_write(network, actor) for network in list_networks_in_force(actor))


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
