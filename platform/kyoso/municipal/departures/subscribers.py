"""What follows when a person leaves a town, or asks to be erased everywhere."""

from __future__ import annotations

import datetime as dt
import uuid

from kyoso.core.access import Actor, PersonActor, Role
from kyoso.core.events import subscribe
from kyoso.core.jobs import enqueue, job
from kyoso.core.mail import forget_address
from kyoso.identity.consents.operations import withdraw_consent
from kyoso.identity.consents.queries import list_consents
from kyoso.identity.erasures.events import ErasureCarriedOut, ErasureRequested
from kyoso.identity.profiles.operations import share_file
from kyoso.identity.profiles.queries import list_files
from kyoso.municipal.departures import operations, queries, rules
from kyoso.municipal.departures.events import TownLeft
from kyoso.municipal.talent_invitations.operations import forget_invitation
from kyoso.municipal.talent_invitations.queries import list_taken_up_by
from kyoso.municipal.talents.queries import get_talent, list_own_talents


@subscribe(TownLeft)
def show_it_no_more(event: TownLeft, *, actor: PersonActor, now: dt.datetime) -> None:
    """Take back what was meant for the town: files, and consents. It is told by a job."""
    for file in list_files(actor):
        if event.tenant_id in file.shared_with:
            others = [town for town in file.shared_with if town != event.tenant_id]
            share_file(file, others, actor=actor, now=now)
    _withdraw(actor, now, town_id=event.tenant_id)
    _tell(event.tenant_id, event.subject_id, "left", now)


def _withdraw(actor: PersonActor, now: dt.datetime, town_id: uuid.UUID | None = None) -> None:
    for consent in list_consents(actor):
        if consent.withdrawn_at is None and town_id in (None, consent.town_id):
            withdraw_consent(consent, actor=actor, now=now)


@subscribe(ErasureRequested)
def refuse_or_tell_towns(_event: ErasureRequested, *, actor: PersonActor, now: dt.datetime) -> None:
    """Refuse while something runs in a town; else tell every town that has the person on record."""
    rules.check_free(queries.list_ties(actor))
    for talent, _town, _slug in list_own_talents(actor):
        _tell(talent.tenant_id, talent.id, "erasure_requested", now)


@subscribe(ErasureCarriedOut)
def leave_every_town(_event: ErasureCarriedOut, *, actor: PersonActor, now: dt.datetime) -> None:
    """Take the person out of every register. Each keeps the name as it was recorded."""
    rules.check_free(queries.list_ties(actor))
    for talent, _town, _slug in list_own_talents(actor):
        talent.show(rules.kept_of(talent.name, talent.kana))
        talent.email = ""
        talent.left_at = talent.left_at or now
        _tell(talent.tenant_id, talent.id, "erased", now)
    _withdraw(actor, now)


def _tell(tenant_id: uuid.UUID, talent_id: uuid.UUID, letter: str, now: dt.datetime) -> None:
    enqueue(
        carry_to_town,
        tenant_id=str(tenant_id),
        talent_id=str(talent_id),
        letter=letter,
        decided_at=now.isoformat(),
    )


@job("departures.carry_to_town")
def carry_to_town(tenant_id: uuid.UUID, talent_id: str, letter: str, decided_at: str) -> None:
    """Let the town know what the person decided: their transaction cannot write into its rows."""
    system = Actor.system(tenant_id, rule="本人の申出（自動）")
    talent = get_talent(system, uuid.UUID(talent_id), lock=True)
    if queries.was_noted(system, talent.id, decided_at):
        return
    person = Actor(
        tenant_id, frozenset({Role.TALENT}), person_id=talent.person_id, name=talent.name
    )
    decided = dt.datetime.fromisoformat(decided_at)
    operations.note_departure(talent, letter, actor=person, now=decided)
    if letter == "erased":
        _forget_addresses(talent.id, actor=system, now=decided)


def _forget_addresses(talent_id: uuid.UUID, *, actor: Actor, now: dt.datetime) -> None:
    """Erase where the town wrote to somebody who was erased: of invitations, and of all mails."""
    for invitation in list_taken_up_by(actor, talent_id):
        forget_address(actor, invitation.email)
        forget_invitation(invitation, actor=actor, now=now)
