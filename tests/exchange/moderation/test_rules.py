"""What should be looked at before something is published."""

from __future__ import annotations

import pytest

from kyoso.core.errors import RuleViolation
from kyoso.exchange.moderation.rules import (
    MOST,
    ReportStatus,
    Sort,
    check_open,
    look_through,
    seal_of,
)


@pytest.mark.parametrize(
    "text",
    [
        "電話は0242-74-1211まで",
        "携帯は 090-1234-5678",
        "０９０ー１２３４ー５６７８",
        "09012345678",
        "(0242)74-1211",
        "03-1234-5678です",
        "0120 123 456",
    ],
)
def test_phone_numbers_are_found_however_they_are_written(text):
    assert [one.sort for one in look_through({"本文": text})] == [Sort.PHONE]


@pytest.mark.parametrize(
    "text",
    ["令和6年度の予算は1200000円", "2026-04-01から2027-03-31", "第0123号", "10:00-12:00", "0.5"],
)
def test_other_numbers_are_no_phone_numbers(text):
    assert look_through({"本文": text}) == []


@pytest.mark.parametrize(
    "text", ["taro@example.jp", "ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ", "<a.b+c@x.example.co.jp>"]
)
def test_mail_addresses_are_found(text):
    assert [one.sort for one in look_through({"本文": text})] == [Sort.MAIL]


@pytest.mark.parametrize("text", ["123456789012", "1234 5678 9012", "１２３４－５６７８－９０１２"])
def test_twelve_digits_may_be_a_my_number(text):
    assert Sort.MY_NUMBER in {one.sort for one in look_through({"本文": text})}


@pytest.mark.parametrize("text", ["12345678901", "1234567890123", "1234-5678-901"])
def test_more_or_fewer_digits_are_none(text):
    assert Sort.MY_NUMBER not in {one.sort for one in look_through({"本文": text})}


def test_words_and_names_are_found_in_any_width_and_kana():
    found = look_through({"題": "ばんだい町", "本文": "ﾊﾞﾝﾀﾞｲの失敗"}, names=["バンダイ"])
    assert [(one.sort, one.where) for one in found] == [
        (Sort.TOWN_NAME, "題"),
        (Sort.TOWN_NAME, "本文"),
    ]
    assert [one.sort for one in look_through({"本文": "税金泥棒"})] == [Sort.WORD]


def test_each_is_said_once_and_not_too_many():
    text = " ".join(f"a{n}@example.jp a{n}@example.jp" for n in range(300))
    found = look_through({"本文": text})
    assert len(found) == len(set(found)) == MOST


def test_hostile_text_is_looked_through_in_no_time():
    for text in ("0" * 200_000, "(0-" * 60_000, "a" * 200_000, "a.@" * 60_000, "1234 " * 40_000):
        look_through({"本文": text})


def test_the_seal_changes_with_what_is_found():
    one, two = look_through({"a": "x@example.jp"}), look_through({"a": "y@example.jp"})
    assert seal_of([]) == ""
    assert len({seal_of([]), seal_of(one), seal_of(two)}) == 3


def test_a_report_is_answered_once():
    check_open(ReportStatus.OPEN)
    for status in (ReportStatus.HIDDEN, ReportStatus.DISMISSED):
        with pytest.raises(RuleViolation):
            check_open(status)
