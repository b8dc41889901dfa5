"""How a list of many is read, and where an invitation stands."""

import datetime as dt
import io
import zipfile
from types import SimpleNamespace

import pytest
from openpyxl import Workbook

from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.municipal.talent_invitations import rules
from kyoso.municipal.talent_invitations.rules import InvitationState, Line, Standing

NOON = dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def lines(text: str) -> list[Line]:
    return rules.lines_of(rules.rows_of_text(text))


def book(*rows: list[object]) -> bytes:
    made = Workbook()
    for row in rows:
        made.active.append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("expires", "accepted", "withdrawn", "state"),
    [
        (HOUR, None, None, InvitationState.OPEN),
        (dt.timedelta(0), None, None, InvitationState.EXPIRED),
        (-HOUR, None, None, InvitationState.EXPIRED),
        (-HOUR, NOON, None, InvitationState.ACCEPTED),
        (HOUR, NOON, None, InvitationState.ACCEPTED),
        (HOUR, None, NOON, InvitationState.WITHDRAWN),
    ],
)
def test_where_an_invitation_stands(expires, accepted, withdrawn, state):
    one = SimpleNamespace(expires_at=NOON + expires, accepted_at=accepted, withdrawn_at=withdrawn)
    assert rules.state_of(one, NOON) is state
    if state is InvitationState.OPEN:
        rules.check_usable(one, NOON)
    else:
        with pytest.raises(RuleViolation):
            rules.check_usable(one, NOON)
    if state in {InvitationState.OPEN, InvitationState.EXPIRED}:
        rules.check_waiting(one)
    else:
        with pytest.raises(RuleViolation):
            rules.check_waiting(one)


def test_every_state_and_problem_has_words():
    assert all(state.label and state.tone for state in InvitationState)
    assert all(standing.problem for standing in Standing)


@pytest.mark.parametrize(
    "typed",
    [
        "a@example.jp\t見本 彩\tみほん あや",
        "a@example.jp,見本 彩,みほん あや",
        "a@example.jp、見本 彩、みほん あや",
        "見本 彩\tみほん あや\ta@example.jp",
        "見本 彩，a@example.jp，みほん あや",
        "氏名\tふりがな\tメールアドレス\n見本 彩\tみほん あや\ta@example.jp",
        "Ｅｍａｉｌ,name,フリガナ,備考\na@example.jp,見本 彩,みほん あや,知人",
    ],
)
def test_columns_are_found_however_a_list_is_written(typed):
    (line,) = lines(typed)
    assert (line.email, line.name, line.kana) == ("a@example.jp", "見本 彩", "みほん あや")


def test_rows_keep_the_numbers_that_their_reader_counts():
    found = lines("メールアドレス,氏名\n\na@example.jp,見本 彩\r\n\n,名だけ\nb@example.jp")
    assert [(line.number, line.email, line.name) for line in found] == [
        (3, "a@example.jp", "見本 彩"),
        (5, "", "名だけ"),
        (6, "b@example.jp", ""),
    ]


@pytest.mark.parametrize("typed", ["", "\n\n", "メールアドレス,氏名"])
def test_an_empty_list_is_no_list(typed):
    with pytest.raises(InvalidInput) as refused:
        lines(typed)
    assert "1行に1人ずつ" in refused.value.errors["pasted"][0]


def test_more_than_can_be_meant_are_refused_with_their_number():
    typed = "\n".join(f"{n}@example.jp,見本" for n in range(rules.MOST_AT_ONCE + 1))
    with pytest.raises(InvalidInput) as refused:
        lines(typed)
    assert "500人まで（" not in refused.value.errors["pasted"][0]
    assert "いま501人" in refused.value.errors["pasted"][0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_csv_is_read_in_excels_encodings(encoding):
    content = 'メールアドレス,氏名\na@example.jp,"見本, 彩"\n'.encode(encoding)
    (line,) = rules.lines_of(rules.rows_of_file("名簿.CSV", content))
    assert (line.number, line.name) == (2, "見本, 彩")


def test_a_workbook_is_read_with_its_rows_in_place():
    content = book(["メールアドレス", "氏名"], [], ["a@example.jp", "見本 彩"], [None, 12])
    found = rules.lines_of(rules.rows_of_file("名簿.xlsx", content))
    assert [(line.number, line.email, line.name) for line in found] == [
        (3, "a@example.jp", "見本 彩"),
        (4, "", "12"),
    ]


def test_what_is_no_workbook_or_unpacks_to_a_flood_is_refused():
    flood = io.BytesIO()
    with zipfile.ZipFile(flood, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (41 * 2**20))
    for content in (b"nothing", flood.getvalue()):
        with pytest.raises(InvalidInput) as refused:
            rules.rows_of_file("名簿.xlsx", content)
        assert "開けません" in refused.value.errors["file"][0]
    with pytest.raises(InvalidInput):
        rules.rows_of_file("名簿.csv", b"\x81\xff\xfe")


def test_a_file_becomes_a_text_with_every_row_in_its_place():
    rows = [["メール", "氏名"], [], ["a@example.jp", "見本\n彩", ""]]
    assert rules.as_text(rows) == "メール\t氏名\n\na@example.jp\t見本 彩"


def test_whoever_stands_in_a_list_twice_is_named_with_the_first_row():
    assert rules.twins([(1, "a"), (2, "b"), (5, "a"), (9, "a")]) == {5: 1, 9: 1}
