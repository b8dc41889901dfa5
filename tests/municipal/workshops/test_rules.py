import pytest

from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.municipal.workshops.rules import (
    NEXT,
    Fate,
    IdeaDraft,
    WorkshopStatus,
    check_move,
    check_publishable,
    check_settled,
    csv_ideas,
    pasted_ideas,
)


@pytest.mark.parametrize("now", WorkshopStatus)
@pytest.mark.parametrize("to", WorkshopStatus)
def test_a_move_is_allowed_exactly_when_the_table_lists_it(now, to):
    if to in NEXT[now]:
        check_move(now, to)
    else:
        with pytest.raises(RuleViolation, match=f"「{now.label}」のワークショップ"):
            check_move(now, to)


@pytest.mark.parametrize("word", [*WorkshopStatus, *Fate])
def test_every_state_has_a_word_and_a_tone(word):
    assert word.label
    assert word.tone in {"neutral", "info", "success", "warning", "danger"}


def test_each_line_is_an_idea_and_empty_lines_are_none():
    assert pasted_ideas("雪かきの日\n\n  ﾊﾞｽの本数  \r\n") == [
        IdeaDraft("雪かきの日"),
        IdeaDraft("バスの本数"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_csv_is_read_as_excel_and_others_write_it(encoding):
    content = 'アイデア,グループ\n雪かきの日,冬\n"夜の\u30d0ス、もう1本",\n'.encode(encoding)
    assert csv_ideas(content) == [IdeaDraft("雪かきの日", "冬"), IdeaDraft("夜のバス、もう1本")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "アイデアがありません"),
        ("よい\n" + "長" * 501, "2行目：500文字以内"),
        ("よい\nだめ\u202eです", "2行目：使えない文字"),
        ("案\n" * 301, "300件まで"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_taken(text, told):
    with pytest.raises(InvalidInput) as refused:
        pasted_ideas(text)
    assert any(told in message for message in refused.value.errors["pasted"])


def test_a_group_that_is_too_long_is_named_by_its_row():
    with pytest.raises(InvalidInput) as refused:
        csv_ideas(("案,よい\n案," + "長" * 61).encode())
    assert refused.value.errors["file"] == ["2行目：グループ名は60文字以内にしてください。"]


def test_what_is_no_text_is_refused():
    with pytest.raises(InvalidInput, match="入力内容"):
        csv_ideas(b"\xff\xfe\x00\x81")


@pytest.mark.parametrize("fate", Fate)
@pytest.mark.parametrize("answer", ["", "  ", "来年度から行います。"])
def test_a_fate_needs_what_it_says(fate, answer):
    good = fate is Fate.OPEN or (fate is Fate.ANSWERED and bool(answer.strip()))
    if good:
        check_settled(fate, answer)
    else:
        with pytest.raises(InvalidInput):
            check_settled(fate, answer)


@pytest.mark.parametrize("summary", ["", " \n"])
def test_nothing_is_published_without_a_summary(summary):
    check_publishable("まとめ")
    with pytest.raises(InvalidInput):
        check_publishable(summary)
