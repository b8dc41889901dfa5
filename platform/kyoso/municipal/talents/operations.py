"""Every change to the register: one function for each verb, each guards, changes, records."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from kyoso.core.access import Actor, PersonActor, authorise, authorise_self
from kyoso.core.db import db, new_id
from kyoso.core.errors import RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import record
from kyoso.municipal.talents import events, queries, rules
from kyoso.municipal.talents.models import Talent, TalentNote
from kyoso.municipal.talents.permissions import TalentPermission as May
from kyoso.municipal.talents.rules import ShownProfile, TalentSource


def join_as_talent(
    person_id: uuid.UUID,
    email: str,
    shown: ShownProfile,
    source: TalentSource,
    *,
    only_parts: Sequence[str] | None = None,
    actor: Actor,
    now: dt.datetime,
) -> Talent:
    """Take a person into the town's register, also one who had left.

    Somebody who is there already is refused: ask `talent_of_person` first. `only_parts` are
    those that this town is shown, now and whenever the profile is saved.
    """
    authorise(actor, May.JOIN)
    talent = queries.talent_of_person(actor, person_id, lock=True)
    if talent is not None and talent.left_at is None:
        raise RuleViolation(
            _("%(name)sさんは、すでに人材台帳に登録されています。", name=talent.name)
        )

    if talent is None:
        talent = Talent(id=new_id(), tenant_id=actor.tenant_id, person_id=person_id)
        db.session.add(talent)
    talent.email = email
    talent.source = source
    talent.only_parts = None if only_parts is None else list(only_parts)
    talent.joined_at = now
    talent.left_at = None
    talent.show(shown)
    # Before anything that points at the row: there is no relationship to order them.
    db.session.flush()

    record(events.TalentJoined(talent.id, talent.name, source, person_id), actor=actor, now=now)
    return talent


def add_note(
    talent: Talent, text: str, *, note_id: uuid.UUID, actor: Actor, now: dt.datetime
) -> TalentNote:
    """Note something about a talent, for the town's own staff."""
    authorise(actor, May.NOTE, talent)

    note = TalentNote(
        id=note_id,
        tenant_id=talent.tenant_id,
        talent_id=talent.id,
        text=text,
        written_by=actor.name,
        written_at=now,
    )
    db.session.add(note)

    record(events.TalentNoted(talent.id), actor=actor, now=now)
    return note


def remove_talent(talent: Talent, reason: str, *, actor: Actor, now: dt.datetime) -> None:
    """Take somebody out of the register: they can be engaged no more until they join again.

    What they did here stays in the town's history; of their profile, only who it was.
    """
    authorise(actor, May.REMOVE, talent)
    if talent.left_at is not None:
        raise RuleViolation(_("%(name)sさんは、すでに人材台帳から外れています。", name=talent.name))
    rules.check_removable(queries.list_open_engagements(actor, talent.id))

    talent.show(ShownProfile(name=talent.name, kana=talent.kana))
    talent.left_at = now

    record(
        events.TalentLeft(talent.id, talent.name, reason, talent.person_id), actor=actor, now=now
    )


def show_profile(
    talents: Sequence[Talent], shown: ShownProfile, *, actor: PersonActor, now: dt.datetime
) -> None:
    """Write anew, in every town's register, what the person lets towns see of themselves."""
    authorise_self(actor, actor.person_id)

    for talent in talents:
        talent.show(shown)

    record(events.TalentsShownAnew(actor.person_id, len(talents)), actor=actor, now=now)
