import datetime as dt
import tomllib
from pathlib import Path

import pytest

from kyoso.core.i18n import force_locale
from kyoso.identity.profiles import rules
from kyoso.identity.profiles.rules import (
    HIDEABLE,
    PART_LABELS,
    OfferTooLow,
    Outdated,
    ShownProfile,
    WorkMode,
)
from support.profiles import draft

FULL = {
    "kana": "みほん",
    "affiliation": "見本社",
    "bio": "経歴",
    "skills": ["designer"],
    "free_skills": ["茶道"],
    "fields": ["旅行業"],
    "can_do": "編集",
    "wants": "広報",
    "languages": ["日本語"],
    "hours_offered": 40,
    "mode": WorkMode.BOTH,
    "places": "東北",
    "conditions": "夜",
    "links": [{"label": "作品", "url": "https://example.jp"}],
    "photo": b"webp",
}


@pytest.mark.parametrize("part", HIDEABLE)
def test_a_hidden_part_is_empty_for_towns_and_nothing_else_is(part):
    everything = rules.shown(draft(**FULL), rules.parts_for_towns([]))
    seen = rules.shown(draft(**FULL), rules.parts_for_towns([part]))
    gone = {part, "free_skills"} if part == "skills" else {part}
    for column in ShownProfile.__dataclass_fields__:
        if column in gone:
            assert getattr(seen, column) == getattr(ShownProfile(), column)
            assert getattr(everything, column) != getattr(ShownProfile(), column)
        else:
            assert getattr(seen, column) == getattr(everything, column)


def test_the_name_cannot_be_kept_from_a_town():
    assert "name" in rules.parts_for_towns([*PART_LABELS])
    assert rules.parts_for_towns([*PART_LABELS]) == ("name",)


def test_nobody_is_shown_what_they_have_no_part_of():
    assert rules.shown(draft(**FULL), ()) == ShownProfile()
    seen = rules.shown(draft(**FULL), ("skills", "places"))
    assert (seen.name, seen.places, seen.skill_labels) == ("", "東北", ["デザイナー", "茶道"])


def test_the_facts_of_a_profile_are_in_the_order_of_the_form():
    facts = rules.facts(rules.shown(draft(**FULL), PART_LABELS))
    places = [list(PART_LABELS).index(part) for part, _label, _words in facts]
    assert places == sorted(places)
    assert ("hours_offered", "提供できる時間", "1か月40時間まで") in facts
    assert rules.facts(ShownProfile(hours_offered=0))[0][2] == "1か月0時間まで"
    assert rules.facts(ShownProfile()) == []


def test_the_vocabulary_has_each_skill_once_and_knows_its_words():
    ids = [ident for group in rules.SKILL_GROUPS for ident, _words in group.skills]
    assert len(ids) == len(set(ids)) == len(rules.SKILLS) == 33
    assert [group.id for group in rules.SKILL_GROUPS] == ["digital", "craft", "field"]
    assert rules.skill_label("designer") == "デザイナー"
    assert rules.skill_label("no-longer-there") == "no-longer-there"
    file = Path(rules.__file__).parents[1] / "data" / "skills.toml"
    groups = tomllib.loads(file.read_text("utf-8"))["groups"]
    assert [words for words, _skills in rules.skill_choices()] == [g["label"] for g in groups]


def test_the_vocabulary_is_translated_when_it_is_shown():
    with force_locale("en"):
        assert rules.skill_label("designer") in {"Designer", "デザイナー"}


def test_only_what_differs_counts_as_changed():
    before = draft(**FULL)
    assert rules.changes(before, draft(**(FULL | {"photo": None}))) == ()
    assert rules.changes(before, draft(**(FULL | {"bio": "新しい"}))) == ("bio",)
    assert rules.changes(before, draft(**(FULL | {"photo": b"other"}))) == ("photo",)
    removed = draft(**(FULL | {"photo": None}), remove_photo=True)
    assert rules.changes(before, removed) == ("photo",)
    assert rules.changes(draft(), draft(remove_photo=True)) == ()


def test_an_older_form_is_refused():
    rules.check_revision(3, 3)
    with pytest.raises(Outdated, match="別の画面で先に保存"):
        rules.check_revision(2, 3)


@pytest.mark.parametrize(
    ("offered", "booked", "good"),
    [
        (None, 0, True),
        (0, 0, True),
        (10, 10, True),
        (11, 10, True),
        (9, 10, False),
        (0, 10, False),
        (None, 10, False),
    ],
)
def test_less_than_what_is_booked_cannot_be_offered(offered, booked, good):
    month = dt.date(2026, 12, 1)
    if good:
        rules.check_offer(offered, month=month, booked=booked)
        return
    with pytest.raises(OfferTooLow, match=r"2026年12月は、すでに10時間の約束があります。"):
        rules.check_offer(offered, month=month, booked=booked)
