"""The style sheets stay small and take their colours from the tokens; pages keep to the policy."""

import re
from pathlib import Path

import pytest

from kyoso.core.config import ROOT
from kyoso.core.web import CSP

SOURCE = ROOT / "platform" / "kyoso"
STATIC = SOURCE / "ui" / "static"
SHEETS = sorted(STATIC.glob("*.css"))
SCRIPTS = sorted(STATIC.glob("*.js"))
TEMPLATES = sorted(
    path for ending in ("html", "xml") for path in SOURCE.glob(f"**/templates/**/*.{ending}")
)
TOKENS = set(
    re.findall(r"^\s*(--[\w-]+):", (STATIC / "vendor/design-tokens/tokens.css").read_text(), re.M)
)

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
COLOUR = re.compile(
    r"#[0-9a-f]{3,8}\b|\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color)\(|"
    r"(?<![\w-])(?:white|black|red|green|blue|yellow|orange|purple|gray|grey|silver|navy|teal)"
    r"(?![\w-])",
    re.IGNORECASE,
)
#: An attribute that a strict policy ignores (style) or that is a script (onclick, hx-on).
INLINE = re.compile(r"<[a-z][^<>]*?\s(style|on[a-z]+|hx-on[\w:-]*)\s*=", re.IGNORECASE)


def name_of(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def rules_of(sheet: Path) -> str:
    return COMMENT.sub("", sheet.read_text("utf-8"))


def test_the_style_of_every_page_is_at_most_30_kilobytes():
    assert (STATIC / "ui.css").stat().st_size <= 30 * 1024


@pytest.mark.parametrize("sheet", SHEETS, ids=name_of)
def test_colours_come_from_the_tokens_only(sheet: Path):
    assert COLOUR.findall(rules_of(sheet)) == []


@pytest.mark.parametrize("sheet", SHEETS, ids=name_of)
def test_every_property_that_is_used_is_defined(sheet: Path):
    own = {name for each in SHEETS for name in re.findall(r"(--[\w-]+)\s*:", rules_of(each))}
    used = set(re.findall(r"var\((--[\w-]+)", rules_of(sheet)))
    assert used - own - TOKENS == set()


@pytest.mark.parametrize("sheet", SHEETS, ids=name_of)
def test_a_style_sheet_asks_nobody_else_for_anything(sheet: Path):
    rules = rules_of(sheet)
    assert "@import" not in rules
    assert not re.search(r"url\(\s*['\"]?(?!data:)", rules)


@pytest.mark.parametrize("template", TEMPLATES, ids=name_of)
def test_a_template_has_no_inline_style_or_script(template: Path):
    html = re.sub(r"\{#.*?#\}", "", template.read_text("utf-8"), flags=re.DOTALL)
    assert "<style" not in html
    assert INLINE.findall(re.sub(r"\{[{%].*?[%}]\}", "", html, flags=re.DOTALL)) == []
    for script in re.findall(r"<script\b[^>]*>", html):
        assert 'src="{{ static_url(' in script, script


@pytest.mark.parametrize("template", TEMPLATES, ids=name_of)
def test_a_template_loads_nothing_from_elsewhere(template: Path):
    html = template.read_text("utf-8")
    assert not re.search(r"<(?:script|link|img|iframe|source)\b[^>]*(?:src|href)=\"https?:", html)


@pytest.mark.parametrize("script", SCRIPTS, ids=name_of)
def test_our_script_needs_no_exception_from_the_policy(script: Path):
    words = script.read_text("utf-8")
    for forbidden in ("eval(", "new Function", ".style.", "setAttribute('style", "innerHTML"):
        assert forbidden not in words, forbidden


def test_the_policy_allows_nothing_inline_and_nobody_else():
    allowed = dict(part.strip().split(" ", 1) for part in CSP.split(";"))
    assert allowed["default-src"] == "'none'"
    assert allowed["script-src"] == allowed["style-src"] == "'self'"
    assert "unsafe" not in CSP
    assert "http" not in CSP


def test_every_answer_carries_the_policy(visitor, hinode):
    for address, status in (("/", 200), (f"/{hinode.slug}/", 200), ("/nobody-here/", 404)):
        assert visitor.fetch(address, status=status).headers["Content-Security-Policy"] == CSP
