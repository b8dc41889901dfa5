import pytest

from kyoso.core.errors import RuleViolation
from kyoso.municipal.notices.rules import NEXT, NoticeStatus, check_move


@pytest.mark.parametrize("now", NoticeStatus)
@pytest.mark.parametrize("to", NoticeStatus)
def test_a_move_is_allowed_exactly_when_the_table_lists_it(now, to):
    if to in NEXT[now]:
        check_move(now, to)
    else:
        with pytest.raises(RuleViolation, match=f"「{now.label}」のお知らせ"):
            check_move(now, to)


@pytest.mark.parametrize("status", NoticeStatus)
def test_every_status_has_a_word_and_a_tone(status):
    assert status.label
    assert status.tone in {"neutral", "info", "success", "warning", "danger"}
