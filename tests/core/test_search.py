"""What is found, against a plain comparison of what was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyoso.core import search
from kyoso.core.search import grams, search_key, wanted

#: Characters that towns write, in every width, and some that nobody would expect.
WRITTEN = st.text(alphabet="観光防災バンだいﾊﾞﾝ町ＤＸdx１2 　・%_\\ー①ゔ𠮷", max_size=40)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ばんだい", "バンダイ"),
        ("ﾊﾞﾝﾀﾞｲ", "ばんだい"),
        ("ＫＹＯＳＯ", "kyoso"),
        ("２０２６", "2026"),
    ],
)
def test_searching_folds_width_case_and_kana(one: str, other: str) -> None:
    assert search_key(one) == search_key(other)


def test_wildcards_are_plain_letters_in_a_search() -> None:
    assert search.like_pattern("100%_\\") == "%100\\%\\_\\\\%"


@given(WRITTEN, st.integers(0, 30), st.integers(1, 10))
def test_whatever_is_part_of_a_text_has_only_grams_of_the_text(
    text: str, start: int, length: int
) -> None:
    key = search_key(text)
    part = key[start : start + length]
    assert set(wanted(part).grams) <= set(grams(key))


@given(WRITTEN, WRITTEN)
def test_grams_and_patterns_together_decide_as_a_plain_comparison_does(
    text: str, typed: str
) -> None:
    key, words = search_key(text), wanted(typed).words
    plain = all(word in key for word in words)
    by_grams = set(wanted(typed).grams) <= set(grams(key))
    rechecked = all(word in key for word in words if len(word) > 2)
    assert (by_grams and rechecked) == plain


def test_two_different_grams_are_two_numbers() -> None:
    assert len(set(grams("ab")) | set(grams("ba"))) == 4


def test_several_words_are_all_wanted_each_once() -> None:
    assert wanted("観光　観光 ﾃﾞｻﾞｲﾝ").words == ("観光", "でざいん")


def test_a_search_that_is_too_long_is_cut_and_says_so() -> None:
    found = wanted("観" * 10_000)
    assert found.words == ("観" * search.MAX_LENGTH,)
    assert found.cut
    assert wanted(" ".join(f"語{n}" for n in range(9))).cut
    assert not wanted("観光 防災").cut


def test_only_spaces_are_no_search() -> None:
    assert wanted(" 　\t").words == ()
