"""Fit sheets for tests, made by the operations that people use."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.core.scope import tenant_scope
from kyoso.municipal.fit_sheets import operations, queries
from kyoso.municipal.fit_sheets.operations import SheetDraft, Word
from kyoso.municipal.proposals.rules import ProposalStatus
from support.people import Town
from support.proposals import NOON, Made, desk, make


@dataclass(frozen=True)
class MadeSheet:
    id: uuid.UUID
    proposal: Made
    #: Its items in order: the proposal's centre, and what is asked of the town.
    items: tuple[uuid.UUID, ...]


def make_sheet(
    town: Town, status: ProposalStatus = ProposalStatus.SCREENING, **who: object
) -> MadeSheet:
    """Make a proposal in a status and begin its sheet; needs a policy that takes proposals in."""
    proposal = make(town, status, **who)
    with tenant_scope(town.id):
        us = desk(town)
        subject = queries.subject_of_proposal(us, proposal.id)
        sheet = operations.start_sheet(subject, actor=us, now=NOON)
        items = tuple(item.id for item in queries.list_items(us, sheet.id))
        db.session.commit()
        return MadeSheet(sheet.id, proposal, items)


def save(actor: Actor, sheet_id: uuid.UUID, version: int = 0, **words: str) -> int:
    """Save words in a sheet; ``wanted_1`` is the first item's. Returns the version there is then."""
    with tenant_scope(actor.tenant_id):
        sheet = queries.get_sheet(actor, sheet_id, lock=True)
        ids = [item.id for item in queries.list_items(actor, sheet_id)]
        content = {}
        for name, text in words.items():
            field, _line, place = name.rpartition("_")
            content[f"{field}-{ids[int(place) - 1]}" if place.isdigit() else name] = text
        draft = SheetDraft(version or sheet.version, content)
        operations.save_sheet(sheet, draft, actor=actor, now=NOON)
        db.session.commit()
        return sheet.version


def agree(actor: Actor, sheet_id: uuid.UUID, item_id: uuid.UUID, text: str) -> None:
    """Agree to an item's text for the actor's own side."""
    with tenant_scope(actor.tenant_id):
        sheet = queries.get_sheet(actor, sheet_id, lock=True)
        item = queries.get_item(actor, sheet, item_id)
        operations.confirm_item(sheet, item, Word(agreement=text), actor=actor, now=NOON)
        db.session.commit()
