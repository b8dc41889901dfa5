"""The rules of the house that a machine can check."""

import ast
import importlib
import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest

from kyoso.core.config import ROOT

SOURCE = ROOT / "platform" / "kyoso"
FEATURE_FILES = {
    *("__init__.py", "rules.py", "events.py", "models.py", "permissions.py", "queries.py"),
    *("operations.py", "schemas.py", "views.py", "metrics.py", "subscribers.py", "mails.py"),
}
FEATURES = sorted(
    folder
    for area in ("municipal", "exchange", "joint_metrics")
    for folder in (SOURCE / area).glob("*/")
    if (folder / "__init__.py").exists()
)
OPERATIONS = sorted(SOURCE.rglob("operations.py"))
MODULES = sorted(p for p in SOURCE.rglob("*.py") if "vendor" not in p.parts)


def name_of(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def test_the_source_root_does_not_shadow_the_standard_library():
    assert not (ROOT / "platform" / "__init__.py").exists()
    found = {p.name for p in (ROOT / "platform").iterdir() if not p.name.endswith(".egg-info")}
    assert found == {"kyoso", "README.md"}
    assert platform.python_version_tuple() >= ("3", "11")
    assert [p for p in (ROOT / "tests").rglob("platform") if p.is_dir()] == []


def test_the_top_level_is_the_design_card():
    found = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    tops = {path.partition("/")[0] for path in found if not path.startswith(".")}
    assert tops <= {
        *("platform", "tenants", "migrations", "tests", "config", "docs", "wsgi.py", "README.md"),
        *("pyproject.toml", "Makefile", "CHANGELOG.md", "LICENSE", "THIRD_PARTY.md"),
        "requirements.lock",
    }


@pytest.mark.parametrize("folder", FEATURES, ids=lambda p: p.name)
def test_a_feature_has_the_same_files_as_every_other(folder: Path):
    files = {p.name for p in folder.iterdir() if p.suffix == ".py"}
    assert files <= FEATURE_FILES
    folders = {p.name for p in folder.iterdir() if p.is_dir() and p.name != "__pycache__"}
    assert folders <= {"templates"}
    if "templates" in folders:
        assert {p.name for p in (folder / "templates").iterdir()} <= {folder.name}
    assert (folder / "__init__.py").read_text("utf-8").startswith('"""')


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_file_is_longer_than_one_can_keep_in_mind(path: Path):
    lines = len(path.read_text("utf-8").splitlines())
    assert lines <= 400, f"{name_of(path)} has {lines} lines: split the feature"


@pytest.mark.parametrize("path", OPERATIONS, ids=name_of)
def test_every_operation_guards_first_and_records_once(path: Path):
    for node in ast.parse(path.read_text("utf-8")).body:
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
            continue
        calls = [
            call.func.id
            for call in ast.walk(node)
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
        ]
        first = ast.unparse(node.body[1])
        assert first.startswith(("authorise(", "authorise_self(")), f"{node.name}: guard first"
        assert calls.count("record") == 1, f"{node.name} must record exactly one event"
        assert "actor" in {a.arg for a in node.args.kwonlyargs}, f"{node.name}: actor is keyword"


@pytest.mark.parametrize("path", OPERATIONS, ids=name_of)
def test_no_operation_commits(path: Path):
    assert ".commit(" not in path.read_text("utf-8")


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("views.py")), ids=name_of)
def test_no_view_asks_the_database_itself(path: Path):
    tree = ast.parse(path.read_text("utf-8"))
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    } | {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert "sqlalchemy" not in imported
    assert "kyoso.core.db" not in imported or "db.session" not in path.read_text("utf-8")


def test_every_route_names_its_permission(app):
    unguarded = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static"
        and not hasattr(app.view_functions[rule.endpoint], "permission")
    ]
    assert unguarded == []


def test_every_path_is_in_kebab_case_and_typed(app):
    for rule in app.url_map.iter_rules():
        fixed = "".join(part for is_arg, part in rule._trace if not is_arg)
        assert fixed == fixed.lower().replace("_", "-"), rule.rule
        for name in rule.arguments - {"town", "network", "token", "filename"}:
            assert f":{name}>" in rule.rule, f"{rule.rule}: say the type of {name}"


def test_only_the_edge_aborts():
    for path in MODULES:
        if path.name != "web.py":
            assert "abort(" not in path.read_text("utf-8"), name_of(path)


def test_the_registry_reaches_every_part():
    code = (
        "import sys; from kyoso.registry import load_parts, BLUEPRINTS, DEMO_BLUEPRINTS;"
        "from importlib import import_module; load_parts();"
        "[import_module(b.partition(':')[0]) for b in (*BLUEPRINTS, *DEMO_BLUEPRINTS)];"
        "print(*sys.modules)"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        cwd=ROOT,
        env={"PYTHONPATH": "platform"},
        capture_output=True,
        text=True,
    ).stdout.split()
    for path in MODULES:
        if path.name in {"models.py", "permissions.py", "subscribers.py", "views.py"}:
            module = "kyoso." + name_of(path).removesuffix(".py").replace("/", ".")
            assert module in loaded, f"{module} is not reached from registry.py"


def test_the_application_maps_completely_in_a_fresh_interpreter():
    code = (
        "from kyoso.app import create_app; from kyoso.core.config import load_settings;"
        "create_app(load_settings('test', database_url='postgresql+psycopg://'));"
        "from sqlalchemy.orm import configure_mappers; configure_mappers()"
    )
    subprocess.run(
        [sys.executable, "-c", code], check=True, cwd=ROOT, env={"PYTHONPATH": "platform"}
    )


def test_operations_are_named_verb_first():
    queries = ("get_", "list_", "count_", "next_")
    for path in OPERATIONS:
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                assert not node.name.startswith(queries), f"{name_of(path)}: {node.name} reads"


@pytest.mark.parametrize("folder", FEATURES, ids=lambda p: p.name)
def test_a_feature_is_imported_without_side_effects(folder: Path):
    module = importlib.import_module(f"kyoso.{folder.parent.name}.{folder.name}")
    assert module.__doc__


def test_what_the_platform_does_by_itself_is_signed_with_words_that_people_read():
    # The name of a rule stands in histories, beside those of people; commands are typed as they are.
    signed = re.compile(r"\bActor\.system\([^,\"]+, (?:rule=)?\"([^\"]+)\"")
    rules = {(name_of(p), rule) for p in MODULES for rule in signed.findall(p.read_text("utf-8"))}
    technical = {(name, rule) for name, rule in rules if rule.isascii()}
    assert len(rules) > 20
    assert technical <= {
        ("cli.py", "kyoso users invite"),
        ("cli.py", "kyoso users deactivate"),
        ("tenancy/sync.py", "tenants sync"),
    }
