"""The monthly letter itself: a mail of the town that writes it."""

from __future__ import annotations

from kyoso.core.access import Actor
from kyoso.core.config import settings
from kyoso.core.i18n import force_locale
from kyoso.core.mail import write_mail
from kyoso.core.metrics import Month
from kyoso.exchange.networks.queries import Network
from kyoso.joint_metrics.letters.queries import Recipient
from kyoso.joint_metrics.letters.rules import keys_of
from kyoso.joint_metrics.public_figures.queries import is_public
from kyoso.joint_metrics.published import Published
from kyoso.tenancy.queries import get_tenant


def write(
    recipient: Recipient,
    network: Network,
    published: Published,
    metric_ids: list[str],
    month: Month,
    *,
    actor: Actor,
) -> None:
    """Write a month to somebody; `published` is the fiscal year up to it, in their language."""
    town = get_tenant(actor.tenant_id)
    base = settings().base_url
    inside = f"{base}/{town.slug}/exchange/metrics/networks/{network.id}"
    query = f"first={month}&last={month}"
    if recipient.is_coordinator:
        link = f"{base}/networks/{network.slug}/metrics/reports/numbers?{query}"
    else:
        link = f"{inside}/reports/numbers?{query}"
    with force_locale(recipient.language):
        keys = keys_of(
            published, month, metric_ids, None if recipient.is_coordinator else actor.tenant_id
        )
        due = published.due_in(month)
        write_mail(
            actor.tenant_id,
            to=recipient.email,
            template="letters/mail/letter",
            sender_name=town.sender_name,
            locale=recipient.language,
            subject_id=recipient.id,
            network=network,
            town=town,
            recipient=recipient,
            month=month.label,
            year=published.period.span,
            keys=keys,
            missing=[one.name for one in due if published.publication(one, month) is None],
            towns=len(due),
            link=link,
            public=f"{base}/networks/{network.slug}/figures" if is_public(network.id) else "",
            stop=f"{inside}/letters/",
        )
