"""The six questions: can one town's fit sheets be reached from another?"""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, NotFound
from kyoso.core.scope import tenant_scope
from kyoso.municipal.fit_sheets import operations, queries
from kyoso.municipal.fit_sheets.models import FitItem, FitSheet, FitSheetAim, FitSheetVersion
from kyoso.municipal.fit_sheets.operations import SheetDraft, Word
from kyoso.municipal.fit_sheets.rules import ItemState, Side
from kyoso.municipal.proposals.rules import ProposalStatus as S
from kyoso.municipal.strategy.models import Vision
from support.fit_sheets import MadeSheet, make_sheet
from support.intake import make_policy
from support.people import Town, actor_of
from support.proposals import NOON, desk

TABLES = (FitSheet, FitItem, FitSheetAim, FitSheetVersion)


@pytest.fixture
def theirs(minato: Town) -> MadeSheet:
    make_policy(minato)
    made = make_sheet(minato, S.ADOPTED)
    with tenant_scope(minato.id):
        vision = Vision(id=new_id(), tenant_id=minato.id, number=1, title="x", reasons=[])
        db.session.add(vision)
        db.session.flush()
        db.session.add(child(FitSheetAim, minato.id, made.id, vision_id=vision.id))
        db.session.commit()
        for table in TABLES:
            assert db.session.scalar(sa.select(sa.func.count()).select_from(table)), table
    return made


def child(table: Any, tenant_id: uuid.UUID, sheet_id: uuid.UUID, **values: Any) -> Any:
    own: dict[Any, dict[str, Any]] = {
        FitItem: {"position": 1, "topic": "x", "state": ItemState.OPEN},
        FitSheetAim: {"label": "x", "vision_id": new_id()},
        FitSheetVersion: {
            "number": 9,
            "snapshot": {},
            "side": Side.TOWN,
            "saved_by": "x",
            "saved_at": NOON,
        },
    }
    return table(id=new_id(), tenant_id=tenant_id, sheet_id=sheet_id, **own[table] | values)


def test_theirs_looks_missing_to_us(theirs: MadeSheet, hinode: Town, member_of, browser) -> None:
    us = desk(hinode)
    with tenant_scope(hinode.id):
        for ask in (queries.get_sheet, queries.subject_of_proposal, queries.subject_of_project):
            for ident in (theirs.id, theirs.proposal.id):
                with pytest.raises(NotFound) as known:
                    ask(us, ident)
                with pytest.raises(NotFound) as unknown:
                    ask(us, uuid.uuid4())
                assert known.value.message == unknown.value.message
        assert queries.find_for_proposal(us, theirs.proposal.id) is None
        assert queries.open_items(us, theirs.proposal.id) is None
        assert queries.list_items(us, theirs.id) == []
        assert queries.list_chosen(us, theirs.id) == []
        assert queries.list_versions(us, theirs.id) == []
        assert queries.get_snapshots(us, theirs.id, [1]) == {}
        assert queries.taken_ids(us, list(theirs.items)) == []
    page = browser(member_of(hinode, Role.ADMIN))
    here = f"/{hinode.slug}/desk"
    for known, unknown in (
        (f"{here}/fit-sheets/{theirs.id}/edit", f"{here}/fit-sheets/{uuid.uuid4()}/edit"),
        (
            f"{here}/proposals/{theirs.proposal.id}/fit-sheet",
            f"{here}/proposals/{uuid.uuid4()}/fit-sheet",
        ),
    ):
        assert page.get(known, status=404) == page.get(unknown, status=404)
        page.post(known, {"version": "1"}, status=404)


@pytest.mark.parametrize("table", TABLES)
def test_the_database_hides_theirs_even_from_a_query_that_forgot(
    table: Any, theirs: MadeSheet, hinode: Town
) -> None:
    with tenant_scope(hinode.id):
        assert db.session.scalars(sa.select(table)).all() == []
        if table is not FitSheetVersion:
            assert db.session.execute(sa.update(table).values(id=uuid.uuid4())).rowcount == 0


@pytest.mark.parametrize("table", TABLES)
def test_no_scope_sees_nothing(table: Any, theirs: MadeSheet) -> None:
    assert db.session.scalars(sa.select(table)).all() == []


@pytest.mark.parametrize("table", TABLES)
def test_nothing_of_ours_can_point_at_theirs(table: Any, theirs: MadeSheet, hinode: Town) -> None:
    with tenant_scope(hinode.id):
        if table is FitSheet:
            keys = {"proposal_id": theirs.proposal.id, "version": 1, "saved_at": NOON}
            db.session.add(FitSheet(id=new_id(), tenant_id=hinode.id, **keys))
        else:
            db.session.add(child(table, hinode.id, theirs.id))
        with pytest.raises(sa.exc.IntegrityError, match="foreign key"):
            db.session.flush()


def test_nothing_of_ours_can_act_on_theirs(theirs: MadeSheet, hinode: Town, minato: Town) -> None:
    with tenant_scope(minato.id):
        us = desk(minato)
        sheet = queries.get_sheet(us, theirs.id)
        item = queries.get_item(us, sheet, theirs.items[0])
        subject = queries.subject_of_proposal(us, theirs.proposal.id)
    steps = (
        operations.confirm_item,
        operations.take_back_confirmation,
        operations.put_item_out,
        operations.reopen_item,
        operations.propose_state,
    )
    with tenant_scope(hinode.id):
        for role in Role:
            actor = actor_of(hinode, role)
            with pytest.raises(Forbidden):
                operations.start_sheet(subject, actor=actor, now=NOON)
            with pytest.raises(Forbidden):
                operations.save_sheet(sheet, SheetDraft(1, {}), actor=actor, now=NOON)
            for step in steps:
                with pytest.raises(Forbidden):
                    step(sheet, item, Word(reason="x"), actor=actor, now=NOON)


@pytest.mark.parametrize("table", TABLES[1:])
def test_nothing_can_be_written_in_their_name(
    table: Any, theirs: MadeSheet, hinode: Town, minato: Town
) -> None:
    with tenant_scope(hinode.id):
        db.session.add(child(table, minato.id, theirs.id))
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
            db.session.flush()


def test_scope_cannot_change_inside_a_transaction(hinode: Town, minato: Town) -> None:
    with tenant_scope(hinode.id):
        db.session.scalars(sa.select(FitSheet)).all()
        with pytest.raises(RuntimeError), tenant_scope(minato.id):
            pass


@pytest.mark.parametrize("table", TABLES)
def test_nobody_deletes(table: Any, theirs: MadeSheet, minato: Town) -> None:
    with tenant_scope(minato.id):
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            db.session.execute(sa.delete(table))
        db.session.rollback()
