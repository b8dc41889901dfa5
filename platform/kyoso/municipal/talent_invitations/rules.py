"""Who can be invited, how a list of many is read, and how long a link holds. Pure."""

from __future__ import annotations

import csv
import datetime as dt
import enum
import io
import unicodedata
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from openpyxl import load_workbook

from kyoso.core import text as texts
from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l

INVITATION_LASTS = dt.timedelta(days=14)
NAME_LENGTH = 60
MESSAGE_LENGTH = 1000
#: More at once is a mistake, not an invitation.
MOST_AT_ONCE = 500
#: A workbook of names is small; what grows beyond this when it is unpacked is none.
_MOST_UNPACKED = 40 * 2**20


class InvitationState(enum.StrEnum):
    """Where an invitation stands."""

    OPEN = "open"
    EXPIRED = "expired"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_STATES[self][0])

    @property
    def tone(self) -> str:
        """How strongly its tag is shown."""
        return _STATES[self][1]


_STATES = {
    InvitationState.OPEN: (_l("返事待ち"), "info"),
    InvitationState.EXPIRED: (_l("期限切れ"), "warning"),
    InvitationState.ACCEPTED: (_l("登録済み"), "success"),
    InvitationState.WITHDRAWN: (_l("取消し"), "neutral"),
}


class Dated(Protocol):
    """What tells where an invitation stands."""

    @property
    def expires_at(self) -> dt.datetime:
        """Until when its link holds."""

    @property
    def accepted_at(self) -> dt.datetime | None:
        """When it was taken up."""

    @property
    def withdrawn_at(self) -> dt.datetime | None:
        """When it was taken back."""


def state_of(invitation: Dated, now: dt.datetime) -> InvitationState:
    """Return where an invitation stands at a moment."""
    if invitation.withdrawn_at is not None:
        return InvitationState.WITHDRAWN
    if invitation.accepted_at is not None:
        return InvitationState.ACCEPTED
    return InvitationState.OPEN if invitation.expires_at > now else InvitationState.EXPIRED


def check_usable(invitation: Dated, now: dt.datetime) -> None:
    """Refuse an invitation that was used, taken back, or has run out."""
    if state_of(invitation, now) is not InvitationState.OPEN:
        raise RuleViolation(
            _("この招待は使えなくなりました。招待した方に送り直しを依頼してください。")
        )


def check_waiting(invitation: Dated) -> None:
    """Refuse to send or take back what was answered already."""
    if invitation.accepted_at is not None or invitation.withdrawn_at is not None:
        raise RuleViolation(
            _("この招待は、すでに使われたか取り消されています。画面を読み込み直してください。")
        )


class Standing(enum.StrEnum):
    """What an address is in the town already."""

    REGISTERED = "registered"
    INVITED = "invited"

    @property
    def problem(self) -> str:
        """Why it is not invited."""
        return str(_PROBLEMS[self])


_PROBLEMS = {
    Standing.REGISTERED: _l("この方は、すでに人材台帳に登録されています。"),
    Standing.INVITED: _l(
        "この方は、すでに招待しています。届いていないときは、招待の一覧から送り直してください。"
    ),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a list, as it was typed; `number` is what its reader counts."""

    number: int
    email: str
    name: str
    kana: str

    @property
    def typed(self) -> str:
        """The row as people see it."""
        return "、".join(filter(None, (self.email, self.name, self.kana)))


#: What the columns are called in a first row of headings.
_HEADINGS = {
    "メールアドレス": "email",
    "メール": "email",
    "email": "email",
    "e-mail": "email",
    "氏名": "name",
    "名前": "name",
    "お名前": "name",
    "name": "name",
    "ふりがな": "kana",
    "フリガナ": "kana",
    "氏名(ふりがな)": "kana",
    "kana": "kana",
}


def lines_of(rows: Iterable[Sequence[str]]) -> list[Line]:
    """Return the rows that hold anything: by their headings, or by where the address stands.

    Without headings the cell with an @ is the address; name and reading follow in this order.
    """
    lines: list[Line] = []
    headings: dict[str, int] = {}
    for number, raw in enumerate(rows, 1):
        cells = [texts.clean(cell) for cell in raw]
        if not any(cells):
            continue
        if not lines and not headings:
            headings = _headings(cells)
            if headings:
                continue
        lines.append(_line(number, cells, headings))
    if not lines:
        raise InvalidInput({"pasted": [_("招待する方を、1行に1人ずつ入れてください。")]})
    if len(lines) > MOST_AT_ONCE:
        raise InvalidInput(
            {
                "pasted": [
                    _(
                        "一度に招待できるのは%(most)s人までです（いま%(now)s人）。分けて送ってください。",
                        most=MOST_AT_ONCE,
                        now=len(lines),
                    )
                ]
            }
        )
    return lines


def _headings(cells: Sequence[str]) -> dict[str, int]:
    found = {
        _HEADINGS[folded]: place
        for place, cell in enumerate(cells)
        if (folded := unicodedata.normalize("NFKC", cell).lower()) in _HEADINGS
    }
    return found if "email" in found else {}


def _line(number: int, cells: Sequence[str], headings: dict[str, int]) -> Line:
    if headings:

        def cell(column: str) -> str:
            place = headings.get(column, len(cells))
            return cells[place] if place < len(cells) else ""

        return Line(number, cell("email"), cell("name"), cell("kana"))
    at = next((place for place, cell in enumerate(cells) if "@" in cell or "＠" in cell), 0)
    rest = [*cells[:at], *cells[at + 1 :], "", ""]
    return Line(number, cells[at], rest[0], rest[1])


def rows_of_text(text: str) -> list[list[str]]:
    """Return the cells of what was pasted: apart by tabs, as from a spreadsheet, or by commas."""
    return [
        line.split("\t") if "\t" in line else line.replace("、", ",").replace("，", ",").split(",")
        for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    ]


def rows_of_file(name: str, content: bytes) -> list[list[str]]:
    """Return the cells of a CSV or of a workbook's first sheet; their places stay the same."""
    return _rows_of_book(content) if name.lower().endswith(".xlsx") else _rows_of_csv(content)


def _rows_of_csv(content: bytes) -> list[list[str]]:
    for encoding in ("utf-8-sig", "cp932"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        try:
            # Line ends as they are: the reader knows those of old Macs, too.
            return [list(row) for row in csv.reader(io.StringIO(text, newline=""))]
        except csv.Error as error:
            words = _("CSVとして読み取れません。表計算ソフトで保存し直してください。")
            raise InvalidInput({"file": [words]}) from error
    raise InvalidInput({"file": [_("CSVの文字を読み取れません。UTF-8で保存してください。")]})


def _rows_of_book(content: bytes) -> list[list[str]]:
    wrong = InvalidInput({"file": [_("Excelのファイルとして開けません。保存し直してください。")]})
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(part.file_size for part in archive.infolist()) > _MOST_UNPACKED:
                raise wrong
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        return [
            ["" if cell is None else str(cell) for cell in row]
            for row in sheet.iter_rows(max_row=MOST_AT_ONCE * 2, max_col=10, values_only=True)
        ]
    except InvalidInput:
        raise
    except Exception as error:  # openpyxl raises nearly anything on what somebody has broken.
        raise wrong from error


def as_text(rows: Iterable[Sequence[Any]]) -> str:
    """Return rows as they would be pasted, each in its place."""
    return "\n".join(
        "\t".join(" ".join(str(cell).split()) for cell in row).rstrip() for row in rows
    ).rstrip("\n")


def twins(emails: Iterable[tuple[int, str]]) -> dict[int, int]:
    """Return, for each row whose address stood before, the row where it stood first."""
    first: dict[str, int] = {}
    return {
        number: first[email]
        for number, email in emails
        if first.setdefault(email, number) != number
    }
