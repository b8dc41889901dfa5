"""Lists as files: they open, whatever strangers wrote into them, and run nothing."""

import csv
import io

import pytest
from openpyxl import load_workbook

from kyoso.core.sheets import to_csv, to_xlsx


@pytest.mark.parametrize(
    "typed",
    ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠SUM(1)"],
)
def test_nothing_that_a_stranger_wrote_is_a_formula(typed: str) -> None:
    (_head, (cell,)) = csv.reader(
        io.StringIO(to_csv(["件名"], [[typed]]).decode("utf-8-sig"), newline="")
    )
    assert cell == f"'{typed}"
    sheet = load_workbook(io.BytesIO(to_xlsx(["件名"], [[typed]]))).active
    assert sheet is not None
    assert sheet["A2"].data_type == "s"


@pytest.mark.parametrize("typed", ["\x00", "\x0b", "\ufffe", "\uffff"])
def test_a_workbook_opens_whatever_is_in_it(typed: str) -> None:
    sheet = load_workbook(io.BytesIO(to_xlsx(["件名"], [[f"食{typed}堂"]]))).active
    assert sheet is not None
    assert sheet["A2"].value == "食堂"
