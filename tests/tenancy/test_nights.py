"""A night's work in each town: one town's fault stops no other, and the second try mends it."""

from __future__ import annotations

import datetime as dt
import logging

import pytest
import sqlalchemy as sa

from kyoso.core import clock
from kyoso.core.db import db
from kyoso.core.jobs import queue
from kyoso.core.journal import JournalEntry
from kyoso.core.mail import Mail
from kyoso.core.scope import tenant_scope
from kyoso.operating.reminders import remind_town
from kyoso.tenancy.models import Tenant
from kyoso.tenancy.nights import in_each_town
from kyoso.tenancy.queries import get_tenant
from support.agreements import TODAY, make_agreement
from support.people import Town, make_town

SOUND = {"mail": {"desk_address": "desk@example.jp"}}
#: As no schema would let through; somebody wrote it past them.
BROKEN = {"mail": "desk@example.jp"}


def declare(town: Town, declaration: dict) -> None:
    with tenant_scope(town.id):
        db.session.get(Tenant, town.id).declaration = declaration
        db.session.commit()


@pytest.fixture
def towns(app):
    made = [make_town(f"よどおし{n}町") for n in range(3)]
    for town in made:
        declare(town, SOUND)
        make_agreement(town, signed_on=TODAY, ends_on=dt.date(2027, 2, 19))
    declare(made[1], BROKEN)
    yield made
    declare(made[1], SOUND)


def remind(towns: list[Town]) -> None:
    infos = [get_tenant(town.id) for town in towns]
    db.session.rollback()
    with clock.frozen(dt.datetime(2027, 1, 25, 18, tzinfo=dt.UTC)):
        in_each_town("agreements.remind", "協定の期限（自動）", infos, remind_town)


def told(town: Town) -> tuple[int, int]:
    """Return how many mails a town wrote, and how many reminders its journal knows of."""
    with tenant_scope(town.id):
        mails = db.session.scalars(sa.select(sa.func.count()).select_from(Mail)).one()
        reminders = sa.select(sa.func.count()).where(JournalEntry.kind == "AgreementReminded")
        return mails, db.session.scalars(reminders).one()


def test_one_town_that_fails_leaves_the_others_done(towns, caplog):
    with (
        caplog.at_level(logging.INFO, "kyoso.tenancy.nights"),
        pytest.raises(RuntimeError, match=f"agreements.remind failed in: {towns[1].slug}$"),
    ):
        remind(towns)
    assert [told(town) for town in towns] == [(1, 1), (0, 0), (1, 1)]
    (failure,) = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert towns[1].slug in failure.getMessage()
    assert f"agreements.remind: 1 in {towns[2].slug}" in caplog.messages


def test_the_second_try_does_what_was_left_and_nothing_twice(towns):
    with pytest.raises(RuntimeError):
        remind(towns)
    with pytest.raises(RuntimeError):
        remind(towns)
    declare(towns[1], SOUND)
    remind(towns)
    assert [told(town) for town in towns] == [(1, 1)] * 3


def test_the_night_knows_of_everything():
    names = {task.task.name for task in queue.periodic_registry.periodic_tasks.values()}
    assert names >= {
        "agreements.remind",
        "check_ins.keep_up",
        "consultations.unanswered",
        "engagements.close",
        "housekeeping.sweep",
        "housekeeping.sweep_platform",
        "letters.write",
        "networks.leave",
        "recruitment_applications.erase",
        "referrals.lapse",
        "reuses.ask",
        "running_costs.remind",
        "saved_searches.digest",
        "shares.follow",
        "snapshots.measure",
        "talent_pool.expire",
    }
