"""Lists as files that office programs open: xlsx and csv."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import Response
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from kyoso.core.i18n import JST

KINDS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
_WIDEST = 60
#: A spreadsheet would take a cell that begins so for a formula, and run what a stranger wrote.
#: Japanese ones do the same with full-width signs.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NOT_IN_XML = re.compile(f"{ILLEGAL_CHARACTERS_RE.pattern}|[\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Formula:
    """A cell that an office program computes: ours, never what somebody typed."""

    #: As it stands in the cell: ``=C2/D2``.
    text: str
    #: What comes out; what a CSV says.
    value: float | None

    def __str__(self) -> str:
        """Return about what is seen, for the width of the column."""
        return "" if self.value is None else f"{self.value:.1f}"


def send_sheet(
    name: str, kind: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]
) -> Response:
    """Return a list as a file to keep; `kind` is a key of KINDS."""
    content = to_xlsx(heads, rows) if kind == "xlsx" else to_csv(heads, rows)
    response = Response(content, content_type=KINDS[kind])
    file = quote(f"{name}.{kind}")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{file}"
    return response


def to_csv(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return the rows as CSV that Excel reads as UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(heads)
    for row in rows:
        values = (value.value if isinstance(value, Formula) else value for value in row)
        writer.writerow([_harmless(_plain(value)) for value in values])
    return out.getvalue().encode("utf-8-sig")


def to_xlsx(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return the rows as a workbook of one sheet, its head fixed and filtered."""
    return to_book([("", heads, rows)])


def to_book(sheets: Sequence[tuple[str, Sequence[str], Iterable[Sequence[Any]]]]) -> bytes:
    """Return a workbook: a sheet for each (name, heads, rows), its head fixed and filtered."""
    book = Workbook(write_only=True)
    for name, heads, rows in sheets:
        table = [[_plain(value) for value in row] for row in rows]
        sheet = book.create_sheet(name or None)
        for place, head in enumerate(heads, 1):
            longest = max([_width(head), *(_width(row[place - 1]) for row in table)])
            sheet.column_dimensions[get_column_letter(place)].width = min(longest + 2, _WIDEST)
        sheet.freeze_panes = "A2"
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(heads))}{len(table) + 1}"
        sheet.append([_cell(sheet, str(head), bold=True) for head in heads])
        for row in table:
            sheet.append([_cell(sheet, value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _plain(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.astimezone(JST).replace(tzinfo=None, microsecond=0)
    if isinstance(value, bool | int | float | dt.date | Formula):
        return value
    return _NOT_IN_XML.sub("", str(value))


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _cell(sheet: Any, value: Any, *, bold: bool = False) -> Any:
    if isinstance(value, Formula):
        cell = WriteOnlyCell(sheet, value.text)
        cell.number_format = "#,##0.0"
        return cell
    cell = WriteOnlyCell(sheet, value)
    if isinstance(value, str):
        # Text stays text, also where it begins with "=".
        cell.data_type = "s"
    if bold:
        cell.font = Font(bold=True)
    return cell


def _width(value: Any) -> int:
    lines = str(value).split("\n")
    return max(sum(1 if char.isascii() else 2 for char in line) for line in lines)
