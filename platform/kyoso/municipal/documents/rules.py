"""How documents are worded, numbered and laid out. Pure: no database, clock or request.

The wording is plain text that town staff can write: paragraphs between blank lines, 「■ 」 before a
heading, 「・」 before a point, 「1 」 before a numbered one, 「記」 or 「以上」 alone on a line, and
``{{件名}}`` where something is filled in. What is filled in stays words, whatever it looks like.
"""

from __future__ import annotations

import datetime as dt
import enum
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import era_year, force_locale, jp_date, number
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l


class DocumentKind(enum.StrEnum):
    """What kinds of documents a town issues."""

    ADOPTION = "adoption"
    CONDITIONAL_ADOPTION = "conditional-adoption"
    DECLINE = "decline"
    PILOT_AGREEMENT_DRAFT = "pilot-agreement-draft"
    PILOT_RESULT = "pilot-result"
    COMPLETION = "completion"
    CANCELLATION = "cancellation"
    REVOCATION = "revocation"
    ANNUAL_REPORT = "annual-report"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_LABELS[self])

    @property
    def plain_name(self) -> str:
        """The Japanese name, whatever language is in force: for the name of a file."""
        return _NAMES[self]

    @property
    def locales(self) -> tuple[str, ...]:
        """The languages in which it is worded: letters also in English."""
        return ("ja", "en") if self in LETTERS else ("ja",)


_LABELS = {
    DocumentKind.ADOPTION: _l("採択通知書"),
    DocumentKind.CONDITIONAL_ADOPTION: _l("条件付き採択通知書"),
    DocumentKind.DECLINE: _l("見送り通知書"),
    DocumentKind.PILOT_AGREEMENT_DRAFT: _l("実証協定書（案）"),
    DocumentKind.PILOT_RESULT: _l("実証結果報告書"),
    DocumentKind.COMPLETION: _l("完了通知書"),
    DocumentKind.CANCELLATION: _l("中止通知書"),
    DocumentKind.REVOCATION: _l("取消し通知書"),
    DocumentKind.ANNUAL_REPORT: _l("年次報告書"),
}
_NAMES = {
    DocumentKind.ADOPTION: "採択通知書",
    DocumentKind.CONDITIONAL_ADOPTION: "条件付き採択通知書",
    DocumentKind.DECLINE: "見送り通知書",
    DocumentKind.PILOT_AGREEMENT_DRAFT: "実証協定書案",
    DocumentKind.PILOT_RESULT: "実証結果報告書",
    DocumentKind.COMPLETION: "完了通知書",
    DocumentKind.CANCELLATION: "中止通知書",
    DocumentKind.REVOCATION: "取消し通知書",
    DocumentKind.ANNUAL_REPORT: "年次報告書",
}

#: Sent to a proposer, who may read English.
LETTERS = frozenset(
    {
        DocumentKind.ADOPTION,
        DocumentKind.CONDITIONAL_ADOPTION,
        DocumentKind.DECLINE,
        DocumentKind.COMPLETION,
        DocumentKind.CANCELLATION,
        DocumentKind.REVOCATION,
    }
)

#: What can be filled in, by the name that code and English wording use: the Japanese name, and
#: an example for the preview.
PLACEHOLDERS = {
    "town": ("町名", "見本町"),
    "programme": ("プログラム名", "官民共創プログラム"),
    "contact_point": ("問い合わせ先", "見本町 官民共創プログラム"),
    "reference": ("文書番号", "第12号"),
    "issued_on": ("発行日", "令和8年11月21日"),
    "recipient": ("宛名", "見本 一郎（見本）"),
    "title": ("件名", "空き家で月に一度の食堂（見本）"),
    "receipt": ("受付番号", "2026-0012"),
    "decided_on": ("決定日", "令和8年11月20日"),
    "grounds": ("理由", "町の目指す姿に合い、進め方が具体的であるため。"),
    "ground": ("理由の区分", "今年度の予算では費用の見通しが立たないため"),
    "conditions": ("条件", "衛生の講習を受けること。"),
    "ended_on": ("終了日", "令和8年11月21日"),
    "project_number": ("プロジェクト番号", "No.3"),
    "partner": ("相手方", "見本 一郎（見本）"),
    "starts_on": ("開始日", "令和8年12月1日"),
    "ends_on": ("満了日", "令和9年3月31日"),
    "purpose": ("目的", "空き家を使い、ひとり暮らしの人が集まれる場をつくる。"),
    "cost": ("費用の分担", "会場は町が用意し、材料費は相手方が負担する。"),
    "clauses": ("条項", "1 実証の位置付け　この実証は、実装を約束するものではない。"),
    "summary": ("概要", "月に一度、駅前の空き家で食堂を開いた。"),
    "results": ("結果", "4回開き、のべ120人が集まった。"),
    "learned": ("分かったこと", "昼の時間のほうが集まりやすい。"),
    "next_steps": ("これから", "作り方の手引きをまとめ、地区のサロンに引き継ぐ。"),
    "fiscal_year": ("年度", "令和8年度"),
    "body": ("本文", "この1年の取組をまとめました。"),
}
_BY_WORD = {word: name for name, (word, _example) in PLACEHOLDERS.items()}

#: Filled in by the platform for every document.
ALWAYS = ("town", "programme", "contact_point", "reference", "issued_on")
_PROPOSAL = ("recipient", "title", "receipt")
_PROJECT = ("recipient", "title", "project_number", "partner", "starts_on", "ends_on")
_OWN: dict[DocumentKind, tuple[str, ...]] = {
    DocumentKind.ADOPTION: (*_PROPOSAL, "decided_on", "grounds"),
    DocumentKind.CONDITIONAL_ADOPTION: (*_PROPOSAL, "decided_on", "grounds", "conditions"),
    DocumentKind.DECLINE: (*_PROPOSAL, "decided_on", "grounds", "ground"),
    DocumentKind.PILOT_AGREEMENT_DRAFT: (*_PROJECT, "purpose", "cost", "clauses"),
    DocumentKind.PILOT_RESULT: (
        *_PROJECT,
        "purpose",
        "summary",
        "results",
        "learned",
        "next_steps",
    ),
    DocumentKind.COMPLETION: (*_PROJECT, "receipt", "ended_on", "results", "learned", "next_steps"),
    DocumentKind.CANCELLATION: (*_PROPOSAL, "project_number", "ended_on", "grounds"),
    DocumentKind.REVOCATION: (*_PROPOSAL, "project_number", "ended_on", "grounds"),
    DocumentKind.ANNUAL_REPORT: ("fiscal_year", "body"),
}


def placeholders_of(kind: DocumentKind) -> tuple[str, ...]:
    """Return the names of what can be filled into a kind of document."""
    return (*_OWN[kind], *ALWAYS)


def examples_of(kind: DocumentKind) -> dict[str, str]:
    """Return something to fill in for a preview of the wording alone."""
    return {name: PLACEHOLDERS[name][1] for name in _OWN[kind]}


def mark_of(name: str, locale: str) -> str:
    """Return a placeholder as it is written in a wording of a language."""
    word = name if locale == "en" else PLACEHOLDERS[name][0]
    return f"{{{{{word}}}}}"


@dataclass(frozen=True, slots=True)
class Wording:
    """How a kind of document is worded: its heading and its text."""

    subject: str
    body: str


_MARK = re.compile(r"\{\{\s*([^{}\n]*?)\s*\}\}")


def check_wording(kind: DocumentKind, locale: str, wording: Wording) -> None:
    """Refuse a placeholder that nobody can fill in: each is named, with its line."""
    errors = {
        field: found
        for field, text in (("subject", wording.subject), ("body", wording.body))
        if (found := list(_mistakes(kind, locale, text)))
    }
    if errors:
        raise InvalidInput(errors)


def _mistakes(kind: DocumentKind, locale: str, text: str) -> Iterator[str]:
    known = placeholders_of(kind)
    for line, words in enumerate(text.splitlines(), 1):
        for name in _MARK.findall(words):
            if _BY_WORD.get(name, name) not in known:
                yield _(
                    "%(line)s行目の「%(mark)s」は、この文書では差し込めません。使えるのは次のものです：%(known)s",
                    line=line,
                    mark=f"{{{{{name}}}}}",
                    known=" ".join(mark_of(each, locale) for each in known),
                )
        rest = _MARK.sub("", words)
        if "{{" in rest or "}}" in rest:
            yield _(
                "%(line)s行目の「{{」と「}}」が対になっていません。「{{件名}}」のように書いてください。",
                line=line,
            )


def check_values(kind: DocumentKind, values: Mapping[str, Any]) -> None:
    """Refuse to issue a document with values that its kind does not know."""
    unknown = sorted(set(values) - set(_OWN[kind]))
    if unknown:
        raise RuleViolation(
            _(
                "「%(kind)s」に差し込めない項目があります：%(names)s",
                kind=kind.label,
                names="、".join(unknown),
            )
        )


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its placeholders filled in, once: what is filled in is not looked at.

    One that has no value yet stays as it is written.
    """
    return _MARK.sub(lambda mark: values.get(_BY_WORD.get(mark[1], mark[1]), mark[0]), text).strip()


def words_of(values: Mapping[str, Any], locale: str) -> dict[str, str]:
    """Return values as a document says them: dates in both calendars, numbers with marks."""
    return {name: _word(value, locale) for name, value in values.items()}


def _word(value: Any, locale: str) -> str:
    if isinstance(value, dt.date):
        return day_in_words(value, locale)
    if isinstance(value, int):
        return number(value)
    return "" if value is None else str(value)


def day_in_words(day: dt.date, locale: str) -> str:
    """Return ``令和8年11月21日（2026年11月21日）``, or the English date."""
    if locale != "ja":
        with force_locale(locale):
            return jp_date(day)
    western = f"{day.year}年{day.month}月{day.day}日"
    if day < dt.date(2019, 5, 1):
        return western
    return f"{era_year(day.year)}年{day.month}月{day.day}日（{western}）"


def reference_of(prefix: str, fiscal_year: int, number: int) -> str:
    """Return a document's number as printed (文書番号): ``8磐政第12号``, or ``第12号``."""
    if not prefix:
        return f"第{number}号"
    return f"{max(1, fiscal_year - 2018)}{prefix}第{number}号"


@dataclass(frozen=True, slots=True)
class Block:
    """One part of a text: what it is, and its lines, or its points."""

    kind: str
    lines: list[str]


_POINT = re.compile(r"(?:・|[-*]\s)\s*(.+)")
_NUMBERED = re.compile(r"(\d{1,2}|[０-９]{1,2})(?:[.．]\s*|[ \u3000]+)(.+)")


def blocks_of(text: str, values: Mapping[str, str] | None = None) -> list[Block]:
    """Return a wording as the layout's blocks, filled in after it was taken apart."""
    found = [_filled(block, values) for block in _parts(text)]
    kept = [block for block in found if block.lines]
    # A heading over nothing, because nothing was filled in below it, is left out.
    return [
        block
        for at, block in enumerate(kept)
        if block.kind != "heading" or (at + 1 < len(kept) and kept[at + 1].kind != "heading")
    ]


def _filled(block: Block, values: Mapping[str, str] | None) -> Block:
    if values is None:
        return block
    lines = [fill(line, values) for line in block.lines]
    return Block(block.kind, [line for line in lines if line])


def _parts(text: str) -> Iterator[Block]:
    current = Block("", [])
    for raw in [*text.splitlines(), ""]:
        line = raw.strip()
        kind, words = _kind_of(line)
        single = kind in {"heading", "center", "right"}
        if current.lines and (not line or single or kind != current.kind):
            yield current
            current = Block("", [])
        if single:
            yield Block(kind, [words])
        elif line:
            current = Block(kind, [*current.lines, words])


def _kind_of(line: str) -> tuple[str, str]:
    if line.startswith("■"):
        return "heading", line.lstrip("■").strip()
    if re.fullmatch(r"記", line):
        return "center", line
    if re.fullmatch(r"以[ \u3000]*上", line):
        return "right", line
    if (point := _POINT.fullmatch(line)) is not None:
        return "points", point[1]
    if (numbered := _NUMBERED.fullmatch(line)) is not None:
        # With its own number: what somebody wrote is never counted anew.
        return "numbered", f"{unicodedata.normalize('NFKC', numbered[1])}\t{numbered[2]}"
    return "paragraph", line


def layout_data(
    *,
    heading: str,
    blocks: list[Block],
    reference: str,
    day: str,
    recipient: list[str],
    sender: list[str],
    logo: list[int] | None,
    logo_alt: str,
    draft: str,
) -> dict[str, Any]:
    """Return what the layout ``letter.typ`` shows."""
    return {
        "heading": heading,
        "blocks": [asdict(block) for block in blocks],
        "reference": reference,
        "day": day,
        "recipient": recipient,
        "sender": sender,
        "logo": logo,
        "logo_alt": logo_alt,
        "draft": draft,
    }
