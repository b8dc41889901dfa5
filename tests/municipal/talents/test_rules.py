"""What searches find of a talent, and how lists are sorted."""

import uuid

import pytest

from kyoso.core.errors import RuleViolation
from kyoso.core.search import search_key
from kyoso.municipal.talents.queries import TalentFilter
from kyoso.municipal.talents.rules import (
    MODES_FOUND,
    ShownProfile,
    TalentSource,
    WorkMode,
    check_removable,
    place_in_list,
    words_to_find,
)


def test_searches_look_into_everything_that_is_shown():
    shown = ShownProfile(
        name="見本 彩",
        kana="ミホン アヤ",
        affiliation="ＡＢＣ社",
        skills=("designer",),
        free_skills=("陶芸",),
        fields=("観光",),
        can_do="広報紙",
        wants="空き家",
        bio="元記者",
        languages=("英語",),
        places="会津",
        conditions="平日夜",
    )
    found = words_to_find(shown)
    for word in ("みほん", "abc社", "デザイナー", "陶芸", "観光", "広報紙", "空き家", "元記者"):
        assert search_key(word) in found
    for word in ("英語", "会津", "平日夜"):
        assert word in found


@pytest.mark.parametrize(
    ("name", "kana", "place"),
    [("見本 彩", "ミホン", "みほん"), ("アリス", "", "ありす"), ("Bob", "", "bob")],
)
def test_lists_sort_by_reading_or_else_by_name(name, kana, place):
    assert place_in_list(name, kana) == place


def test_whoever_does_both_is_found_under_each():
    for mode in WorkMode:
        assert WorkMode.BOTH in MODES_FOUND[mode]
        assert mode in MODES_FOUND[mode]


def test_every_source_and_mode_has_words():
    assert all(source.label for source in TalentSource)
    assert all(mode.label for mode in WorkMode)


def test_nobody_is_taken_out_in_the_middle_of_an_engagement():
    check_removable([])
    with pytest.raises(RuleViolation, match="2件続いています"):
        check_removable([1, 2])


@pytest.mark.parametrize(
    "address",
    [
        {},
        {"q": "\0", "page": "0", "sort": "x", "mode": "x", "skill": "x", "department": "x"},
        {"page": "-1", "left": "no", "sort": "--name"},
    ],
)
def test_what_an_address_says_wrongly_counts_as_not_said(address):
    assert TalentFilter.of(address) == TalentFilter()


def test_an_address_says_all_of_a_filter():
    wanted = TalentFilter(
        "デザイン", "designer", "観光", WorkMode.BOTH, uuid.uuid4(), True, "-hours", 3
    )
    assert TalentFilter.of(wanted.address(page=3)) == wanted
    assert wanted.narrowed
    assert not TalentFilter(left=True, sort="-name", page=2).narrowed
