import json
import re

import pytest

from kyoso.core.config import ROOT
from kyoso.tenancy.themes import KEY_COLORS, LEAST_CONTRAST, WHITE, contrast, style_sheet


@pytest.mark.parametrize("token", KEY_COLORS)
def test_every_colour_on_offer_can_be_read_on_white(token: str) -> None:
    assert contrast(KEY_COLORS[token], WHITE) >= LEAST_CONTRAST


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#ffffff") == pytest.approx(1)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_the_colours_are_those_of_the_vendored_tokens() -> None:
    vendored = (ROOT / "platform/kyoso/ui/static/vendor").rglob("tokens*.css")
    text = "".join(path.read_text("utf-8") for path in vendored)
    tokens = dict(re.findall(r"--color-primitive-([a-z0-9-]+):\s*(#[0-9a-f]{6})", text))
    assert {name: tokens.get(name) for name in KEY_COLORS} == KEY_COLORS


def test_the_schema_offers_the_same_colours() -> None:
    schema = json.loads((ROOT / "tenants/_schema/theme.schema.json").read_text("utf-8"))
    assert schema["properties"]["key_color"]["enum"] == list(KEY_COLORS)


@pytest.mark.parametrize("token", KEY_COLORS)
def test_a_town_s_style_sheet_uses_tokens_that_exist(token: str) -> None:
    vendored = ROOT / "platform/kyoso/ui/static/vendor/design-tokens/tokens.css"
    known = vendored.read_text("utf-8")
    used = re.findall(r"var\((--[a-z0-9-]+)\)", style_sheet(token))
    assert len(used) == 2
    assert [name for name in used if f"{name}:" not in known] == []
