"""The contracts about imports notice what they are there for, also in features to come."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kyoso.core.config import ROOT

KYOSO = ROOT / "platform/kyoso"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source, with a feature in it that keeps none of the rules."""
    copy = tmp_path_factory.mktemp("copy")
    shutil.copytree(
        KYOSO,
        copy / "platform/kyoso",
        ignore=shutil.ignore_patterns("static", "templates", "__pycache__", "data"),
    )
    shutil.copy(ROOT / "pyproject.toml", copy)
    rogue = copy / "platform/kyoso/municipal/rogue"
    rogue.mkdir()
    for name, text in {
        "__init__": "",
        "rules": "import flask\nfrom kyoso.municipal.rogue import models\n",
        "models": "",
        "helpers": "",
        "queries": "from kyoso.municipal.strategy import models\n",
    }.items():
        (rogue / f"{name}.py").write_text(text)
    with (copy / "platform/kyoso/core/text.py").open("a") as text_module:
        text_module.write("import kyoso.tenancy.queries\n")
    return copy


@pytest.fixture(scope="module")
def said(copy: Path) -> str:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command as c; c()",
            "--no-cache",
        ],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": str(copy / "platform"), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "complaint",
    [
        "kyoso.core.text -> kyoso.tenancy.queries",
        "kyoso.municipal.rogue.rules -> kyoso.municipal.rogue.models",
        "kyoso.municipal.rogue.rules -> flask",
        "kyoso.municipal.rogue.queries -> kyoso.municipal.strategy.models",
        "kyoso.municipal.rogue.helpers",
        "- kyoso.municipal.rogue\n",
    ],
)
def test_a_forbidden_import_or_file_is_named(said: str, complaint: str):
    assert complaint in said
