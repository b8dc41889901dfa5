"""How a person's data become one archive in open formats. Pure."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from kyoso.core.clock import JST
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import jp_datetime
from kyoso.core.own_data import OwnFile, Section
from kyoso.core.sheets import to_csv

#: One section with its rows.
Part = tuple[Section, Sequence[Mapping[str, Any]]]


def pack(parts: Sequence[Part], *, name: str, now: dt.datetime) -> bytes:
    """Return the archive: for each section JSON, CSV and its files; and what is what."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", read_me(parts, name=name, now=now).encode("utf-8-sig"))
        for section, rows in parts:
            kept = [_filed(archive, section, number, row) for number, row in enumerate(rows, 1)]
            archive.writestr(f"{section.name}.json", _json(kept))
            heads = [str(label) for label in section.columns.values()]
            lines = [[_cell(row[column]) for column in section.columns] for row in kept]
            archive.writestr(f"{section.name}.csv", to_csv(heads, lines))
    return out.getvalue()


def _filed(
    archive: zipfile.ZipFile, section: Section, number: int, row: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the row in the order of its columns, its files put away and named."""
    kept = {}
    for column in section.columns:
        value = row[column]
        if isinstance(value, OwnFile):
            # The number keeps two of one name apart, and a name from leading out of the folder.
            safe = value.name.replace("/", "_").replace("\\", "_")
            place = f"files/{section.name}/{number:03}-{safe}"
            archive.writestr(place, value.content)
            value = place
        kept[column] = value
    return kept


def _json(rows: Sequence[Mapping[str, Any]]) -> str:
    plain = [{column: _plain(value) for column, value in row.items()} for row in rows]
    return json.dumps(plain, ensure_ascii=False, indent=2) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.astimezone(JST).isoformat(timespec="seconds")
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return _("はい") if value else _("いいえ")
    return "、".join(map(str, value)) if isinstance(value, list | tuple) else value


def read_me(parts: Sequence[Part], *, name: str, now: dt.datetime) -> str:
    """Return the words that say what lies in the archive."""
    lines = [
        _("共創ネットワーク 自分のデータ"),
        "",
        _("氏名：%(name)s", name=name),
        _("作成日時：%(at)s", at=jp_datetime(now)),
        "",
        _(
            "このファイルには、共創ネットワークがあなたについて持っているデータが、"
            "すべての自治体の分まとめて入っています。"
        ),
        _(
            "同じ内容が2つの形で入っています。CSVはExcelなどの表計算ソフトで、JSONはほかのシステムで読めます。文字コードはUTF-8です。"
        ),
        _(
            "自治体が職務として作った記録（職員のメモなど）は入っていません。ご覧になりたいときは、その自治体に開示を請求してください。"
        ),
        "",
    ]
    for section, rows in parts:
        lines.append(f"■ {section.title}（{section.name}.csv / {section.name}.json）")
        lines.append("  " + _("%(n)s件", n=len(rows)))
        lines += [f"  {column} = {label}" for column, label in section.columns.items()]
        lines.append("")
    return "\r\n".join(lines)
