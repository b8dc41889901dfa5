"""What people type is cleaned without losing anything."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyoso.core import text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  あ　", "あ"),
        ("一\r\n二\r三", "一\n二\n三"),
        ("ｶﾞﾝﾊﾞﾝﾀﾞｲ", "ガンバンダイ"),
        ("ｺﾝﾆﾁﾊ。", "コンニチハ。"),
        ("が", "が"),
        ("①２Ａ㈱", "①２Ａ㈱"),
        ("🍙👨‍👩‍👧", "🍙👨‍👩‍👧"),
        ("김철수 王小明 ندى Müller", "김철수 王小明 ندى Müller"),
        ("", ""),
    ],
)
def test_cleaning_mends_width_and_composition_only(typed: str, kept: str) -> None:
    assert text.clean(typed) == kept


@given(st.text())
def test_cleaning_twice_changes_nothing_more(typed: str) -> None:
    once = text.clean(typed)
    assert text.clean(once) == once
    assert unicodedata.is_normalized("NFC", once)


@pytest.mark.parametrize(
    ("typed", "multiline", "place"),
    [
        ("ふつうの文", False, None),
        ("二行\n目", False, 3),
        ("二行\n目\tも", True, None),
        ("あ\x00", True, 2),
        ("\x1b[31m", True, 1),
        ("a‮b", True, 2),
        ("a⁦b", True, 2),
        ("\x7f", False, 1),
        ("食\ufffe堂", True, 2),
        ("食\uffff堂", False, 2),
        ("絵文字🍙", False, None),
        ("家族👨‍👩‍👧", False, None),
    ],
)
def test_what_cannot_be_stored_is_found(typed: str, multiline: bool, place: int | None) -> None:
    assert text.control_position(typed, multiline=multiline) == place
