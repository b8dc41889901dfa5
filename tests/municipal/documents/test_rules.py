"""How documents are worded, numbered and taken apart."""

import datetime as dt

import pytest

from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.municipal.documents import rules
from kyoso.municipal.documents.queries import default_wording
from kyoso.municipal.documents.rules import Block, DocumentKind, Wording

EVERY = [(kind, locale) for kind in DocumentKind for locale in kind.locales]


@pytest.mark.parametrize(("kind", "locale"), EVERY)
def test_the_platforms_own_wording_can_always_be_filled_in(kind: DocumentKind, locale: str):
    wording = default_wording(kind, locale)
    rules.check_wording(kind, locale, wording)
    values = {name: rules.PLACEHOLDERS[name][1] for name in rules.placeholders_of(kind)}
    assert wording.subject
    assert "{{" not in rules.fill(wording.subject + wording.body, values)


@pytest.mark.parametrize(("kind", "locale"), EVERY)
def test_every_example_fits_its_kind(kind: DocumentKind, locale: str):
    rules.check_values(kind, rules.examples_of(kind))
    marks = "".join(rules.mark_of(name, locale) for name in rules.placeholders_of(kind))
    rules.check_wording(kind, locale, Wording("見出し", marks))


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("はじめ\n\n{{件名}}と{{けんめい}}", "3行目の「{{けんめい}}」は"),
        ("{{条件}}", "1行目の「{{条件}}」は"),
        ("{{}}", "1行目の「{{}}」は"),
        ("一\n{{件名\n", "2行目の「{{」と「}}」が対になっていません"),
        ("件名}}", "1行目の「{{」と「}}」が対になっていません"),
    ],
)
def test_a_wrong_placeholder_is_named_with_its_line(body: str, sentence: str):
    with pytest.raises(InvalidInput) as refused:
        rules.check_wording(DocumentKind.ADOPTION, "ja", Wording("採択", body))
    (found,) = refused.value.errors["body"]
    assert found.startswith(sentence)


def test_every_mistake_is_named_at_once_and_what_can_be_used_is_said():
    with pytest.raises(InvalidInput) as refused:
        rules.check_wording(DocumentKind.ADOPTION, "ja", Wording("{{x}}", "{{y}}\n{{z}}"))
    assert (len(refused.value.errors["subject"]), len(refused.value.errors["body"])) == (1, 2)
    assert "{{受付番号}}" in refused.value.errors["subject"][0]


def test_values_that_a_kind_does_not_know_are_refused_by_name():
    with pytest.raises(RuleViolation, match="conditions"):
        rules.check_values(DocumentKind.ADOPTION, {"title": "x", "conditions": "y"})


def test_what_is_filled_in_is_filled_in_once_and_stays_words():
    values = {"title": "{{理由}}\n■ 見出しではない", "grounds": "秘密"}
    assert rules.fill("{{件名}}。{{ title }}", values).count("{{理由}}") == 2
    (block,) = rules.blocks_of("{{件名}}", values)
    assert block.kind == "paragraph"
    assert rules.fill("{{知らない}}", values) == "{{知らない}}"


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("一\n二\n\n三", [Block("paragraph", ["一", "二"]), Block("paragraph", ["三"])]),
        ("■ 題\n文", [Block("heading", ["題"]), Block("paragraph", ["文"])]),
        ("・一\n・二", [Block("points", ["一", "二"])]),
        ("- one\n- two", [Block("points", ["one", "two"])]),
        ("-5度", [Block("paragraph", ["-5度"])]),
        ("3 三\n７．七", [Block("numbered", ["3\t三", "7\t七"])]),
        ("記\n以　上", [Block("center", ["記"]), Block("right", ["以　上"])]),
        ("記録", [Block("paragraph", ["記録"])]),
        ("", []),
    ],
)
def test_a_text_is_taken_apart_as_people_write_it(text: str, blocks: list[Block]):
    assert rules.blocks_of(text) == blocks


def test_a_heading_over_nothing_is_left_out():
    text = "■ 結果\n{{結果}}\n\n■ これから\n{{これから}}"
    found = rules.blocks_of(text, {"results": "", "next_steps": "続けます"})
    assert [block.lines for block in found] == [["これから"], ["続けます"]]


@pytest.mark.parametrize(
    ("prefix", "year", "number", "printed"),
    [
        ("磐政", 2026, 12, "8磐政第12号"),
        ("磐政", 2019, 1, "1磐政第1号"),
        ("", 2026, 12, "第12号"),
    ],
)
def test_the_number_as_printed(prefix: str, year: int, number: int, printed: str):
    assert rules.reference_of(prefix, year, number) == printed


@pytest.mark.parametrize(
    ("day", "locale", "words"),
    [
        (dt.date(2026, 11, 21), "ja", "令和8年11月21日（2026年11月21日）"),
        (dt.date(2019, 5, 1), "ja", "令和元年5月1日（2019年5月1日）"),
        (dt.date(2019, 4, 30), "ja", "2019年4月30日"),
        (dt.date(2026, 11, 21), "en", "Sat 21 Nov 2026"),
    ],
)
def test_a_day_in_both_calendars(day: dt.date, locale: str, words: str):
    assert rules.day_in_words(day, locale) == words
