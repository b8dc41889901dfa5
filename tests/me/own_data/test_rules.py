"""How a person's data become an archive."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import zipfile

from kyoso.core.own_data import OwnFile, Section
from kyoso.me.own_data import rules

NOW = dt.datetime(2026, 11, 20, 3, tzinfo=dt.UTC)
COLUMNS = {
    "day": "日",
    "at": "日時",
    "tags": "札",
    "open": "公開",
    "file": "ファイル",
    "note": "メモ",
}


def archive(*rows) -> zipfile.ZipFile:
    section = Section("things", "もの", COLUMNS, ("identity.things",), lambda _me: rows)
    packed = rules.pack([(section, rows)], name="見本 彩", now=NOW)
    return zipfile.ZipFile(io.BytesIO(packed))


def row(**changes):
    return {
        "day": dt.date(2026, 4, 1),
        "at": NOW,
        "tags": ["茶", "花"],
        "open": True,
        "file": None,
        "note": "",
    } | changes


def test_the_same_rows_lie_there_as_json_and_as_csv_that_excel_reads():
    found = archive(row(note="=1+1"))
    (kept,) = json.loads(found.read("things.json"))
    assert kept["day"] == "2026-04-01"
    assert kept["at"] == "2026-11-20T12:00:00+09:00"
    assert kept["tags"] == ["茶", "花"]
    assert kept["note"] == "=1+1"
    content = found.read("things.csv")
    assert content.startswith(b"\xef\xbb\xbf")
    heads, line = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert heads == list(COLUMNS.values())
    assert line[2:4] == ["茶、花", "はい"]
    # No spreadsheet takes it for a formula.
    assert line[5] == "'=1+1"


def test_files_lie_in_a_folder_and_cannot_leave_it():
    found = archive(
        row(file=OwnFile("../../経歴書.pdf", b"one")), row(file=OwnFile("経歴書.pdf", b"two"))
    )
    names = [name for name in found.namelist() if name.startswith("files/")]
    assert names == ["files/things/001-.._.._経歴書.pdf", "files/things/002-経歴書.pdf"]
    assert found.read(names[1]) == b"two"
    assert json.loads(found.read("things.json"))[0]["file"] == names[0]


def test_what_is_what_is_said_in_japanese():
    words = archive(row(), row()).read("README.txt").decode("utf-8-sig")
    for part in ("見本 彩", "■ もの（things.csv / things.json）", "2件", "day = 日", "開示を請求"):
        assert part in words


def test_a_section_without_rows_is_there_all_the_same():
    found = archive()
    assert json.loads(found.read("things.json")) == []
    assert "things.csv" in found.namelist()
