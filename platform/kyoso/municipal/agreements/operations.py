"""Every change to agreements: one function for each verb, each guards, changes, records."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kyoso.core import files
from kyoso.core.access import Actor, authorise
from kyoso.core.db import db, new_id
from kyoso.core.errors import InvalidInput, NotFound, RuleViolation
from kyoso.core.i18n import JST
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import record
from kyoso.core.search import search_key
from kyoso.municipal.agreements import mails, queries, rules
from kyoso.municipal.agreements.events import (
    AgreementCreated,
    AgreementDraftWritten,
    AgreementEnded,
    AgreementFilesAdded,
    AgreementLinked,
    AgreementReminded,
    AgreementSigned,
    AgreementsSynced,
    AgreementUnlinked,
    AgreementUpdated,
    ClausesDecided,
)
from kyoso.municipal.agreements.models import (
    Agreement,
    AgreementClause,
    AgreementDraft,
    AgreementProject,
    AgreementReminder,
)
from kyoso.municipal.agreements.permissions import AgreementPermission
from kyoso.municipal.agreements.queries import Expiring
from kyoso.municipal.agreements.rules import (
    AgreementKind,
    AgreementStatus,
    ClauseAnswer,
    ClauseState,
    Renewal,
)
from kyoso.tenancy.municipalities import municipality
from kyoso.tenancy.queries import get_department
from kyoso.tenancy.sync import FILES, Change, Changes, Declaration, loads


@dataclass(frozen=True, slots=True)
class Terms:
    """What the register says of an agreement."""

    title: str
    parties: tuple[dict[str, str], ...] = ()
    fields: tuple[str, ...] = ()
    starts_on: dt.date | None = None
    ends_on: dt.date | None = None
    renewal: Renewal = Renewal.NONE
    renewal_months: int | None = None
    notice_months: int | None = None
    department_id: uuid.UUID | None = None
    contact: str = ""


def create_agreement(
    terms: Terms,
    kind: AgreementKind,
    project_id: uuid.UUID | None,
    *,
    agreement_id: uuid.UUID,
    actor: Actor,
    now: dt.datetime,
) -> Agreement:
    """Enter a draft under the town's next number, for a project if one is named."""
    authorise(actor, AgreementPermission.WRITE)
    _check(terms, actor)
    if project_id is not None:
        rules.check_department(actor, queries.get_project_line(actor, project_id).department_id)

    agreement = _new(agreement_id, kind, actor, now)
    _fill(agreement, terms)
    db.session.add(agreement)
    db.session.flush()
    if project_id is not None:
        _tie(agreement, project_id)

    created = AgreementCreated(agreement.id, agreement.number, kind, project_id)
    record(created, actor=actor, now=now)
    return agreement


def update_agreement(agreement: Agreement, terms: Terms, *, actor: Actor, now: dt.datetime) -> None:
    """Change what the register says, also of one that is signed; the history says what."""
    authorise(actor, AgreementPermission.WRITE, agreement)
    rules.check_department(actor, agreement.department_id)
    _check(terms, actor)

    was = (agreement.starts_on, agreement.ends_on, agreement.renewal_months)
    parts = _fill(agreement, terms)
    agreement.edited_at = now

    record(AgreementUpdated(agreement.id, parts, was), actor=actor, now=now)


def decide_clauses(
    agreement: Agreement, answers: Sequence[ClauseAnswer], *, actor: Actor, now: dt.datetime
) -> None:
    """Say of each clause whether the text has it, and in which words."""
    authorise(actor, AgreementPermission.WRITE, agreement)
    rules.check_department(actor, agreement.department_id)
    errors: dict[str, list[str]] = {}
    for answer in answers:
        errors |= rules.check_answer(agreement.kind, answer)
    if errors:
        raise InvalidInput(errors)

    said = {answer.clause: answer for answer in answers}
    changed = []
    for row in agreement.clauses:
        answer = said.get(row.clause, ClauseAnswer(row.clause, row.state, row.text, row.reason))
        if (row.state, row.text, row.reason) != (answer.state, answer.text, answer.reason):
            row.state, row.text, row.reason = answer.state, answer.text, answer.reason
            changed.append(f"{row.clause.value}:{row.state.value}")
    agreement.edited_at = now

    record(ClausesDecided(agreement.id, tuple(changed)), actor=actor, now=now)


def write_draft(
    agreement: Agreement, content: str, based_on: int, *, actor: Actor, now: dt.datetime
) -> AgreementDraft:
    """Keep a new version of the text; refuse if somebody else wrote one meanwhile."""
    authorise(actor, AgreementPermission.WRITE, agreement)
    rules.check_department(actor, agreement.department_id)
    rules.check_draft(agreement.status)
    versions = queries.list_drafts(actor, agreement.id)
    latest = versions[0].version if versions else 0
    if latest != based_on:
        raise RuleViolation(
            _(
                "あなたが書いている間に、%(name)sさんが第%(version)s版を保存しました。"
                "下に両方を並べました。あなたの文は失われていません。",
                name=versions[0].created_by,
                version=latest,
            )
        )

    draft = AgreementDraft(
        id=new_id(),
        tenant_id=actor.tenant_id,
        agreement_id=agreement.id,
        version=latest + 1,
        content=content,
        created_at=now,
        created_by=actor.name,
    )
    db.session.add(draft)

    record(AgreementDraftWritten(agreement.id, draft.version), actor=actor, now=now)
    return draft


def sign_agreement(
    agreement: Agreement,
    signed_on: dt.date,
    scans: Sequence[files.CheckedFile] = (),
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Write down that both sides signed; from the day its period says, it is in force."""
    authorise(actor, AgreementPermission.WRITE, agreement)
    rules.check_department(actor, agreement.department_id)
    rules.check_move(agreement.status, AgreementStatus.SIGNED)
    rules.check_signing(signed_on, agreement.ends_on, now.astimezone(JST).date())
    if not agreement.parties:
        raise RuleViolation(_("協定の相手を書いてから、締結を記録してください。"))

    agreement.status, agreement.signed_on = AgreementStatus.SIGNED, signed_on
    agreement.edited_at = now
    files.keep_files(scans, subject_id=agreement.id, actor=actor)

    record(AgreementSigned(agreement.id, signed_on.isoformat()), actor=actor, now=now)


def end_agreement(
    agreement: Agreement,
    to: AgreementStatus,
    ended_on: dt.date,
    reason: str,
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Write down the end: as agreed, by termination, or because a draft was given up."""
    authorise(actor, AgreementPermission.WRITE, agreement)
    rules.check_department(actor, agreement.department_id)
    rules.check_ending(agreement, to, ended_on)
    if to is AgreementStatus.TERMINATED and not reason:
        raise InvalidInput({"reason": [_("解除・取りやめの理由を書いてください。")]})

    agreement.status, agreement.ended_on, agreement.end_reason = to, ended_on, reason
    agreement.edited_at = now

    ended = AgreementEnded(agreement.id, to, ended_on.isoformat(), reason)
    record(ended, actor=actor, now=now)


def add_files(
    agreement: Agreement,
    handed_in: Sequence[files.CheckedFile],
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Put files to an agreement: the signed text, annexes, letters."""
    authorise(actor, AgreementPermission.WRITE, agreement)
    rules.check_department(actor, agreement.department_id)
    if not handed_in:
        raise InvalidInput({"files": [_("ファイルを選んでください。")]})

    kept = files.keep_files(handed_in, subject_id=agreement.id, actor=actor)

    names = tuple(file.name for file in kept)
    record(AgreementFilesAdded(agreement.id, names), actor=actor, now=now)


def link_project(
    agreement: Agreement, project_id: uuid.UUID, *, actor: Actor, now: dt.datetime
) -> None:
    """Tie an agreement to a project that it concerns."""
    authorise(actor, AgreementPermission.WRITE, agreement)
    rules.check_department(actor, agreement.department_id)
    queries.get_project_line(actor, project_id)
    if queries.find_link(actor, agreement.id, project_id) is not None:
        raise RuleViolation(_("この協定は、すでにこのプロジェクトに結び付いています。"))

    _tie(agreement, project_id)

    record(AgreementLinked(agreement.id, project_id), actor=actor, now=now)


def unlink_project(
    agreement: Agreement, project_id: uuid.UUID, *, actor: Actor, now: dt.datetime
) -> None:
    """Undo a tie; both stay."""
    authorise(actor, AgreementPermission.WRITE, agreement)
    rules.check_department(actor, agreement.department_id)
    link = queries.find_link(actor, agreement.id, project_id)
    if link is None:
        raise NotFound

    db.session.delete(link)

    record(AgreementUnlinked(agreement.id, project_id), actor=actor, now=now)


def remind_agreement(one: Expiring, threshold: int, *, actor: Actor, now: dt.datetime) -> None:
    """Tell those responsible that the end is near; the row keeps it from being told twice."""
    authorise(actor, AgreementPermission.REMIND, one.agreement)

    db.session.add(
        AgreementReminder(
            id=new_id(),
            tenant_id=actor.tenant_id,
            agreement_id=one.agreement.id,
            ends_on=one.ends_on,
            threshold=threshold,
            created_at=now,
        )
    )
    mails.tell_responsible(one, actor=actor)

    reminded = AgreementReminded(one.agreement.id, threshold, one.ends_on.isoformat())
    record(reminded, actor=actor, now=now)


@loads("agreements")
def sync_agreements(town: Declaration, *, actor: Actor, now: dt.datetime) -> list[Change]:
    """Take over agreements.toml: what is documented; the desk's own changes stay."""
    authorise(actor, AgreementPermission.SYNC)

    changes = Changes(town.name, FILES["agreements"])
    known, seen = queries.load_declared(actor), Counter[str]()
    for entry in town.agreements["agreements"]:
        # Names get corrected; a kind and its day of signing do not.
        what = f"{entry['kind']}:{entry.get('signed', '')}"
        seen[what] += 1
        key = f"{what}:{seen[what]}"
        _put_declared(changes, key, known.pop(key, None), entry, actor, now)
    for left in (one for one in known.values() if one.ended_on is None):
        what = (
            f"{left.title} はファイルにありませんが残しています。終わったなら画面で記録してください"
        )
        changes.found.append(Change(town.name, FILES["agreements"], what, kept=True))

    if sentences := changes.sentences():
        record(AgreementsSynced(town.tenant_id, sentences), actor=actor, now=now)
    return changes.found


_WORDS = {"title": "名称", "fields": "分野"}


def _put_declared(
    changes: Changes,
    key: str,
    agreement: Agreement | None,
    entry: dict[str, Any],
    actor: Actor,
    now: dt.datetime,
) -> None:
    kind, fields = AgreementKind(entry["kind"]), entry.get("fields", [])
    found = (municipality(code) for code in entry.get("parties", ()))
    values = {
        "title": entry.get("name") or f"{kind.label}（{'、'.join(fields)}）",
        "fields": fields,
        "parties": [{"name": one.name, "role": "", "contact": ""} for one in found if one],
    }
    if agreement is None:
        agreement = _new(new_id(), kind, actor, now)
        agreement.status, agreement.declared_key = AgreementStatus.SIGNED, key
        agreement.signed_on = dt.date.fromisoformat(entry["signed"]) if "signed" in entry else None
        agreement.renewal, agreement.contact = Renewal.NONE, ""
        for name, value in values.items():
            setattr(agreement, name, value)
        agreement.search_key = _search_key(agreement)
        db.session.add(agreement)
        db.session.flush()
        changes.added(agreement.title)
    elif agreement.edited_at is None:
        changes.put(agreement.title, agreement, values, _WORDS)
        agreement.search_key = _search_key(agreement)


def _new(agreement_id: uuid.UUID, kind: AgreementKind, actor: Actor, now: dt.datetime) -> Agreement:
    return Agreement(
        id=agreement_id,
        tenant_id=actor.tenant_id,
        number=queries.next_number(actor),
        kind=kind,
        status=AgreementStatus.DRAFT,
        created_at=now,
        created_by=actor.name,
        clauses=[
            AgreementClause(
                id=new_id(),
                tenant_id=actor.tenant_id,
                clause=clause,
                position=position,
                state=ClauseState.MISSING,
            )
            for position, clause in enumerate(rules.CLAUSES[kind], 1)
        ],
    )


def _tie(agreement: Agreement, project_id: uuid.UUID) -> None:
    db.session.add(
        AgreementProject(
            tenant_id=agreement.tenant_id, agreement_id=agreement.id, project_id=project_id
        )
    )


def _check(terms: Terms, actor: Actor) -> None:
    rules.check_department(actor, terms.department_id)
    rules.check_period(terms.starts_on, terms.ends_on)
    rules.check_renewal(terms.renewal, terms.renewal_months, terms.ends_on)
    if terms.department_id is not None:
        get_department(actor, terms.department_id)


def _fill(agreement: Agreement, terms: Terms) -> tuple[str, ...]:
    """Take the terms over and return the names of what changed."""
    changed = []
    for name in Terms.__slots__:
        value = getattr(terms, name)
        if name == "renewal_months" and terms.renewal is Renewal.NONE:
            value = None
        value = list(value) if isinstance(value, tuple) else value
        if getattr(agreement, name) != value:
            setattr(agreement, name, value)
            changed.append(name)
    agreement.search_key = _search_key(agreement)
    return tuple(changed)


def _search_key(agreement: Agreement) -> str:
    parties = (word for party in agreement.parties for word in party.values())
    words = (f"No.{agreement.number}", agreement.title, *agreement.fields, *parties)
    return search_key("\n".join((*words, agreement.contact or "")))
