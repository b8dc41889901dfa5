"""The desk's pages, read as people read them."""

from __future__ import annotations

from kyoso.core.access import Role
from support.intake import make_policy
from support.proposals import S, make


def test_a_proposal_is_found_from_the_inbox(hinode, member_of, browser):
    make_policy(hinode)
    made = make(hinode)
    desk = browser(member_of(hinode, Role.SECRETARIAT))

    assert "空き家で月に一度の食堂" in desk.get(f"/{hinode.slug}/desk/proposals/")
    page = desk.get(f"/{hinode.slug}/desk/proposals/{made.id}")

    assert "内容の確認を始める" in page
    assert "新しい提案" not in desk.get(f"/{hinode.slug}/desk/proposals/?q=みつからない言葉")
    assert "空き家で月に一度の食堂" in desk.get(f"/{hinode.slug}/desk/")
    for status in S:
        desk.get(f"/{hinode.slug}/desk/proposals/?status={status}")
