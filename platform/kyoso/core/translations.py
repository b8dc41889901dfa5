"""Holds the English catalogue to the code: ``python -m kyoso.core.translations --check|--update``.

The message id is the Japanese sentence, so a sentence that changes asks for a new translation.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

SOURCE = Path(__file__).resolve().parents[1]
CATALOGUE = SOURCE / "ui" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
METHODS = [
    ("**/templates/**.html", "jinja2"),
    ("**/templates/**.txt", "jinja2"),
    ("**/templates/**.xml", "jinja2"),
    ("**.py", "python"),
    # The words of vocabularies that all towns share.
    ("**/data/skills.toml", "kyoso.core.translations:labels_of"),
]
OPTIONS = {pattern: {"trimmed": "true", "silent": "false"} for pattern, kind in METHODS}
KEYWORDS = DEFAULT_KEYWORDS | {"_l": None, "lazy_gettext": None}


def labels_of(
    file: IO[bytes], *_how: Any, **_options: Any
) -> Iterator[tuple[int, None, str, list[str]]]:
    """Return every ``label`` in a TOML file, as Babel wants it."""
    waiting: list[Any] = [tomllib.load(file)]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            if "label" in found:
                yield 1, None, found["label"], []
            waiting += found.values()
        elif isinstance(found, list):
            waiting += found


def extract() -> Catalog:
    """Return every sentence that the code and the templates say."""
    template = Catalog(charset="utf-8", fuzzy=False)
    found = extract_from_dir(SOURCE, METHODS, OPTIONS, keywords=KEYWORDS, comment_tags=())
    for file, _line, message, _comments, context in found:
        template.add(message, None, [(Path(file).as_posix(), 1)], context=context)
    return template


def read() -> Catalog:
    """Return the English catalogue as committed."""
    if not CATALOGUE.exists():
        return Catalog(locale="en", charset="utf-8", fuzzy=False)
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="en")


def mistakes() -> list[str]:
    """Return what is missing, unsure or left over in the English catalogue."""
    english, wanted, found = read(), extract(), []
    for message in wanted:
        if not message.id:
            continue
        known = english.get(message.id, message.context)
        words = known.string if known else ""
        parts = words if isinstance(words, tuple | list) else (words,)
        if known is None or not all(parts):
            found.append(f"no English for: {message.id}")
        elif known.fuzzy:
            found.append(f"unsure (fuzzy): {message.id}")
        else:
            found += [f"{error}: {message.id}" for error in known.check(english)]
    ids = {message.id for message in wanted}
    found += [f"no longer used: {m.id}" for m in english if m.id and m.id not in ids]
    return found


def update(given: Mapping[str, str] | None = None) -> int:
    """Write the catalogue anew: new sentences empty, unused ones gone; returns how many lack.

    `given` is the English of sentences that the catalogue does not have yet.
    """
    english, wanted = read(), extract()
    fresh = Catalog(locale="en", charset="utf-8", fuzzy=False, header_comment="# English")
    for message in sorted((m for m in wanted if m.id), key=lambda m: str(m.id)):
        known = english.get(message.id, message.context)
        words = known.string if known else None
        if not words and given and isinstance(message.id, str):
            words = given.get(message.id)
        fresh.add(message.id, words, context=message.context)
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    with CATALOGUE.open("wb") as file:
        write_po(file, fresh, width=100, omit_header=False, sort_output=True)
    return len([m for m in mistakes() if m.startswith("no English")])


def main() -> int:
    """Check or update; returns the exit code."""
    if "--update" in sys.argv:
        sys.stdout.write(f"{update()} sentences lack English\n")
        return 0
    found = mistakes()
    for line in found[:50]:
        sys.stderr.write(line + "\n")
    if found:
        sys.stderr.write(
            f"{len(found)} mistakes in {CATALOGUE.name}:"
            " python -m kyoso.core.translations --update, then translate\n"
        )
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
