"""Write a new feature of a town's own work, complete and small: see docs/new-feature.md.

Everything is worked out before anything is written, so that a refusal leaves nothing behind.
"""

from __future__ import annotations

import importlib
import importlib.util
import keyword
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from string import Template

from kyoso.app import create_app
from kyoso.core import translations
from kyoso.core.config import ROOT, load_settings
from kyoso.core.db import Model
from kyoso.core.events import Event
from kyoso.operating.documents import write_documents

TEMPLATES = Path(__file__).parent / "scaffold_files"

#: Where the files of each folder of scaffold_files/ go.
PLACES = {
    "feature": "platform/kyoso/municipal/$nouns",
    "pages": "platform/kyoso/municipal/$nouns/templates/$nouns",
    "tests": "tests/municipal/$nouns",
}

#: What is put above each line that ends with a marker: (file, marker) -> the new line.
LINES = {
    ("platform/kyoso/registry.py", "kyoso feature: parts"): (
        '    "kyoso.municipal.$nouns.operations",'
    ),
    ("platform/kyoso/registry.py", "kyoso feature: blueprints"): (
        '    "kyoso.municipal.$nouns.views:bp",'
    ),
    ("platform/kyoso/registry.py", "kyoso feature: menu"): (
        '    (_l("$title"), "$nouns.index", "$nouns:read"),'
    ),
    ("pyproject.toml", "kyoso feature: ignored"): '  "$nouns",',
    (
        "docs/glossary.md",
        "kyoso feature: words -->",
    ): "| $Noun | $title | $a $english of the town |",
}
#: The lines of layers to which a feature that stands alone is added, in each of two contracts.
ALONE = ("pyproject.toml", "kyoso feature: alone")

_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")


class ScaffoldError(Exception):
    """The feature was not written; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Feature:
    """What a new feature is called."""

    #: The folder, the table and the address: several of them, as in ``surveys``.
    name: str
    #: One of them: ``survey``.
    noun: str
    #: What people see: アンケート.
    title: str

    @property
    def words(self) -> dict[str, str]:
        """What stands in the place of each ``$word`` of the templates."""
        english, many = self.noun.replace("_", " "), self.name.replace("_", " ")
        article = "an" if english[0] in "aeiou" else "a"
        return {
            "nouns": self.name,
            "noun": self.noun,
            "Noun": "".join(part.capitalize() for part in self.noun.split("_")),
            "path": self.name.replace("_", "-"),
            "title": self.title,
            "english": english,
            "English": english.capitalize(),
            "englishes": many,
            "Englishes": many.capitalize(),
            "a": article,
            "A": article.capitalize(),
        }


def write_feature(feature: Feature, root: Path = ROOT) -> list[Path]:
    """Write the feature and name it where it must be named; returns what was written."""
    _check_words(feature)
    _check_free(feature, root)
    if importlib.util.find_spec("ruff") is None:
        raise ScaffoldError("ruff がありません。開発の環境で実行してください（make setup）。")
    words = feature.words
    written = _new_files(words, root) | changed_files(words, root)
    for path, text in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    _tidy([path for path in written if path.suffix == ".py"], root)
    english = tomllib.loads(_filled(TEMPLATES / "english.toml.txt", words))
    translations.update(english)
    importlib.invalidate_caches()
    importlib.import_module(f"kyoso.municipal.{feature.name}.permissions")
    documents = [root / name for name in write_documents(root)]
    return [*written, translations.CATALOGUE, *documents]


def _check_words(feature: Feature) -> None:
    for word in (feature.name, feature.noun):
        if not _NAME.fullmatch(word) or keyword.iskeyword(word) or len(word) > 30:
            raise ScaffoldError(
                f"「{word}」は使えません。英小文字・数字・_ で30文字までにしてください"
                "（例: surveys survey）。"
            )
    if feature.name == feature.noun:
        raise ScaffoldError("複数形（surveys）と単数形（survey）は、別の語にしてください。")
    if not re.fullmatch(r"[\w・]{1,20}", feature.title):
        raise ScaffoldError(
            f"「{feature.title}」は使えません。記号のない20文字までの日本語にしてください。"
        )


def _check_free(feature: Feature, root: Path) -> None:
    """Refuse what is taken: a folder, an address, a table, a permission or a class."""
    name, noun = feature.name, feature.words["Noun"]
    folders = [*(root / "platform/kyoso").glob(f"*/{name}"), root / "tests/municipal" / name]
    taken = next((folder for folder in folders if folder.exists()), None)
    if taken is not None:
        raise ScaffoldError(
            f"「{name}」はすでにあります（{taken.relative_to(root)}）。別の名前にしてください。"
        )
    # The demo has every page there is; nothing here asks the database.
    app = create_app(load_settings("demo", database_url="postgresql+psycopg://"))
    tables = {table.name for table in Model.metadata.tables.values()}
    pages = {
        rule.rule.removeprefix("/<town>/desk/").split("/")[0] for rule in app.url_map.iter_rules()
    }
    if name in app.blueprints or name in tables or feature.words["path"] in pages:
        raise ScaffoldError(f"「{name}」は、表か画面の名前として使われています。")
    classes = {mapper.class_.__name__ for mapper in Model.registry.mappers}
    events = {event.__name__ for event in Event.__subclasses__()}
    if noun in classes or events & {
        f"{noun}{verb}" for verb in ("Created", "Published", "Withdrawn")
    }:
        raise ScaffoldError(f"「{feature.noun}」は、ほかの機能のものの名前です（{noun}）。")


def _filled(path: Path, words: dict[str, str]) -> str:
    return Template(path.read_text("utf-8")).substitute(words)


def _new_files(words: dict[str, str], root: Path) -> dict[Path, str]:
    files = {
        root / Template(place).substitute(words) / path.name.removesuffix(".txt"): _filled(
            path, words
        )
        for folder, place in PLACES.items()
        for path in sorted((TEMPLATES / folder).glob("*.txt"))
    }
    versions = root / "migrations/versions"
    last = max(path.stem for path in versions.glob("[0-9][0-9][0-9][0-9]_*.py"))
    migration = f"{int(last[:4]) + 1:04}_{words['nouns']}"
    files[versions / f"{migration}.py"] = _filled(
        TEMPLATES / "migration.py.txt", {**words, "migration": migration, "previous": last}
    )
    return files


def changed_files(words: dict[str, str], root: Path) -> dict[Path, str]:
    """Return the files that name every feature, with this one in its places."""
    changed: dict[Path, str] = {}

    def lines_of(name: str) -> list[str]:
        text = changed.get(root / name) or (root / name).read_text("utf-8")
        return text.splitlines(keepends=True)

    # A name that the layers know already has its place there: it does not stand alone.
    placed = f'"({words["nouns"]})"' in (root / "pyproject.toml").read_text("utf-8")
    for (name, marker), line in LINES.items():
        if placed and name == "pyproject.toml":
            continue
        lines = lines_of(name)
        (place,) = _marked(lines, marker, name, 1)
        lines.insert(place, Template(line).substitute(words) + "\n")
        changed[root / name] = "".join(lines)
    if not placed:
        name, marker = ALONE
        lines = lines_of(name)
        for place in _marked(lines, marker, name, 2):
            lines[place] = lines[place].replace(')",', f') | ({words["nouns"]})",', 1)
        changed[root / name] = "".join(lines)
    return changed


def _marked(lines: list[str], marker: str, name: str, count: int) -> list[int]:
    places = [number for number, line in enumerate(lines) if line.rstrip().endswith(marker)]
    if len(places) != count:
        raise ScaffoldError(
            f"{name}: 「{marker}」で終わる行が{len(places)}行あります（{count}行のはずです）。"
            "元に戻してから、もう一度実行してください。"
        )
    return places


def _tidy(paths: list[Path], root: Path) -> None:
    """Put the files into the house's form: how a line breaks depends on how long the names are."""
    for command in (("check", "--quiet", "--select", "I", "--fix"), ("format", "--quiet")):
        subprocess.run(  # noqa: S603 - our own program with our own arguments
            [sys.executable, "-m", "ruff", *command, *map(str, paths)], cwd=root, check=True
        )
