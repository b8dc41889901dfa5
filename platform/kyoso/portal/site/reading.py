"""Texts of the town as the reader gets them: in their language where there is one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Any

from flask import current_app
from markupsafe import Markup

from kyoso.core import markdown
from kyoso.core.i18n import locale
from kyoso.core.web import tenant
from kyoso.portal.site.navigation import JAPANESE

_TOP = re.compile(r"^# ", re.MULTILINE)
_DEEPER = re.compile(r"^#(#+ )", re.MULTILINE)


@lru_cache(maxsize=512)
def rendered(text: str) -> Markup:
    """Return Markdown as safe HTML; kept, because pages are read far more often than written.

    The same text gives the same HTML for everybody, so one town's entry may serve another.
    """
    # Whoever begins with "## " means the page's first level; a level must not be left out.
    if not _TOP.search(text):
        text = _DEEPER.sub(r"\1", text)
    return markdown.render(text)


def project_cards(rows: Sequence[Any], *, level: int) -> Markup:
    """Return the projects as items of a list of cards, their titles headings of a level."""
    where = (tenant().slug, locale(), level)
    return Markup("").join(_card(*where, *_shown(row)) for row in rows)


_CARD = ("number", "title", "summary", "proposer_name", "stage", "recruiting")
_shown = attrgetter(*_CARD)


@lru_cache(maxsize=4096)
def _card(slug: str, language: str, level: int, *values: Any) -> Markup:
    # Whoever sees the same words in the same language of the same town gets the same card.
    template = current_app.jinja_env.get_template("site/_card.html")
    ja = "" if language == "ja" else JAPANESE
    said = dict(zip(_CARD, values, strict=True))
    return Markup(template.render(slug=slug, level=level, ja=ja, **said))  # noqa: S704 (escaped)


@dataclass(frozen=True, slots=True)
class Passage:
    """A text with its title, and whether it is in Japanese only for this reader."""

    title: str
    body: Markup
    foreign: bool


def passage(title: str, body: str, title_en: str | None, body_en: str | None) -> Passage:
    """Return the English words to those who read English, if the town has them."""
    if locale() == "en" and title_en and body_en:
        return Passage(title_en, rendered(body_en), False)
    return Passage(title, rendered(body), locale() != "ja")


def answers(declared: list[Mapping[str, Any]]) -> list[Passage]:
    """Return the town's questions and answers."""
    return [
        passage(
            entry["question"],
            entry["answer"],
            entry.get("question_en"),
            entry.get("answer_en"),
        )
        for entry in declared
    ]
