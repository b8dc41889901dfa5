"""Every read of memoranda: the templates, and a text set as PDF. They know no rows."""

from __future__ import annotations

import datetime as dt
import functools
import tomllib
from collections.abc import Mapping
from pathlib import Path

from kyoso.core.documents import render_pdf
from kyoso.core.i18n import force_locale, jp_date
from kyoso.exchange.memoranda import rules

_FOLDER = Path(__file__).parent / "templates" / "memoranda"


@functools.cache
def default_terms(kind: str) -> dict[str, str]:
    """Return the words with which the terms of a kind begin."""
    found: dict[str, str] = tomllib.loads((_FOLDER / "terms.toml").read_text("utf-8"))[kind]
    return found


def set_memorandum(
    kind: str, words: Mapping[str, str], parties: tuple[str, str], version: int, day: dt.date
) -> bytes:
    """Return a memorandum as PDF, always in Japanese; version 0 is marked as a draft."""
    text = rules.filled((_FOLDER / f"{kind}.txt").read_text("utf-8"), words)
    title, _line, body = text.partition("\n")
    heading = title.removeprefix("# ").strip()
    with force_locale("ja"):
        data = {
            "heading": heading,
            "draft": "" if version else "案（まだ送っていません）",
            "version": f"第{version}版",
            "day": jp_date(day),
            "parties": list(parties),
            "articles": rules.articles_of(body),
        }
    layout = (_FOLDER / "memorandum.typ").read_text("utf-8")
    return render_pdf(layout, data, title=heading, lang="ja")
