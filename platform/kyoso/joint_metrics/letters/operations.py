"""Every change to the monthly letter: one function for each verb, each guards, changes, records."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from kyoso.core.access import Actor, NetworkActor, authorise
from kyoso.core.db import db
from kyoso.core.journal import record
from kyoso.core.mail import forget_mails
from kyoso.core.metrics import METRICS, Month
from kyoso.exchange.networks.queries import Network, check_within
from kyoso.joint_metrics.letters import events, mails, queries, rules
from kyoso.joint_metrics.letters.models import Letter, LetterAddress, LetterSetting
from kyoso.joint_metrics.letters.permissions import LetterPermission as May
from kyoso.joint_metrics.letters.queries import Recipient
from kyoso.joint_metrics.published import Published


def choose_letters(
    is_on: bool, metric_ids: list[str], *, actor: NetworkActor, now: dt.datetime
) -> LetterSetting:
    """Choose what the monthly letter says, or that there is none."""
    authorise(actor, May.CHOOSE)
    rules.check_metrics(metric_ids, is_on, METRICS)

    setting = queries.find_setting(actor.network_id, lock=True)
    if setting is None:
        setting = LetterSetting(network_id=actor.network_id)
        db.session.add(setting)
    setting.is_on, setting.changed_at = is_on, now
    setting.metric_ids = list(dict.fromkeys(metric_ids))

    chosen = events.LettersChosen(
        actor.network_id, actor.network_id, is_on, tuple(setting.metric_ids)
    )
    record(chosen, actor=actor, now=now)
    return setting


@dataclass(frozen=True, slots=True)
class Office:
    """Where a town wants the letter to go."""

    label: str
    email: str
    language: str = "ja"


def register_address(
    office: Office,
    network: Network,
    *,
    letter_address_id: uuid.UUID,
    actor: Actor,
    now: dt.datetime,
) -> LetterAddress:
    """Let the letter of a network go to an office of the town."""
    authorise(actor, May.REGISTER)
    check_within(network.id, actor)
    rules.check_room([one.email for one in queries.list_addresses(actor, network.id)], office.email)

    address = LetterAddress(
        tenant_id=actor.tenant_id,
        id=letter_address_id,
        network_id=network.id,
        label=office.label,
        email=office.email,
        language=office.language,
        registered_by=actor.name,
        registered_at=now,
    )
    db.session.add(address)
    db.session.flush()

    record(events.LetterAddressRegistered(address.id, address.label), actor=actor, now=now)
    return address


def remove_address(address: LetterAddress, *, actor: Actor, now: dt.datetime) -> None:
    """Let the letter go there no more; what waits is not sent, and the address is forgotten."""
    authorise(actor, May.REGISTER, address)

    address.email, address.removed_at = "", now
    forget_mails(actor, address.id)

    record(events.LetterAddressRemoved(address.id, address.label), actor=actor, now=now)


def write_letter(
    recipient: Recipient,
    network: Network,
    published: Published,
    metric_ids: list[str],
    month: Month,
    *,
    actor: Actor,
    now: dt.datetime,
) -> bool:
    """Write a month's letter unless somebody has; the key of its row makes it once."""
    authorise(actor, May.SEND)

    written = db.session.execute(
        insert(Letter)
        .values(
            network_id=network.id,
            month=month.first,
            recipient_id=recipient.id,
            by_tenant_id=actor.tenant_id,
            written_at=now,
        )
        .on_conflict_do_nothing()
        .returning(sa.literal(1))
    ).scalar()
    if written is None:
        return False
    mails.write(recipient, network, published, metric_ids, month, actor=actor)

    record(events.LetterWritten(recipient.id, str(month)), actor=actor, now=now)
    return True
