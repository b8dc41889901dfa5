"""What may be published to whom, and which passage is shown of what was found."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.search import wanted
from kyoso.exchange.know_how.rules import (
    Audience,
    Licence,
    Status,
    check_audience,
    check_complete,
    check_published,
    check_saved_from,
    snippet,
)
from support.know_how import DRAFT

ONE, TWO, OTHER = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()


@pytest.mark.parametrize(
    ("changes", "files", "field"),
    [
        ({}, False, None),
        ({"body": ""}, True, None),
        ({"summary": ""}, False, "summary"),
        ({"body": ""}, False, "body"),
        ({"licence": Licence.TOWN}, False, "terms"),
        ({"licence": Licence.TOWN, "terms": "町に知らせる"}, False, None),
    ],
)
def test_what_must_be_there_before_publishing(changes, files, field):
    written = replace(DRAFT, **changes)
    if field is None:
        check_complete(written, has_files=files)
    else:
        with pytest.raises(InvalidInput) as error:
            check_complete(written, has_files=files)
        assert set(error.value.errors) == {field}


@pytest.mark.parametrize(
    ("audience", "licence", "field"),
    [
        (Audience((ONE,)), Licence.CC_BY, None),
        (Audience((ONE, TWO), is_public=True), Licence.TOWN, None),
        (Audience(is_public=True), Licence.CC_BY, None),
        (Audience((ONE,), nameless=True), Licence.CC0, None),
        (Audience(), Licence.CC0, "network_ids"),
        (Audience(nameless=True), Licence.CC0, "network_ids"),
        (Audience((OTHER,)), Licence.CC0, "network_ids"),
        (Audience((ONE, OTHER)), Licence.CC0, "network_ids"),
        (Audience((ONE, TWO), nameless=True), Licence.CC0, "network_ids"),
        (Audience((ONE,), is_public=True, nameless=True), Licence.CC0, "nameless"),
        (Audience((ONE,), nameless=True), Licence.CC_BY, "nameless"),
        (Audience((ONE,), nameless=True), Licence.TOWN, "nameless"),
    ],
)
def test_who_may_be_shown_what(audience, licence, field):
    if field is None:
        check_audience(audience, {ONE, TWO}, licence)
    else:
        with pytest.raises(InvalidInput) as error:
            check_audience(audience, {ONE, TWO}, licence)
        assert set(error.value.errors) == {field}


def test_nothing_is_overwritten_that_was_saved_meanwhile():
    check_saved_from(3, 3)
    with pytest.raises(RuleViolation):
        check_saved_from(4, 3)


def test_only_what_is_shown_can_be_withdrawn():
    check_published(Status.PUBLISHED)
    for status in (Status.DRAFT, Status.WITHDRAWN):
        with pytest.raises(RuleViolation):
            check_published(status)


@pytest.mark.parametrize(
    ("text", "typed", "hit"),
    [
        ("空き家の台帳", "台帳", "台帳"),
        ("デザインの手引き", "ﾃﾞｻﾞｲﾝ", "デザイン"),
        ("ＡＩの活用", "ai", "ＡＩ"),
        ("㈱見本との協定", "株", "㈱"),
        ("はじめ\n改行  のあと", "改行 のあと", "改行"),
    ],
)
def test_the_passage_is_shown_as_it_is_written(text, typed, hit):
    found = snippet([text], wanted(typed).words)
    assert found is not None
    assert found.hit == hit


def test_a_passage_is_short_and_says_that_there_is_more():
    found = snippet(["あ" * 500 + "的" + "い" * 500], ("的",))
    assert found is not None
    assert (len(found.before), found.hit, len(found.after)) == (41, "的", 81)
    assert found.before[0] == found.after[-1] == "…"
    assert snippet(["本文"], ("題名だけ",)) is None
    assert snippet(["本文"], ()) is None
