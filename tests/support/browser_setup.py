"""See that there is a Chromium for the browser tests: find it, install it as root, or say how.

Run by `make test` before pytest, with the standard library alone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PLACES = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
PACKAGES = ("chromium", "fonts-noto-cjk")
HOW = (
    "Chromium が見つからないため、ブラウザーのテストは実行しません。\n"
    f"  Debian・Ubuntu: sudo apt-get install {' '.join(PACKAGES)}\n"
    "  ほか: Chromium か Chrome を入れ、場所を KYOSO_CHROMIUM で指定してください。"
)


def chromium_path() -> str | None:
    """Return where Chromium is: KYOSO_CHROMIUM, the path, or a usual place."""
    named = os.environ.get("KYOSO_CHROMIUM")
    if named:
        return named if Path(named).exists() else None
    on_path = (shutil.which(name) for name in NAMES)
    in_places = (place for place in PLACES if Path(place).exists())
    return next((found for found in (*on_path, *in_places) if found), None)


def install() -> None:
    """Install Chromium with apt-get; what goes wrong is shown and met by the caller."""
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update"], ["install", "-y", "--no-install-recommends", *PACKAGES]):
        subprocess.run(["apt-get", "-q", *step], env=quiet, check=False, stdin=subprocess.DEVNULL)


def main() -> int:
    """Return 0, or 1 when a browser is required and there is none."""
    if chromium_path() is None and os.geteuid() == 0 and shutil.which("apt-get"):
        sys.stdout.write("installing Chromium with apt-get\n")
        sys.stdout.flush()
        install()
    if chromium_path() is not None:
        return 0
    sys.stderr.write(HOW + "\n")
    return 1 if os.environ.get("KYOSO_REQUIRE_BROWSER") == "1" else 0


if __name__ == "__main__":
    sys.exit(main())
