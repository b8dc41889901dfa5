"""What the town and a proposer do with their すり合わせシート in a story."""

from __future__ import annotations

import datetime as dt
import uuid

from kyoso.core.access import Actor
from kyoso.core.db import new_id
from kyoso.municipal.fit_sheets import operations, queries, rules
from kyoso.municipal.fit_sheets.models import FitItem, FitSheet

Moment = dt.datetime


def start(proposal_id: uuid.UUID, actor: Actor, now: Moment) -> None:
    """Begin the sheet of a proposal."""
    subject = queries.subject_of_proposal(actor, proposal_id)
    operations.start_sheet(subject, actor=actor, now=now)


def write(
    proposal_id: uuid.UUID, words: dict[str, dict[str, str]], actor: Actor, now: Moment
) -> None:
    """Write into items, by their topic; one that is not there yet is added."""
    sheet = _sheet(proposal_id, actor)
    known = {item.topic: item.id for item in queries.list_items(actor, sheet.id)}
    content: dict[str, str] = {}
    for topic, fields in words.items():
        item_id = known.get(topic) or new_id()
        typed = fields if topic in known else {"topic": topic, **fields}
        content |= {rules.key_of(name, item_id): text for name, text in typed.items()}
    draft = operations.SheetDraft(sheet.version, content)
    operations.save_sheet(sheet, draft, actor=actor, now=now)


def confirm(proposal_id: uuid.UUID, topic: str, actor: Actor, now: Moment) -> None:
    """Agree to the text of an item, as whoever acts."""
    sheet = _sheet(proposal_id, actor)
    item = _item(sheet, topic, actor)
    operations.confirm_item(
        sheet, item, operations.Word(agreement=item.agreement), actor=actor, now=now
    )


def put_out(proposal_id: uuid.UUID, topic: str, reason: str, actor: Actor, now: Moment) -> None:
    """Put an item out of scope, as the town."""
    sheet = _sheet(proposal_id, actor)
    word = operations.Word(reason=reason)
    operations.put_item_out(sheet, _item(sheet, topic, actor), word, actor=actor, now=now)


def _sheet(proposal_id: uuid.UUID, actor: Actor) -> FitSheet:
    subject = queries.subject_of_proposal(actor, proposal_id)
    sheet = queries.find_sheet(actor, subject, lock=True)
    assert sheet is not None, "the story begins no sheet"
    return sheet


def _item(sheet: FitSheet, topic: str, actor: Actor) -> FitItem:
    return next(item for item in queries.list_items(actor, sheet.id) if item.topic == topic)
