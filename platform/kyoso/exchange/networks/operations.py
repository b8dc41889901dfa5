"""Every change to networks: one function for each verb, each guards, changes, records.

A town acts on its own membership; a coordinator on their network. Both may invite and write.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from kyoso.core.access import Actor, NetworkActor, authorise
from kyoso.core.db import db, new_id
from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import JST
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import record
from kyoso.exchange.leaving import confirmed_effects, effects_of_leaving, in_words
from kyoso.exchange.networks import events, queries, rules
from kyoso.exchange.networks.models import Network, NetworkMember, NetworkRules
from kyoso.exchange.networks.permissions import NetworkPermission as May
from kyoso.exchange.networks.queries import Membership
from kyoso.exchange.networks.rules import MemberStatus
from kyoso.municipal.agreements.queries import Agreement
from kyoso.tenancy.codes import network_id as declared_id
from kyoso.tenancy.municipalities import municipality
from kyoso.tenancy.queries import TenantInfo
from kyoso.tenancy.sync import FILES, Change, Changes, Declaration, loads

#: Where a town's folder says nothing of it.
NOTICE_MONTHS = 3


@dataclass(frozen=True, slots=True)
class NetworkDraft:
    """What is said of a network."""

    name: str
    purpose: str
    notice_months: int


@dataclass(frozen=True, slots=True)
class Notice:
    """When a town wants to be out, why, and the seal of the preview that it was shown."""

    leaving_on: dt.date
    reason: str
    seal: str


def found_network(
    draft: NetworkDraft,
    slug: str,
    agreement: Agreement,
    *,
    network_id: uuid.UUID,
    actor: Actor,
    now: dt.datetime,
) -> Network:
    """Make a network from an agreement of the town, which is its first member."""
    authorise(actor, May.FOUND, agreement)
    rules.check_agreement(agreement)
    rules.check_slug(slug)
    if queries.slug_is_taken(slug):
        raise InvalidInput({"slug": [_("この短い名前は、別のネットワークが使っています。")]})

    network = Network(
        id=network_id,
        slug=slug,
        name=draft.name,
        purpose=draft.purpose,
        agreement_title=agreement.title,
        agreement_signed_on=agreement.signed_on,
        parties=[party["name"] for party in agreement.parties],
        notice_months=draft.notice_months,
        founded_by=actor.tenant_id,
    )
    db.session.add(network)
    db.session.flush()
    db.session.add(_first_member(network, agreement.id, _day(now), actor, now))
    db.session.flush()

    record(events.NetworkFounded(network.id, network.id, network.name), actor=actor, now=now)
    return network


def update_network(
    network: Network, draft: NetworkDraft, *, actor: Actor | NetworkActor, now: dt.datetime
) -> None:
    """Change what is said of a network; a longer notice holds for those who give it later."""
    authorise(actor, May.WRITE)
    queries.check_within(network.id, actor)
    rules.check_not_closing(network.closed_on)

    changed = tuple(
        name for name in NetworkDraft.__slots__ if getattr(network, name) != getattr(draft, name)
    )
    for name in changed:
        setattr(network, name, getattr(draft, name))

    record(events.NetworkUpdated(network.id, network.id, changed), actor=actor, now=now)


def invite_town(
    network: Network,
    town: TenantInfo,
    message: str,
    inviting: str,
    *,
    actor: Actor | NetworkActor,
    now: dt.datetime,
) -> NetworkMember:
    """Ask a town to join; its administrator answers. `inviting` says for whom, in words."""
    authorise(actor, May.INVITE)
    queries.check_within(network.id, actor)
    rules.check_not_closing(network.closed_on)
    member = queries.find_town(network.id, town.id)
    if member is not None:
        rules.check_move(member.status, MemberStatus.INVITED)

    if member is None:
        member = NetworkMember(id=new_id(), tenant_id=town.id, network_id=network.id)
    current = queries.current_rules(network.id)
    member.status = MemberStatus.INVITED
    member.invited_at, member.invited_by, member.message = now, inviting, message
    member.rules_version = current.version if current else None
    member.rules_text = current.content if current else ""
    member.answered_at, member.answered_by = None, ""
    member.joined_on = member.notice_on = member.left_on = member.suspended_on = None
    member.leave_reason = member.suspension_reason = ""
    db.session.add(member)
    db.session.flush()

    invited = events.TownInvited(member.id, network.id, town.id, town.name)
    record(invited, actor=actor, now=now)
    return member


def revoke_invitation(
    network: Network,
    member: NetworkMember,
    town: TenantInfo,
    *,
    actor: Actor | NetworkActor,
    now: dt.datetime,
) -> None:
    """Take an invitation back that was not answered."""
    authorise(actor, May.INVITE)
    queries.check_within(network.id, actor)
    rules.check_move(member.status, MemberStatus.REVOKED)

    member.status = MemberStatus.REVOKED

    revoked = events.InvitationRevoked(member.id, network.id, town.id, town.name)
    record(revoked, actor=actor, now=now)


def accept_invitation(
    membership: Membership, agreement: Agreement | None, *, actor: Actor, now: dt.datetime
) -> None:
    """Join, from today, under the rules that the invitation showed."""
    authorise(actor, May.ANSWER, membership.member)
    rules.check_move(membership.member.status, MemberStatus.ACTIVE)
    rules.check_not_closing(membership.network.closed_on)
    if agreement is not None:
        rules.check_agreement(agreement)

    member = membership.member
    member.status, member.joined_on = MemberStatus.ACTIVE, _day(now)
    member.agreement_id = agreement.id if agreement else None
    member.answered_at, member.answered_by = now, actor.name

    joined = events.TownJoinedNetwork(
        member.id, member.network_id, actor.tenant_id, member.rules_version
    )
    record(joined, actor=actor, now=now)


def decline_invitation(membership: Membership, *, actor: Actor, now: dt.datetime) -> None:
    """Say no to an invitation; the town can be invited again."""
    authorise(actor, May.ANSWER, membership.member)
    rules.check_move(membership.member.status, MemberStatus.DECLINED)

    member = membership.member
    member.status = MemberStatus.DECLINED
    member.answered_at, member.answered_by = now, actor.name

    declined = events.InvitationDeclined(member.id, member.network_id, actor.tenant_id)
    record(declined, actor=actor, now=now)


def announce_leaving(
    membership: Membership, notice: Notice, *, actor: Actor, now: dt.datetime
) -> None:
    """Give notice; on its day the town is out at once, whoever has done what by then."""
    authorise(actor, May.LEAVE, membership.member)
    rules.check_notice(
        membership.member, notice.leaving_on, membership.network.notice_months, _day(now)
    )
    foreseen = confirmed_effects(actor, membership.network.id, notice.seal)

    member = membership.member
    member.notice_on, member.left_on = _day(now), notice.leaving_on
    member.leave_reason = notice.reason

    announced = events.LeavingAnnounced(
        member.id,
        member.network_id,
        actor.tenant_id,
        notice.leaving_on.isoformat(),
        foreseen,
    )
    record(announced, actor=actor, now=now)


def withdraw_leaving(membership: Membership, *, actor: Actor, now: dt.datetime) -> None:
    """Stay after all, while the day has not come."""
    authorise(actor, May.LEAVE, membership.member)
    rules.check_still_coming(membership.member, _day(now))

    member = membership.member
    member.notice_on = member.left_on = None
    member.leave_reason = ""

    withdrawn = events.LeavingWithdrawn(member.id, member.network_id, actor.tenant_id)
    record(withdrawn, actor=actor, now=now)


def end_membership(membership: Membership, *, actor: Actor, now: dt.datetime) -> None:
    """Make a leaving effective whose day has come: each feature ends what the town has there."""
    authorise(actor, May.END, membership.member)
    rules.check_due(membership.member, _day(now), membership.network.closed_on)

    member = membership.member
    ended = in_words(effects_of_leaving(actor, member.network_id))
    member.status = MemberStatus.LEFT
    member.left_on = rules.last_day(member, membership.network.closed_on)
    member.notice_on = member.notice_on or member.left_on
    member.suspended_on = None

    left = events.TownLeftNetwork(
        member.id,
        member.network_id,
        actor.tenant_id,
        str(member.joined_on),
        str(member.left_on),
        ended,
    )
    record(left, actor=actor, now=now)


def suspend_membership(
    membership: Membership, reason: str, seal: str, *, actor: Actor, now: dt.datetime
) -> None:
    """Take no part for a time, from now on; what ends is the same as when leaving."""
    authorise(actor, May.LEAVE, membership.member)
    rules.check_move(membership.member.status, MemberStatus.SUSPENDED)
    ended = confirmed_effects(actor, membership.network.id, seal)

    member = membership.member
    member.status, member.suspended_on = MemberStatus.SUSPENDED, _day(now)
    member.suspension_reason = reason

    suspended = events.TownSuspendedInNetwork(member.id, member.network_id, actor.tenant_id, ended)
    record(suspended, actor=actor, now=now)


def resume_membership(membership: Membership, *, actor: Actor, now: dt.datetime) -> None:
    """Take part again; what was taken down has to be published anew."""
    authorise(actor, May.LEAVE, membership.member)
    rules.check_resuming(membership.member, _day(now), membership.network.closed_on)

    member = membership.member
    member.status, member.suspended_on = MemberStatus.ACTIVE, None
    member.suspension_reason = ""

    resumed = events.TownResumedInNetwork(member.id, member.network_id, actor.tenant_id)
    record(resumed, actor=actor, now=now)


def write_rules(
    network: Network,
    content: str,
    note: str,
    based_on: int,
    *,
    actor: Actor | NetworkActor,
    now: dt.datetime,
) -> NetworkRules:
    """Put a new version of the rules in force; refuse if somebody else wrote one meanwhile."""
    authorise(actor, May.WRITE)
    queries.check_within(network.id, actor)
    current = queries.current_rules(network.id)
    latest = current.version if current else 0
    if latest != based_on:
        raise RuleViolation(
            _(
                "あなたが書いている間に、第%(version)s版が保存されました。"
                "画面を読み込み直して、違いをお確かめください。",
                version=latest,
            )
        )

    written = NetworkRules(
        network_id=network.id,
        id=new_id(),
        version=latest + 1,
        content=content,
        note=note,
        written_by=actor.name,
        written_at=now,
    )
    db.session.add(written)

    record(events.RulesWritten(written.id, network.id, written.version, note), actor=actor, now=now)
    return written


@loads("networks", after=("agreements",))
def sync_networks(town: Declaration, *, actor: Actor, now: dt.datetime) -> list[Change]:
    """Take over the networks that agreements.toml names; a town that left stays out."""
    authorise(actor, May.SYNC)

    changes = Changes(town.name, FILES["agreements"])
    for entry in town.agreements["agreements"]:
        if "network" in entry:
            _put_declared(changes, town, entry, actor, now)

    if sentences := changes.sentences():
        record(events.NetworksSynced(town.tenant_id, sentences), actor=actor, now=now)
    return changes.found


def _put_declared(
    changes: Changes, town: Declaration, entry: dict[str, Any], actor: Actor, now: dt.datetime
) -> None:
    network = queries.find_network(declared_id(entry["network"]))
    name = entry["name"]
    if network is None and queries.slug_is_taken(entry["network"]):
        what = f"{name} の短い名前は、画面で作られたネットワークが使っています"
        changes.found.append(Change(town.name, FILES["agreements"], what, kept=True))
        return
    signed = dt.date.fromisoformat(entry["signed"]) if "signed" in entry else None
    if network is None:
        found = (municipality(code) for code in entry["parties"])
        network = Network(
            id=declared_id(entry["network"]),
            slug=entry["network"],
            name=name,
            agreement_title=name,
            agreement_signed_on=signed,
            parties=[one.name for one in found if one],
            notice_months=entry.get("notice_months", NOTICE_MONTHS),
            founded_by=actor.tenant_id,
        )
        db.session.add(network)
        db.session.flush()
    if town.name not in network.parties or queries.find_town(network.id, actor.tenant_id):
        return
    if network.closed_on is not None:
        return
    db.session.add(_first_member(network, None, signed or _day(now), actor, now))
    db.session.flush()
    changes.added(f"ネットワーク {name}")


def _first_member(
    network: Network, agreement_id: uuid.UUID | None, day: dt.date, actor: Actor, now: dt.datetime
) -> NetworkMember:
    """Return a membership that nobody had to invite to."""
    return NetworkMember(
        id=new_id(),
        tenant_id=actor.tenant_id,
        network_id=network.id,
        founder_of=network.id if network.founded_by == actor.tenant_id else None,
        status=MemberStatus.ACTIVE,
        answered_at=now,
        answered_by=actor.name,
        joined_on=day,
        agreement_id=agreement_id,
    )


def _day(now: dt.datetime) -> dt.date:
    return now.astimezone(JST).date()
