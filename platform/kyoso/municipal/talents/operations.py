"""Every change to the register: one function for each verb, each guards, changes, records."""

from __future__ import annotations

import datetime as dt
import uuid

from kyoso.core.access import Actor, authorise
from kyoso.core.db import db, new_id
from kyoso.core.errors import RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import record
from kyoso.core.text import search_key
from kyoso.municipal.talents import events, queries
from kyoso.municipal.talents.models import Talent
from kyoso.municipal.talents.permissions import TalentPermission as May
from kyoso.municipal.talents.rules import SHOWN_FIELDS, ShownProfile, TalentSource


def join_as_talent(
    person_id: uuid.UUID,
    email: str,
    shown: ShownProfile,
    source: TalentSource,
    *,
    actor: Actor,
    now: dt.datetime,
) -> Talent:
    """Take a person into the town's register, also one who had left.

    Somebody who is there already is refused: ask `talent_of_person` first.
    """
    authorise(actor, May.JOIN)
    talent = _register(person_id, email, shown, source, actor=actor, now=now)

    record(
        events.TalentJoined(talent.id, talent.name, source, person_id),
        actor=actor,
        now=now,
    )
    return talent


def _register(
    person_id: uuid.UUID,
    email: str,
    shown: ShownProfile,
    source: TalentSource,
    *,
    actor: Actor,
    now: dt.datetime,
) -> Talent:
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
    talent.joined_at = now
    talent.left_at = None
    _show(talent, shown)
    # Before anything that points at the row: there is no relationship to order them.
    db.session.flush()
    return talent


def _show(talent: Talent, shown: ShownProfile) -> None:
    for name in SHOWN_FIELDS:
        value = getattr(shown, name)
        setattr(talent, name, list(value) if isinstance(value, tuple | list) else value)
    words = [shown.name, shown.kana, shown.affiliation, shown.bio, shown.can_do, shown.wants]
    words += [*shown.free_skills, *shown.fields, *shown.languages, shown.places, shown.conditions]
    talent.search_key = search_key("\n".join(words))
