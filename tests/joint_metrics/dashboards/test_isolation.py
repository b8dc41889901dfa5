"""Who sees a network's numbers, targets and notes: asked of the pages, and of the database."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, NotFound
from kyoso.core.metrics import Figure, Month
from kyoso.core.scope import scope
from kyoso.joint_metrics.annotations import operations
from kyoso.joint_metrics.annotations.models import NetworkNote, NetworkTarget
from kyoso.joint_metrics.annotations.operations import NoteDraft, TargetDraft
from kyoso.joint_metrics.annotations.rules import NoteKind
from kyoso.joint_metrics.dashboards.queries import get_frame, get_totals, get_town_totals
from support.members import make_member, sign_in
from support.networks import admin_of, make_world
from support.snapshots import publish_month

OCTOBER = Month(2026, 10)
SEES = {"member", "second", "coordinator"}


@pytest.fixture(scope="module")
def world(app):
    with app.app_context():
        world = make_world()
        publish_month(world.member, world.network_id, OCTOBER, {"proposals.received": Figure(7)})
        person = world.coordinator
        with scope(person.scope):
            operations.set_target(
                TargetDraft("proposals.received", 2026, 10),  # type: ignore[arg-type]
                actor=person.actor,
                now=now(),
            )
            note = NoteDraft(NoteKind.NOTE, dt.date(2026, 5, 1), "見本の注記")
            operations.write_note(note, note_id=new_id(), actor=person.actor, now=now())
            db.session.commit()
        yield world


@pytest.mark.parametrize("table", [NetworkTarget, NetworkNote])
def test_the_database_shows_targets_and_notes_to_members_and_coordinators_only(world, table):
    seen = set()
    for name, wanted in world.scopes().items():
        with scope(wanted):
            if db.session.scalars(sa.select(table.id)).all():
                seen.add(name)
    assert seen == SEES


@pytest.mark.parametrize("table", ["network_targets", "network_notes"])
def test_only_the_networks_coordinators_change_them(world, table):
    column = "reason" if table == "network_targets" else "text"
    changed = {}
    for name, wanted in world.scopes().items():
        with scope(wanted):
            done = db.session.execute(
                sa.text(f"UPDATE joint_metrics.{table} SET {column} = {column}")  # noqa: S608
            )
            changed[name] = done.rowcount
            db.session.rollback()
    assert {name for name, count in changed.items() if count} == {"coordinator"}


def test_nobody_else_writes_into_the_network_and_nobody_deletes(world):
    for name, wanted in world.scopes().items():
        with scope(wanted):
            db.session.add(
                NetworkNote(
                    network_id=world.network_id,
                    id=new_id(),
                    kind=NoteKind.NOTE,
                    month=dt.date(2026, 6, 1),
                    text="よそから",
                    written_by="だれか",
                    written_at=now(),
                )
            )
            if name == "coordinator":
                db.session.flush()
            else:
                with pytest.raises(sa.exc.ProgrammingError):
                    db.session.flush()
            db.session.rollback()
        with scope(wanted), pytest.raises(sa.exc.ProgrammingError):
            db.session.execute(sa.text("DELETE FROM joint_metrics.network_notes"))


def test_the_dashboards_own_statements_return_nothing_to_strangers(world):
    for name, wanted in world.scopes().items():
        with scope(wanted):
            frame = get_frame(world.network_id)
            totals = get_totals(world.network_id, "proposals.received", OCTOBER, OCTOBER, OCTOBER)
            towns = get_town_totals(world.network_id, ["proposals.received"], OCTOBER, OCTOBER)
        may_see = name in SEES
        assert bool(frame.months) is may_see, name
        assert bool(frame.targets) is may_see, name
        assert bool(frame.notes) is may_see, name
        assert bool(totals) is may_see, name
        # A town keeps what it published itself.
        assert bool(towns) is may_see, name


def test_a_network_that_there_is_not(world):
    with scope(world.coordinator.scope), pytest.raises(NotFound):
        get_frame(uuid.uuid4())


def test_pages_open_to_members_of_today_and_to_the_networks_coordinators(app, world):
    pages = ("", "/flows", "/of/proposals.received", f"/towns/{world.member.id}/2026-10")
    for name in ("member", "second", "former", "suspended", "invited", "never"):
        town = getattr(world, name)
        browser = sign_in(app, make_member(town, Role.ADMIN))
        for path in pages:
            where = f"/{town.slug}/exchange/metrics/networks/{world.network_id}{path}"
            browser.get(where, status=200 if name in SEES else 404)
        # What another town's network looks like is what no network looks like.
        browser.get(f"/{town.slug}/exchange/metrics/networks/{uuid.uuid4()}", status=404)


def test_what_was_drawn_for_one_is_not_shown_to_another(app, world):
    ours = sign_in(app, make_member(world.member, Role.STAFF))
    theirs = sign_in(app, make_member(world.never, Role.STAFF))
    mine = f"/{world.member.slug}/exchange/metrics/networks/{world.network_id}"
    assert "この町" in ours.get(mine)
    theirs.get(f"/{world.never.slug}/exchange/metrics/networks/{world.network_id}", status=404)
    second = sign_in(app, make_member(world.second, Role.STAFF))
    seen = second.get(f"/{world.second.slug}/exchange/metrics/networks/{world.network_id}")
    assert f"/{world.member.slug}/" not in seen


def test_towns_and_other_networks_coordinators_change_no_target(world):
    draft = TargetDraft("proposals.received", 2027, 10)  # type: ignore[arg-type]
    with pytest.raises(Forbidden):
        operations.set_target(draft, actor=admin_of(world.member), now=now())  # type: ignore[arg-type]
    with scope(world.coordinator.scope):
        target = db.session.scalars(sa.select(NetworkTarget)).one()
        with pytest.raises(Forbidden):
            operations.clear_target(target, actor=world.other_coordinator.actor, now=now())
