"""What others made is in the repository exactly as its lock describes it."""

import json
import shutil
from pathlib import Path

import pytest

from kyoso.ui import vendor

FOLDERS = vendor.list_folders()


def change(folder: Path, **said: str | None) -> None:
    """Change what the lock says of one file; None takes the key away."""
    lock = json.loads((folder / vendor.LOCK).read_text("utf-8"))
    file = next(f for f in lock["files"] if f["path"] == "htmx/htmx.min.js")
    for key, value in said.items():
        file[key] = value
    lock["files"] = [{k: v for k, v in f.items() if v is not None} for f in lock["files"]]
    (folder / vendor.LOCK).write_text(json.dumps(lock), "utf-8")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(vendor.VENDOR, tmp_path / "vendor"))


def test_the_folders_with_files_of_others_are_all_checked():
    found = {folder.relative_to(vendor.SOURCE).as_posix() for folder in FOLDERS}
    assert found == {"ui/static/vendor", "tenancy/data", "core/fonts"}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_the_files_are_those_of_the_lock(folder: Path):
    assert vendor.find_mistakes(folder) == []


def test_a_changed_an_extra_and_a_missing_file_are_named(copy: Path):
    with (copy / "htmx/htmx.min.js").open("a") as file:
        file.write("// ours")
    (copy / "htmx/more.js").write_text("")
    (copy / "design-tokens/tokens.css").unlink()
    mistakes = vendor.find_mistakes(copy)
    assert len(mistakes) == 3
    assert mistakes[0].startswith("htmx/more.js: not in vendor.lock.json.")
    assert mistakes[1].startswith("design-tokens/tokens.css: missing.")
    assert mistakes[2].startswith("htmx/htmx.min.js: changed since it was vendored.")


def test_a_file_without_its_licence_or_version_is_named(copy: Path):
    (copy / "htmx/LICENSE").unlink()
    change(copy, version=None)
    mistakes = vendor.find_mistakes(copy)
    assert any(m.startswith("htmx/htmx.min.js: stands without its LICENSE.") for m in mistakes)
    assert any("does not say its version" in m for m in mistakes)


@pytest.mark.parametrize("lock", ["", "[]", '{"files": [{}]}', '{"files": 3}'])
def test_a_lock_that_cannot_be_read_is_one_mistake(copy: Path, lock: str):
    (copy / vendor.LOCK).write_text(lock)
    assert [m.partition(":")[0] for m in vendor.find_mistakes(copy)] == [vendor.LOCK]


def test_the_command_says_where_and_fails(
    copy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    assert vendor.main() == 0
    monkeypatch.setattr(vendor, "SOURCE", copy.parent)
    (copy / "htmx/more.js").write_text("")
    assert vendor.main() == 1
    assert capsys.readouterr().err.startswith("vendor/htmx/more.js: not in")
