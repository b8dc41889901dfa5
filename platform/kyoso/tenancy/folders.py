"""Read what municipalities declare in ``tenants/``: a town's folder over the defaults.

Tables merge key by key; anything else replaces. Every mistake names its file, its key and the
reason, and all of them are collected, so that one run is enough to mend a folder.
Nothing here touches the database.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from kyoso.core.i18n import JST
from kyoso.tenancy.cross_checks import check_between_towns, check_town
from kyoso.tenancy.declarations import (
    FILES,
    FOLDER,
    Declaration,
    DeclarationError,
    Guideline,
    Mistake,
)
from kyoso.tenancy.formats import FORMATS, by_schema, day

DEFAULTS = "_default"
SCHEMAS = "_schema"
GUIDELINES = "guidelines"

_GUIDELINE = re.compile(r"(?P<day>\d{4}-\d{2}-\d{2})(?P<english>\.en)?\.md")
_HTML = re.compile(r"<[a-zA-Z/!]")
_LOGO_BYTES = 64 * 1024
#: What an SVG may not hold; it is shown as an image only, where none of it would run.
_SVG_DANGER = re.compile(rb"<script|<foreignObject|\son\w+\s*=|javascript:|<!ENTITY", re.IGNORECASE)
_LOGO_TYPES = {".svg": "image/svg+xml", ".png": "image/png"}


def overlay(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Return `own` over `base`: tables merge key by key; anything else replaces."""
    merged = dict(base)
    for key, value in own.items():
        both_tables = isinstance(value, dict) and isinstance(base.get(key), dict)
        merged[key] = overlay(base[key], value) if both_tables else value
    return merged


def folders(root: Path) -> list[Path]:
    """Return the towns' folders, in the order of their codes."""
    return sorted(
        path for path in root.iterdir() if path.is_dir() and not path.name.startswith(("_", "."))
    )


def read_all(root: Path) -> tuple[list[Declaration], list[Mistake]]:
    """Read every town's folder; a folder with mistakes gives its mistakes and no declaration."""
    if not root.is_dir():
        return [], [Mistake(root.name, "", "フォルダーがありません。")]
    schemas = _schemas(root)
    mistakes: list[Mistake] = []
    declarations: list[Declaration] = []
    for folder in folders(root):
        declaration, found = _read(root, folder, schemas)
        mistakes.extend(found)
        if declaration is not None and not found:
            declarations.append(declaration)
    mistakes.extend(check_between_towns(declarations))
    return declarations, sorted(mistakes)


def read_declaration(root: Path, folder: str) -> Declaration:
    """Read one town's folder, or raise DeclarationError with everything there is to mend."""
    declaration, mistakes = _read(root, root / folder, _schemas(root))
    if mistakes or declaration is None:
        raise DeclarationError(sorted(mistakes))
    return declaration


def _schemas(root: Path) -> dict[str, Draft202012Validator]:
    return {
        name: Draft202012Validator(
            json.loads((root / SCHEMAS / f"{name}.schema.json").read_text("utf-8")),
            format_checker=FORMATS,
        )
        for name in FILES
    }


def _read(
    root: Path, folder: Path, schemas: Mapping[str, Draft202012Validator]
) -> tuple[Declaration | None, list[Mistake]]:
    mistakes: list[Mistake] = []
    declared: dict[str, dict[str, Any]] = {}
    if not FOLDER.fullmatch(folder.name):
        mistakes.append(
            Mistake(
                folder.name, "", "フォルダー名は「団体コード6桁-英小文字の名前」にしてください。"
            )
        )
    if not (folder / FILES["profile"]).is_file():
        mistakes.append(Mistake(f"{folder.name}/profile.toml", "", "このファイルは必ず要ります。"))
        return None, mistakes
    for name, file in FILES.items():
        base, base_mistakes = _toml(root, root / DEFAULTS / file)
        own, own_mistakes = _toml(root, folder / file) if (folder / file).exists() else ({}, [])
        declared[name] = overlay(base, own)
        mistakes.extend(base_mistakes + own_mistakes)
        if not base_mistakes and not own_mistakes:
            place = f"{folder.name if own or name == 'profile' else DEFAULTS}/{file}"
            mistakes.extend(by_schema(schemas[name], declared[name], place))
    mistakes.extend(_unknown_files(root, folder))
    guidelines, guideline_mistakes = _guidelines(root, folder)
    logo, logo_mistakes = _logo(folder, declared["theme"])
    mistakes.extend(guideline_mistakes + logo_mistakes)
    if mistakes:
        # The cross-checks below rely on the form being right: mend that first.
        return None, mistakes
    declaration = Declaration(folder.name, **declared, guidelines=guidelines, logo=logo)
    mistakes.extend(check_town(declaration))
    return declaration, mistakes


def _toml(root: Path, path: Path) -> tuple[dict[str, Any], list[Mistake]]:
    name = str(path.relative_to(root))
    try:
        return _plain(tomllib.loads(path.read_text("utf-8"))), []
    except UnicodeDecodeError:
        return {}, [Mistake(name, "", "文字コードを UTF-8 にしてください。")]
    except tomllib.TOMLDecodeError as error:
        return {}, [Mistake(name, "", f"TOML として読めません（{error}）。")]


def _plain(value: Any) -> Any:
    """Turn TOML's dates into ISO text: the form of the schemas and of the JSON we keep."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dt.datetime):
        # A time without a zone is Japan's.
        return (value if value.tzinfo else value.replace(tzinfo=JST)).isoformat()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return value


def _unknown_files(root: Path, folder: Path) -> Iterator[Mistake]:
    known = set(FILES.values())
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        # Guidelines and pictures are checked where they are read.
        apart = path.parent.name in {GUIDELINES, "theme"} and path.parent.parent == folder
        if path.is_file() and name not in known and not (apart and path.suffix != ".toml"):
            yield Mistake(
                path.relative_to(root).as_posix(),
                "",
                f"知らないファイルです。使えるのは {'、'.join(known_names())} です。",
            )


def known_names() -> list[str]:
    """Return the names of everything a town's folder may hold."""
    return [*FILES.values(), f"{GUIDELINES}/2026-04-01.md"]


def _guidelines(root: Path, folder: Path) -> tuple[tuple[Guideline, ...], list[Mistake]]:
    own = folder / GUIDELINES
    # A town's own guideline must not be followed by the default's just because that is newer.
    source = own if own.is_dir() and any(own.iterdir()) else root / DEFAULTS / GUIDELINES
    mistakes: list[Mistake] = []
    texts: dict[dt.date, dict[str, tuple[str, str]]] = {}
    for path in sorted(source.iterdir()):
        place = path.relative_to(root).as_posix()
        named = _GUIDELINE.fullmatch(path.name)
        since = day(named["day"]) if named else None
        if named is None or since is None:
            mistakes.append(
                Mistake(place, "", "ファイル名は施行日にしてください（例: 2026-04-01.md）。")
            )
            continue
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            mistakes.append(Mistake(place, "", "文字コードを UTF-8 にしてください。"))
            continue
        title, _, body = text.partition("\n")
        if not title.startswith("# ") or not body.strip():
            mistakes.append(
                Mistake(place, "1行目", "「# 題名」で始め、その下に本文を書いてください。")
            )
        if _HTML.search(text):
            mistakes.append(Mistake(place, "", "HTML は使えません。Markdown で書いてください。"))
        language = "en" if named["english"] else "ja"
        texts.setdefault(since, {})[language] = (title[2:].strip(), body.strip() + "\n")
    for since, versions in texts.items():
        if "ja" not in versions:
            place = f"{source.relative_to(root).as_posix()}/{since}.en.md"
            mistakes.append(Mistake(place, "", f"日本語の {since}.md がありません。"))
    if mistakes:
        return (), mistakes
    return tuple(
        Guideline(since, *versions["ja"], *versions.get("en", (None, None)))
        for since, versions in sorted(texts.items())
    ), []


def _logo(folder: Path, theme: Mapping[str, Any]) -> tuple[str | None, list[Mistake]]:
    name = theme.get("logo")
    if not isinstance(name, str) or Path(name).suffix not in _LOGO_TYPES:
        return None, []  # None, or refused by the schema.
    place = f"{folder.name}/{FILES['theme']}"
    path = folder / "theme" / name
    if not path.is_file():
        return None, [Mistake(place, "logo", f"theme/{name} がありません。")]
    content = path.read_bytes()
    if len(content) > _LOGO_BYTES:
        return None, [Mistake(place, "logo", f"theme/{name} は 64 KB までにしてください。")]
    if path.suffix == ".svg" and _SVG_DANGER.search(content):
        return None, [Mistake(place, "logo", f"theme/{name} にスクリプトが入っています。")]
    encoded = base64.b64encode(content).decode("ascii")
    return f"data:{_LOGO_TYPES[path.suffix]};base64,{encoded}", []
