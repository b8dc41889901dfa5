"""When a person can leave, and what is kept of them."""

from __future__ import annotations

import dataclasses

import pytest

from kyoso.core.errors import RuleViolation
from kyoso.municipal.departures import rules
from kyoso.municipal.departures.rules import Tie


def test_whoever_is_free_can_leave():
    rules.check_free([])


def test_whoever_is_not_hears_what_and_what_to_do():
    ties = [Tie("ひので町", "デザイナー"), Tie("みなと町", "広報")]
    with pytest.raises(RuleViolation) as refused:
        rules.check_free(ties)
    for words in ("2件", "ひので町 デザイナー、みなと町 広報", "終わりを自治体と決める"):
        assert words in refused.value.message


def test_a_register_keeps_who_it_was_and_nothing_else():
    kept = dataclasses.asdict(rules.kept_of("見本 彩", "みほん あや"))
    assert {name for name, value in kept.items() if value} == {"name", "kana"}
