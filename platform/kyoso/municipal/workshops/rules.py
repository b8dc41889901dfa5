"""How a workshop and its ideas move, and how ideas are read. Pure: no database, no clock."""

from __future__ import annotations

import csv
import enum
import io
from dataclasses import dataclass

from kyoso.core import text as texts
from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l

IDEA_LENGTH = 500
GROUP_LENGTH = 60
#: More at once is a mistake, not a workshop.
IDEAS_AT_ONCE = 300


class WorkshopStatus(enum.StrEnum):
    """Where a workshop's summary stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_LABELS[self])

    @property
    def tone(self) -> str:
        """How strongly its tag is shown."""
        return _TONES[self]


_LABELS = {
    WorkshopStatus.DRAFT: _l("下書き"),
    WorkshopStatus.PUBLISHED: _l("公開中"),
    WorkshopStatus.WITHDRAWN: _l("取下げ"),
}
_TONES = {
    WorkshopStatus.DRAFT: "neutral",
    WorkshopStatus.PUBLISHED: "success",
    WorkshopStatus.WITHDRAWN: "warning",
}

#: For each status, the statuses that may follow it.
NEXT = {
    WorkshopStatus.DRAFT: {WorkshopStatus.PUBLISHED},
    WorkshopStatus.PUBLISHED: {WorkshopStatus.WITHDRAWN},
    WorkshopStatus.WITHDRAWN: {WorkshopStatus.PUBLISHED},
}


class IdeaSource(enum.StrEnum):
    """How an idea was taken down."""

    HAND = "hand"
    PASTED = "pasted"
    CSV = "csv"


class Fate(enum.StrEnum):
    """What became of an idea."""

    OPEN = "open"
    TACTIC = "tactic"
    NEED = "need"
    PROJECT = "project"
    ANSWERED = "answered"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_FATES[self][0])

    @property
    def tone(self) -> str:
        """How strongly its tag is shown."""
        return _FATES[self][1]


_FATES = {
    Fate.OPEN: (_l("これから検討"), "warning"),
    Fate.TACTIC: (_l("戦術に反映"), "success"),
    Fate.NEED: (_l("「求めていること」に反映"), "success"),
    Fate.PROJECT: (_l("プロジェクトに反映"), "success"),
    Fate.ANSWERED: (_l("回答済み"), "info"),
}


@dataclass(frozen=True, slots=True)
class IdeaDraft:
    """One idea, and the group it was put into ("" for none yet)."""

    text: str
    group: str = ""


def check_move(now: WorkshopStatus, to: WorkshopStatus) -> None:
    """Refuse a move that the table above does not list."""
    if to not in NEXT[now]:
        raise RuleViolation(
            _(
                "「%(now)s」のワークショップは「%(to)s」にできません。画面を読み込み直してください。",
                now=now.label,
                to=to.label,
            )
        )


def check_publishable(summary: str) -> None:
    """Refuse to publish without a word for those who took part."""
    if not summary.strip():
        raise InvalidInput({"summary": [_("公開する前に、「公開するまとめ」を入力してください。")]})


def check_settled(fate: Fate, answer: str) -> None:
    """Refuse a fate without that into which the idea was taken up, or without its answer."""
    if fate in {Fate.TACTIC, Fate.NEED, Fate.PROJECT}:
        raise InvalidInput({f"{fate.value}_id": [_("どれに反映したかを選んでください。")]})
    if fate is Fate.ANSWERED and not answer.strip():
        raise InvalidInput({"answer": [_("「町からの回答」を入力してください。")]})


def pasted_ideas(text: str) -> list[IdeaDraft]:
    """Return one idea a line; raises InvalidInput naming each line that cannot be taken."""
    return _checked([(line, "") for line in text.splitlines()], "pasted")


def csv_ideas(content: bytes) -> list[IdeaDraft]:
    """Return the rows of a CSV (idea, group); a first row of headings is passed over.

    Excel's own encoding and UTF-8 are understood. Raises InvalidInput naming each wrong row.
    """
    for encoding in ("utf-8-sig", "cp932"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        break
    else:
        raise InvalidInput({"file": [_("CSVの文字を読み取れません。UTF-8で保存してください。")]})
    rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text))]
    if rows and rows[0] and rows[0][0] in {"アイデア", "意見", "idea", "Idea"}:
        rows[0] = []
    return _checked(
        [(row[0], row[1] if len(row) > 1 else "") if row else ("", "") for row in rows], "file"
    )


def _checked(rows: list[tuple[str, str]], field: str) -> list[IdeaDraft]:
    ideas: list[IdeaDraft] = []
    errors: list[str] = []
    for place, (raw, group) in enumerate(rows, 1):
        idea, group = texts.clean(raw), texts.clean(group)
        if not idea:
            continue
        reason = _mistake(idea, group)
        if reason:
            errors.append(_("%(n)s行目：%(reason)s", n=place, reason=reason))
        ideas.append(IdeaDraft(idea, group))
    if not ideas:
        errors.append(_("アイデアがありません。1行に1つずつ入力してください。"))
    if len(ideas) > IDEAS_AT_ONCE:
        errors.append(_("一度に入れられるのは%(n)s件までです。", n=IDEAS_AT_ONCE))
    if errors:
        raise InvalidInput({field: errors[:20]})
    return ideas


def _mistake(idea: str, group: str) -> str:
    if len(idea) > IDEA_LENGTH:
        return _(
            "%(max)s文字以内にしてください（いま%(now)s文字）。", max=IDEA_LENGTH, now=len(idea)
        )
    if len(group) > GROUP_LENGTH:
        return _("グループ名は%(max)s文字以内にしてください。", max=GROUP_LENGTH)
    if texts.control_position(idea, multiline=False) or texts.control_position(
        group, multiline=False
    ):
        return _("使えない文字（制御文字）があります。取り除いてください。")
    return ""
