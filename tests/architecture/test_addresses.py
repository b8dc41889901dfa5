"""No town can be called as something that has an address of its own."""

import re

from kyoso.app import create_app
from kyoso.core.config import load_settings
from kyoso.tenancy.declarations import FOLDER, RESERVED_SLUGS


def test_no_town_can_take_the_place_of_another_page():
    # The demo has every page there is, and nothing asks its database.
    app = create_app(load_settings("demo", database_url="postgresql+psycopg://"))
    first = {rule.rule.split("/")[1] for rule in app.url_map.iter_rules()} - {"<town>"}
    assert not [part for part in first if part.startswith("<")], "only a town may stand first"
    possible = {part for part in first if FOLDER.fullmatch(f"000000-{part}")}
    assert possible - RESERVED_SLUGS == set()


def test_a_reserved_word_could_be_a_towns_name():
    assert all(re.fullmatch(r"[a-z0-9-]+", word) for word in RESERVED_SLUGS)
