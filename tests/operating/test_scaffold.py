"""docs/new-feature.md and docs/new-municipality.md, followed to the letter in a copy of the tree."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from kyoso.cli import kyoso
from kyoso.core.config import ROOT
from kyoso.operating import scaffold
from kyoso.operating.scaffold import Feature, ScaffoldError, write_feature

BIN = Path(sys.executable).parent
FEATURE_PAGE = (ROOT / "docs/new-feature.md").read_text("utf-8")
TOWN_PAGE = (ROOT / "docs/new-municipality.md").read_text("utf-8")


def commands(page: str) -> list[str]:
    return [
        line
        for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
        for line in block.splitlines()
    ]


def recipe(target: str) -> list[str]:
    """Return what `make TARGET` runs, once it is set up."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    found = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert found, target
    return [line.strip().replace("$(BIN)", ".venv/bin") for line in found[1].splitlines()]


@dataclass(frozen=True)
class Copy:
    """A copy of the tree, in which the commands of a page are run."""

    root: Path

    def run(self, command: str, *, code: int = 0) -> str:
        """Run a command that must end with this exit code; return what it said."""
        ended, said = self.ask(command)
        assert ended == code, said
        return said

    def ask(self, command: str) -> tuple[int, str]:
        """Run a command with the copy's code, settings and database."""
        words = shlex.split(command)
        program = words[0].removeprefix(".venv/bin/")
        start = [sys.executable, "-m", "kyoso.cli"] if program == "kyoso" else [str(BIN / program)]
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("KYOSO_", "PYTEST_"))}
        done = subprocess.run(
            [*start, *words[1:]],
            cwd=self.root,
            env=inherited
            | {"PYTHONPATH": str(self.root / "platform"), "KYOSO_ROOT": str(self.root)},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, f"$ {command}\n{(done.stdout + done.stderr)[-5000:]}"

    def text(self, name: str) -> str:
        return (self.root / name).read_text("utf-8")


def tracked() -> list[Path]:
    """Return every file of the tree that is or could be committed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture
def copy() -> Iterator[Copy]:
    # Not under tmp_path: a database server runs in here, as a user who cannot enter that as root.
    with tempfile.TemporaryDirectory(prefix="kyoso-copy-") as folder:
        root = Path(folder)
        for path in tracked():
            target = root / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)
        # What mypy knows of the files that stay as they are, it need not find out again.
        if (ROOT / ".mypy_cache").is_dir():
            shutil.copytree(ROOT / ".mypy_cache", root / ".mypy_cache")
        git = ["git", "-C", folder]
        subprocess.run([*git, "init", "--quiet"], check=True)
        subprocess.run([*git, "add", "--all"], check=True)
        yield Copy(root)


def add_feature(copy: Copy) -> list[str]:
    """Follow docs/new-feature.md up to its checks, which are returned."""
    write, migrate, *checks = commands(FEATURE_PAGE)
    assert write == "kyoso feature surveys survey アンケート"
    assert "platform/kyoso/municipal/surveys/views.py" in copy.run(write)
    # Another one, whose names are longer than a word and break lines elsewhere.
    copy.run("kyoso feature town_walking_tours town_walking_tour まち歩き")
    applied = re.findall(r"適用しました: \d{4}_(\w+)", copy.run(migrate))
    assert applied[-2:] == ["surveys", "town_walking_tours"]
    return checks


def add_town(copy: Copy) -> None:
    """Follow docs/new-municipality.md."""
    new, check, *sync_and_invite = commands(TOWN_PAGE)
    copy.run(new)
    folder = copy.root / "tenants/074080-inawashiro"
    for name, text in re.findall(r"```toml file=(\S+)\n(.*?)```", TOWN_PAGE, re.DOTALL):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    assert "間違いはありません。" in copy.run(check)
    would, done, *_ = [copy.run(command) for command in sync_and_invite]
    assert "猪苗代町 profile.toml: 猪苗代町 を追加" in would
    assert "猪苗代町 profile.toml: 猪苗代町 を追加" in done


@pytest.mark.slow
def test_a_tree_with_new_features_and_a_fourth_town_passes_every_check(copy: Copy) -> None:
    make_check, tests = add_feature(copy)
    add_town(copy)
    assert make_check == "make check"
    assert tests.startswith(".venv/bin/pytest tests/municipal/surveys ")

    registry = copy.text("platform/kyoso/registry.py")
    said = copy.run("kyoso feature surveys survey アンケート", code=1)
    assert "「surveys」はすでにあります（platform/kyoso/municipal/surveys）" in said
    assert copy.text("platform/kyoso/registry.py") == registry

    for path in (copy.root / "platform/kyoso/municipal/surveys").glob("*.py"):
        assert f"`{path.name}`" in FEATURE_PAGE, path.name
    files = {path.stem for path in (copy.root / "tests/municipal/surveys").glob("test_*.py")}
    assert files == {"test_rules", "test_operations", "test_views", "test_isolation"}
    assert "| Survey | アンケート |" in copy.text("docs/glossary.md")
    alone = '  "(notices) | (surveys) | (town_walking_tours)",'
    assert copy.text("pyproject.toml").count(alone) == 2
    assert "surveys:write" in copy.text("docs/permissions.md")
    english = copy.text("platform/kyoso/ui/translations/en/LC_MESSAGES/messages.po")
    assert 'msgstr "Survey published"' in english
    assert 'msgstr "Town walking tour published"' in english

    checks = [*recipe("check"), f"{tests} tests/municipal/town_walking_tours -q -n0"]
    answers = [copy.ask(command) for command in checks]
    wrong = [said for code, said in answers if code != 0]
    assert not wrong, "\n".join(wrong)
    assert "skipped" not in answers[-1][1]


def test_a_feature_that_the_layers_know_keeps_the_place_they_give_it() -> None:
    planned = scaffold.changed_files(Feature("engagements", "engagement", "複業").words, ROOT)
    alone = scaffold.changed_files(Feature("surveys", "survey", "アンケート").words, ROOT)
    assert ROOT / "pyproject.toml" not in planned
    assert planned.keys() == alone.keys() - {ROOT / "pyproject.toml"}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("notices", "note", "覚え書き"), "「notices」はすでにあります"),
        (("accounts", "account", "口座"), "すでにあります"),
        (("visions", "sight", "将来"), "表か画面の名前"),
        (("front", "face", "顔"), "表か画面の名前"),
        (("requests", "notice", "依頼"), "ほかの機能のものの名前です（Notice）"),
        (("Surveys", "survey", "アンケート"), "「Surveys」は使えません"),
        (("a-b", "survey", "アンケート"), "「a-b」は使えません"),
        (("surveys", "class", "アンケート"), "「class」は使えません"),
        (("sheep", "sheep", "羊"), "別の語"),
        (("surveys", "survey", '"); import os'), "記号のない"),
        (("surveys", "survey", ""), "記号のない"),
    ],
)
def test_a_name_that_cannot_be_is_refused_before_anything_is_written(
    words: tuple[str, str, str], sentence: str
) -> None:
    registry = (ROOT / "platform/kyoso/registry.py").read_text("utf-8")
    result = CliRunner().invoke(kyoso, ["feature", *words])
    assert result.exit_code == 1
    assert sentence in result.output
    assert (ROOT / "platform/kyoso/registry.py").read_text("utf-8") == registry


def test_a_lost_mark_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    for name in ("platform/kyoso/registry.py", "pyproject.toml", "docs/glossary.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        text = (ROOT / name).read_text("utf-8").replace("kyoso feature: menu", "")
        (tmp_path / name).write_text(text, "utf-8")
    shutil.copytree(ROOT / "migrations/versions", tmp_path / "migrations/versions")
    with pytest.raises(ScaffoldError, match="「kyoso feature: menu」で終わる行が0行"):
        write_feature(Feature("polls", "poll", "投票"), tmp_path)
    assert not (tmp_path / "platform/kyoso/municipal").exists()
