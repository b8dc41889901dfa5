"""Check offline that each folder with a ``vendor.lock.json`` holds what it says, and nothing else.

``python -m kyoso.ui.vendor`` names each wrong file and its mend, and then exits 1.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1]
VENDOR = SOURCE / "ui" / "static" / "vendor"
LOCK = "vendor.lock.json"
KEYS = ("package", "version", "integrity", "sha256", "licence")


def list_folders() -> list[Path]:
    """Return every folder of the source that holds files of others."""
    return sorted(lock.parent for lock in SOURCE.rglob(LOCK))


def find_mistakes(vendor: Path = VENDOR) -> list[str]:
    """Return a sentence, with its mend, for each file that is not as the lock describes it."""
    try:
        files = json.loads((vendor / LOCK).read_text("utf-8"))["files"]
        described: dict[str, dict[str, str]] = {file["path"]: file for file in files}
    except (OSError, ValueError, KeyError, TypeError) as error:
        return [f"{LOCK}: cannot be read ({error!r}). Restore it from the repository."]
    present = {
        path.relative_to(vendor).as_posix()
        for path in vendor.rglob("*")
        if path.is_file() and path.name != LOCK
    }
    licensed = {
        said.get("package")
        for path, said in described.items()
        if "LICENSE" in Path(path).name and path in present
    }
    mistakes = [
        f"{path}: not in {LOCK}. Describe it there, or delete it."
        for path in sorted(present - described.keys())
    ]
    for path, said in sorted(described.items()):
        mistakes += [
            f"{path}: {LOCK} does not say its {key}. `npm view <package>@<version>` does."
            for key in KEYS
            if not said.get(key)
        ]
        if path not in present:
            mistakes.append(f"{path}: missing. Take it from the package again (`npm pack`).")
        elif said.get("sha256") != hashlib.sha256((vendor / path).read_bytes()).hexdigest():
            mistakes.append(
                f"{path}: changed since it was vendored. Take it from the package again "
                "(`npm pack`); what is ours stands in files of our own."
            )
        if said.get("package") not in licensed:
            mistakes.append(f"{path}: stands without its LICENSE. Add that of the package.")
    return mistakes


def main() -> int:
    """Say what is wrong and return the exit status."""
    found = False
    for folder in list_folders():
        for mistake in find_mistakes(folder):
            found = True
            sys.stderr.write(f"{folder.relative_to(SOURCE).as_posix()}/{mistake}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
