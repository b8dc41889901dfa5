"""Every change to fit sheets: one function for each verb, each guards, changes, records."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kyoso.core.access import Actor, Role, authorise
from kyoso.core.clock import JST
from kyoso.core.db import db, new_id
from kyoso.core.errors import InvalidInput, NotFound, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import record
from kyoso.municipal.fit_sheets import events, queries, rules
from kyoso.municipal.fit_sheets.mails import tell
from kyoso.municipal.fit_sheets.models import FitItem, FitSheet, FitSheetAim, FitSheetVersion
from kyoso.municipal.fit_sheets.permissions import FitSheetPermission as May
from kyoso.municipal.fit_sheets.permissions import right_of
from kyoso.municipal.fit_sheets.queries import Subject
from kyoso.municipal.fit_sheets.rules import ItemState, Side, Step
from kyoso.municipal.needs.queries import get_need


@dataclass(frozen=True, slots=True)
class SheetDraft:
    """What one person typed, and on which version of the sheet."""

    version: int
    #: By the names of the form: see rules.key_of.
    content: Mapping[str, str]
    #: What is served of the town's strategy; None where the form does not ask.
    aims: frozenset[uuid.UUID] | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody says about one item."""

    reason: str = ""
    #: The text of the agreement as they read it.
    agreement: str = ""
    #: For which side; None: for the actor's own.
    side: Side | None = None
    #: Who said so, where the town takes down its partner's word.
    name: str = ""


class Overtaken(RuleViolation):
    """Somebody saved the sheet in between: `merge` holds what each of the two did."""

    def __init__(self, merge: rules.Merge) -> None:
        self.merge = merge
        super().__init__(
            _("あなたが書いている間に、ほかの人が保存しました。両方の変更をご確認ください。")
        )


def start_sheet(subject: Subject, *, actor: Actor, now: dt.datetime) -> FitSheet:
    """Begin the sheet of a proposal or project, filled with what is known of it."""
    authorise(actor, May.WRITE, subject)
    _check_open(subject, actor)

    sheet = FitSheet(
        id=new_id(),
        tenant_id=actor.tenant_id,
        proposal_id=subject.proposal.id if subject.proposal else None,
        project_id=None if subject.proposal else subject.id,
        version=1,
        win_proposer=subject.proposal.merit_proposer if subject.proposal else "",
        created_at=now,
        saved_at=now,
    )
    db.session.add(sheet)
    db.session.flush()
    _prefill(sheet, subject, actor)
    _keep_version(sheet, Side.TOWN, actor=actor, now=now, number=1)
    tell(sheet, subject, Side.PROPOSER, now=now)

    record(events.FitSheetStarted(sheet.subject_id), actor=actor, now=now)
    return sheet


def save_sheet(sheet: FitSheet, draft: SheetDraft, *, actor: Actor, now: dt.datetime) -> None:
    """Keep what one side typed; Overtaken if the sheet was saved since they opened it.

    What stands there already is no change: a form that is sent twice makes one version.
    """
    authorise(actor, right_of(actor), sheet)
    subject = _writable(sheet, actor)
    items = {str(item.id): item for item in queries.list_items(actor, sheet.id)}
    chosen = queries.list_chosen(actor, sheet.id)
    saved = rules.content_of(queries.snapshot_of(sheet, list(items.values()), chosen))
    typed = {**draft.content, **_typed_aims(draft, chosen, actor)}
    sides = rules.sides_of(actor, has_proposer=sheet.proposal_id is not None)
    base = saved if draft.version == sheet.version else _content_at(sheet, draft.version, actor)
    mine = {key: words for key, words in typed.items() if words != base.get(key, "")}
    changed = {key: words for key, words in mine.items() if words != saved.get(key, "")}
    if not changed:
        return
    rules.check_own(changed, items, sides)
    closed = {key for key, item in items.items() if item.state is not ItemState.OPEN}
    if base is not saved:
        raise Overtaken(rules.merge(base, typed, saved, closed))
    rules.check_not_closed(changed, closed)
    _check_new(changed, items, actor)

    _apply(sheet, items, changed)
    _choose(sheet, chosen, changed, actor=actor, now=now)
    side = Side.TOWN if Side.TOWN in sides else Side.PROPOSER
    _keep_version(sheet, side, actor=actor, now=now)
    tell(sheet, subject, side.other, now=now)

    record(events.FitSheetSaved(sheet.subject_id, side, sheet.version), actor=actor, now=now)


def confirm_item(
    sheet: FitSheet, item: FitItem, word: Word, *, actor: Actor, now: dt.datetime
) -> None:
    """Agree to an item's text for one side; it is agreed once both sides have."""
    authorise(actor, right_of(actor), sheet)
    subject = _writable(sheet, actor)
    side, name = _speaker(sheet, word, actor)
    rules.check_step(item.state, Step.CONFIRM, side)
    rules.check_text(item.agreement, word.agreement)

    _mark(item, side, name, now)
    other = getattr(item, f"{side.other}_agreed_at") is not None
    item.state = rules.state_after(item.state, Step.CONFIRM, other_confirmed=other)
    if item.state is ItemState.AGREED:
        item.closed_on = now.astimezone(JST).date()
    _unwish(item)
    _keep_version(sheet, side, actor=actor, now=now)
    tell(sheet, subject, side.other, now=now)

    happened = events.ItemAgreed if item.state is ItemState.AGREED else events.ItemConfirmed
    record(happened(sheet.subject_id, side, item.topic), actor=actor, now=now)


def take_back_confirmation(
    sheet: FitSheet, item: FitItem, word: Word, *, actor: Actor, now: dt.datetime
) -> None:
    """Take back one's own mark while the other side has not agreed."""
    authorise(actor, right_of(actor), sheet)
    subject = _writable(sheet, actor)
    side, _name = _speaker(sheet, word, actor, named=False)
    rules.check_step(item.state, Step.TAKE_BACK, side)

    _unmark(item, side)
    _keep_version(sheet, side, actor=actor, now=now)
    tell(sheet, subject, side.other, now=now)

    record(events.ConfirmationTakenBack(sheet.subject_id, side, item.topic), actor=actor, now=now)


def put_item_out(
    sheet: FitSheet, item: FitItem, word: Word, *, actor: Actor, now: dt.datetime
) -> None:
    """Put an item out of scope as the town, saying why; the proposer reads the reason."""
    authorise(actor, May.WRITE, sheet)
    subject = _writable(sheet, actor)
    rules.check_step(item.state, Step.PUT_OUT, Side.TOWN)
    rules.check_reason(word.reason)

    item.state, item.out_reason = ItemState.OUT_OF_SCOPE, word.reason
    item.closed_on = now.astimezone(JST).date()
    _unmark(item, *Side)
    _unwish(item)
    _keep_version(sheet, Side.TOWN, actor=actor, now=now)
    tell(sheet, subject, Side.PROPOSER, now=now)

    record(events.ItemPutOut(sheet.subject_id, item.topic, word.reason), actor=actor, now=now)


def reopen_item(
    sheet: FitSheet, item: FitItem, word: Word, *, actor: Actor, now: dt.datetime
) -> None:
    """Talk about a closed item again, saying why."""
    authorise(actor, right_of(actor), sheet)
    subject = _writable(sheet, actor)
    side, _name = _speaker(sheet, word, actor, named=False)
    rules.check_step(item.state, Step.REOPEN, side)
    rules.check_reason(word.reason)

    item.state, item.out_reason, item.closed_on = ItemState.OPEN, "", None
    _unmark(item, *Side)
    _unwish(item)
    _keep_version(sheet, side, actor=actor, now=now)
    tell(sheet, subject, side.other, now=now)

    happened = events.ItemReopened(sheet.subject_id, side, item.topic, word.reason)
    record(happened, actor=actor, now=now)


def propose_state(
    sheet: FitSheet, item: FitItem, word: Word, *, actor: Actor, now: dt.datetime
) -> None:
    """Ask the town, as the proposer, to leave an item out or to take it up again."""
    authorise(actor, right_of(actor), sheet)
    subject = _writable(sheet, actor)
    side, _name = _speaker(sheet, word, actor, named=False)
    rules.check_step(item.state, Step.PROPOSE, side)
    rules.check_reason(word.reason)

    item.proposed_state = rules.state_wished(item.state)
    item.proposed_reason = word.reason
    _keep_version(sheet, side, actor=actor, now=now)
    tell(sheet, subject, Side.TOWN, now=now)

    happened = events.StateProposed(sheet.subject_id, item.proposed_state, item.topic, word.reason)
    record(happened, actor=actor, now=now)


def _check_open(subject: Subject, actor: Actor) -> None:
    rules.check_writable(subject.status, ended=subject.ended)
    rules.check_in_charge(actor, subject.department_id)


def _writable(sheet: FitSheet, actor: Actor) -> Subject:
    subject = queries.subject_of(actor, sheet)
    _check_open(subject, actor)
    return subject


def _speaker(sheet: FitSheet, word: Word, actor: Actor, *, named: bool = True) -> tuple[Side, str]:
    """Return for which side somebody speaks, and under which name."""
    own = Side.PROPOSER if Role.LINK_HOLDER in actor.roles else Side.TOWN
    side = word.side or own
    rules.check_side(side, rules.sides_of(actor, has_proposer=sheet.proposal_id is not None))
    if side is own:
        return side, actor.name or own.label
    if named and not word.name:
        raise InvalidInput({"name": [_("相手の方のお名前を書いてください。")]})
    return side, word.name


def _mark(item: FitItem, side: Side, name: str, now: dt.datetime) -> None:
    setattr(item, f"{side}_agreed_by", name)
    setattr(item, f"{side}_agreed_at", now)


def _unmark(item: FitItem, *sides: Side) -> None:
    for side in sides:
        setattr(item, f"{side}_agreed_by", "")
        setattr(item, f"{side}_agreed_at", None)


def _unwish(item: FitItem) -> None:
    item.proposed_state, item.proposed_reason = None, ""


def _prefill(sheet: FitSheet, subject: Subject, actor: Actor) -> None:
    proposal, project = subject.proposal, subject.project
    need = get_need(actor, proposal.need_id) if proposal and proposal.need_id else None
    wanted = "\n".join(filter(None, (need.purpose, need.outcome))) if need else ""
    if proposal is None:
        _add_item(sheet, 1, _("取組の中心"), wanted=project.summary if project else "")
        return
    _add_item(
        sheet, 1, _("提案の中心"), wanted=wanted, wish=proposal.wish, proposer_can=proposal.ability
    )
    if proposal.expectation:
        _add_item(sheet, 2, _("町に求めること"), wish=proposal.expectation)
    aim = next((a for a in queries.list_aims(actor) if need and a.id == need.tactic_id), None)
    if aim is not None:
        _add_aim(sheet, aim)


def _add_item(sheet: FitSheet, position: int, topic: str, **words: Any) -> FitItem:
    item = FitItem(
        **{"id": new_id(), **dict.fromkeys(("town_agreed_by", "proposer_agreed_by"), ""), **words},
        tenant_id=sheet.tenant_id,
        sheet_id=sheet.id,
        position=position,
        topic=topic,
        state=ItemState.OPEN,
    )
    db.session.add(item)
    return item


def _add_aim(sheet: FitSheet, aim: queries.Aim) -> None:
    target = {aim.column: aim.id}
    db.session.add(
        FitSheetAim(
            id=new_id(), tenant_id=sheet.tenant_id, sheet_id=sheet.id, label=aim.label, **target
        )
    )


def _typed_aims(draft: SheetDraft, chosen: Sequence[FitSheetAim], actor: Actor) -> dict[str, str]:
    """Return the choice under the names of the form, refusing what the town does not have."""
    if draft.aims is None:
        return {}
    labels = {aim.aim_id: aim.label for aim in chosen}
    if draft.aims - labels.keys():
        labels = {aim.id: aim.label for aim in queries.list_aims(actor)} | labels
    if draft.aims - labels.keys():
        raise InvalidInput({"aims": [_("町の将来像・戦略・戦術を選び直してください。")]})
    wanted = draft.aims | {aim.aim_id for aim in chosen if aim.dropped_at is None}
    return {
        rules.key_of(rules.AIM, aim_id): labels[aim_id] if aim_id in draft.aims else ""
        for aim_id in wanted
    }


def _content_at(sheet: FitSheet, version: int, actor: Actor) -> dict[str, str]:
    found = queries.get_snapshots(actor, sheet.id, [version]).get(version)
    if found is None:
        raise RuleViolation(_("画面を読み込み直してから、もう一度保存してください。"))
    return rules.content_of(found)


def _check_new(changed: Mapping[str, str], items: Mapping[str, FitItem], actor: Actor) -> None:
    new = {rules.parts_of(key)[1] for key in changed} - items.keys() - {""}
    new -= {rules.parts_of(key)[1] for key in changed if key.startswith(f"{rules.AIM}-")}
    named = new | {rules.parts_of(key)[1] for key in changed if key.startswith("topic-")}
    names = {rules.key_of("topic", item_id) for item_id in named}
    nameless = {
        name: [_("項目の名前を書いてください。")] for name in names if not changed.get(name)
    }
    if nameless:
        raise InvalidInput(nameless)
    if new and queries.taken_ids(actor, [uuid.UUID(item_id) for item_id in new]):
        raise NotFound


def _apply(sheet: FitSheet, items: dict[str, FitItem], changed: Mapping[str, str]) -> None:
    last = max((item.position for item in items.values()), default=0)
    for key, words in changed.items():
        name, item_id = rules.parts_of(key)
        if name == rules.AIM:
            continue
        if not item_id:
            setattr(sheet, name, words)
            continue
        if item_id not in items:
            last += 1
            topic = changed[rules.key_of("topic", item_id)]
            items[item_id] = _add_item(sheet, last, topic, id=uuid.UUID(item_id))
        _write(items[item_id], name, words)


def _write(item: FitItem, name: str, words: str) -> None:
    if name == "position":
        item.position = int(words or item.position)
    elif name == "owner_side":
        item.owner_side = Side(words) if words else None
    elif name == "due_on":
        item.due_on = dt.date.fromisoformat(words) if words else None
    else:
        setattr(item, name, words)
    if name == "agreement":
        # Nobody has agreed to the new text.
        _unmark(item, *Side)


def _choose(
    sheet: FitSheet,
    chosen: Sequence[FitSheetAim],
    changed: Mapping[str, str],
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    kept = {rules.key_of(rules.AIM, aim.aim_id): aim for aim in chosen}
    new = {key for key in changed if key.startswith(f"{rules.AIM}-")} - kept.keys()
    for key in changed.keys() & kept.keys():
        kept[key].dropped_at = None if changed[key] else now
    for aim in queries.list_aims(actor) if new else ():
        if rules.key_of(rules.AIM, aim.id) in new:
            _add_aim(sheet, aim)


def _keep_version(
    sheet: FitSheet, side: Side, *, actor: Actor, now: dt.datetime, number: int = 0
) -> None:
    """Count the change, and keep the sheet as it is now."""
    sheet.version = number or sheet.version + 1
    sheet.saved_at = now
    db.session.flush()
    items = queries.list_items(actor, sheet.id)
    chosen = queries.list_chosen(actor, sheet.id)
    db.session.add(
        FitSheetVersion(
            id=new_id(),
            tenant_id=sheet.tenant_id,
            sheet_id=sheet.id,
            number=sheet.version,
            snapshot=queries.snapshot_of(sheet, items, chosen),
            side=side,
            saved_by=actor.name or side.label,
            saved_at=now,
        )
    )
