"""What may come in over HTTP. A loaded schema is an operation's input, ready to pass on."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from marshmallow import ValidationError, post_load

from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, choice, date, identifier, integer, text
from kyoso.municipal.agreements.models import Agreement
from kyoso.municipal.agreements.operations import Terms
from kyoso.municipal.agreements.queries import AgreementRow, LinkedProject
from kyoso.municipal.agreements.rules import (
    CLAUSES,
    AgreementKind,
    AgreementStatus,
    Clause,
    ClauseAnswer,
    ClauseState,
    Renewal,
)

LABELS = {
    "kind": _l("種類"),
    "title": _l("名称"),
    "parties": _l("協定の相手"),
    "fields": _l("分野"),
    "starts_on": _l("期間の始まり"),
    "ends_on": _l("期間の終わり"),
    "renewal": _l("更新"),
    "renewal_months": _l("自動更新の月数"),
    "notice_months": _l("申し出の期限"),
    "department_id": _l("担当する課"),
    "contact": _l("町の連絡先"),
    "signed_on": _l("締結の日"),
    "to": _l("終わり方"),
    "ended_on": _l("終わった日"),
    "reason": _l("理由"),
    "content": _l("協定書の案"),
    "files": _l("ファイル"),
    "agreement_id": _l("結び付ける協定"),
}

_BETWEEN = re.compile(r"[、，,；;\n]+")
_PARTS = ("name", "role", "contact")


@dataclass(frozen=True, slots=True)
class NewAgreement:
    """A draft, and the form it came from."""

    form_id: uuid.UUID
    kind: AgreementKind
    project_id: uuid.UUID | None
    terms: Terms


class AgreementSchema(InputSchema):
    """The form 「協定を編集する」."""

    title = text(LABELS["title"], 120)
    parties = text(LABELS["parties"], 3000, required=False, multiline=True)
    fields_ = text(LABELS["fields"], 500, required=False, data_key="fields")
    starts_on = date(LABELS["starts_on"], required=False)
    ends_on = date(LABELS["ends_on"], required=False)
    renewal = choice(LABELS["renewal"], Renewal)
    renewal_months = integer(LABELS["renewal_months"], 1, 120, required=False)
    notice_months = integer(LABELS["notice_months"], 0, 24, required=False)
    department_id = identifier(LABELS["department_id"], required=False)
    contact = text(LABELS["contact"], 200, required=False)

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Return the terms."""
        return _terms(data)


class NewAgreementSchema(AgreementSchema):
    """The form 「協定の案を作る」."""

    form_id = identifier(_l("この画面"))
    kind = choice(LABELS["kind"], AgreementKind)
    project_id = identifier(_l("プロジェクト"), required=False)

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Return the draft and the form it came from."""
        form_id, kind = data.pop("form_id"), data.pop("kind")
        return NewAgreement(form_id, kind, data.pop("project_id"), _terms(data))


def _terms(data: dict[str, Any]) -> Terms:
    fields = (part.strip() for part in _BETWEEN.split(data.pop("fields_")))
    parties = _parties(data.pop("parties"))
    return Terms(**data, parties=parties, fields=tuple(dict.fromkeys(f for f in fields if f)))


def _parties(typed: str) -> tuple[dict[str, str], ...]:
    parties = []
    for number, line in enumerate((line for line in typed.splitlines() if line.strip()), 1):
        parts = [part.strip() for part in re.split(r"[/／]", line)]
        if len(parts) > len(_PARTS) or not parts[0]:
            said = _("%(line)s行目は「名前／役割／連絡先」の形で書いてください。", line=number)
            raise ValidationError({"parties": [said]})
        parties.append(dict(zip(_PARTS, [*parts, "", ""], strict=False)))
    return tuple(parties)


def party_lines(parties: Sequence[Mapping[str, str]]) -> str:
    """Return parties as the form shows them: one a line."""
    lines = ("／".join(party.get(part, "") for part in _PARTS) for party in parties)
    return "\n".join(line.rstrip("／") for line in lines)


#: What a sheet shows of each agreement, beside its number and how it stands.
SHEET = (
    *("kind", "title", "parties", "fields", "signed_on", "starts_on", "ends_on"),
    *("renewal_months", "notice_months", "department_id", "contact", "ended_on", "reason"),
)


def cells(row: AgreementRow, departments: Mapping[uuid.UUID, str]) -> list[Any]:
    """Return what a sheet shows of an agreement, as SHEET has it."""
    said = {
        "kind": row.kind.label,
        "parties": party_lines(row.parties),
        "fields": "、".join(row.fields),
        "department_id": departments.get(row.department_id, "") if row.department_id else "",
        "reason": row.end_reason,
    }
    return [said[name] if name in said else getattr(row, name) for name in SHEET]


def values_for(project: LinkedProject) -> dict[str, Any]:
    """Return what the form for a new pilot agreement begins with."""
    return {
        "project_id": project.id,
        "title": _("%(title)sに関する実証協定", title=project.title)[:120],
        "parties": project.proposer_name,
        "starts_on": project.pilot_starts_on,
        "ends_on": project.pilot_ends_on,
        "department_id": project.department_id or "",
    }


def values_of(agreement: Agreement) -> dict[str, Any]:
    """Return what the form shows of an agreement."""
    return {
        **{name: getattr(agreement, name) for name in LABELS if hasattr(agreement, name)},
        "parties": party_lines(agreement.parties),
        "fields": "、".join(agreement.fields),
        "department_id": agreement.department_id or "",
    }


def clause_values(agreement: Agreement) -> dict[str, Any]:
    """Return what the form 「条項を確認する」 shows of an agreement."""
    return {
        f"{row.clause}_{part}": getattr(row, part)
        for row in agreement.clauses
        for part in ("state", "text", "reason")
    }


def document_values(agreement: Agreement, projects: Sequence[LinkedProject]) -> dict[str, Any]:
    """Return what a document about a pilot agreement may fill in."""
    said = {row.clause: row.text for row in agreement.clauses}
    partner = agreement.parties[0]["name"] if agreement.parties else ""
    return {
        "recipient": partner,
        "partner": partner,
        "title": agreement.title,
        "project_number": f"No.{projects[0].number}" if projects else "",
        "starts_on": agreement.starts_on,
        "ends_on": agreement.ends_on,
        "purpose": said.get(Clause.PURPOSE, ""),
        "cost": said.get(Clause.COST, ""),
        "clauses": "\n".join(said.values()),
    }


def document_body(content: str) -> str:
    """Return a draft's text as documents are written: without its title, headings marked 「■」."""
    lines = content.splitlines()
    if lines and lines[0].startswith("# "):
        lines = lines[1:]
    return "\n".join(re.sub(r"^#{1,4} ", "■ ", line) for line in lines).strip()


@cache
def clauses_schema(kind: AgreementKind) -> type[InputSchema]:
    """Return the form 「条項を確認する」 of a kind: three fields for each of its clauses."""
    made: dict[str, Any] = {}
    for clause in CLAUSES[kind]:
        made[f"{clause}_state"] = choice(clause.label, ClauseState)
        made[f"{clause}_text"] = text(clause.label, 4000, required=False, multiline=True)
        made[f"{clause}_reason"] = text(LABELS["reason"], 300, required=False)
    return type(f"{kind.name.title()}ClausesSchema", (InputSchema,), made)


def clause_labels(kind: AgreementKind) -> dict[str, str]:
    """Return the label of each field of that form."""
    return {
        f"{clause}_{part}": clause.label
        for clause in CLAUSES[kind]
        for part in ("state", "text", "reason")
    }


def answers_of(kind: AgreementKind, data: Mapping[str, Any]) -> list[ClauseAnswer]:
    """Return what the form says of each clause."""
    return [
        ClauseAnswer(
            Clause(clause),
            data[f"{clause}_state"],
            data[f"{clause}_text"],
            data[f"{clause}_reason"],
        )
        for clause in CLAUSES[kind]
    ]


class DraftSchema(InputSchema):
    """The form 「協定書の案を書く」."""

    content = text(LABELS["content"], 60_000, multiline=True)
    based_on = integer(_l("版"), 0, 100_000)


class SigningSchema(InputSchema):
    """The form 「締結を記録する」."""

    signed_on = date(LABELS["signed_on"])


class EndingSchema(InputSchema):
    """The form 「終了を記録する」."""

    to = choice(LABELS["to"], AgreementStatus)
    ended_on = date(LABELS["ended_on"])
    reason = text(LABELS["reason"], 1000, required=False, multiline=True)


class LinkSchema(InputSchema):
    """The form 「この協定を結び付ける」."""

    agreement_id = identifier(LABELS["agreement_id"])
