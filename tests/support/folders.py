"""Folders of declarations for tests: a copy of the defaults, and towns that no other test syncs."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from pathlib import Path

from kyoso.core.config import ROOT
from kyoso.tenancy.declarations import Declaration
from kyoso.tenancy.folders import read_declaration
from kyoso.tenancy.municipalities import all_municipalities
from kyoso.tenancy.new_folder import write_new
from kyoso.tenancy.sync import Change, sync_town

#: Tests really commit, so each takes a municipality of its own: the last of the list first.
_codes = iter(sorted(all_municipalities(), reverse=True))
NOON = dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC)


def copy_of_tenants(to: Path, *towns: str) -> Path:
    """Copy the schemas, the defaults and some towns; return the new root."""
    root = to / "tenants"
    for name in ("_schema", "_default", *towns):
        shutil.copytree(ROOT / "tenants" / name, root / name)
    return root


class TownFolder:
    """The folder of a town that this test alone uses."""

    def __init__(self, root: Path) -> None:
        code = next(_codes)
        self.root = root
        self.path = write_new(root, code, f"t{code}")

    def write(self, file: str, text: str) -> None:
        """Replace a file of the town."""
        path = self.path / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")

    def edit(self, file: str, old: str, new: str) -> None:
        """Change one place in a file of the town."""
        text = (self.path / file).read_text("utf-8")
        assert old in text
        self.write(file, text.replace(old, new, 1))

    def set_profile(self, key: str, line: str) -> None:
        """Replace the line of a top-level key, or add it before the tables."""
        text = (self.path / "profile.toml").read_text("utf-8")
        changed, count = re.subn(rf"(?m)^{key} = .*$", lambda _: line, text)
        self.write("profile.toml", changed if count else f"{line}\n{text}")

    def read(self) -> Declaration:
        """Read the folder; it must be free of mistakes."""
        return read_declaration(self.root, self.path.name)

    def sync(self, *, dry_run: bool = False) -> list[Change]:
        """Take the folder over into the database."""
        return sync_town(self.read(), now=NOON, dry_run=dry_run)
