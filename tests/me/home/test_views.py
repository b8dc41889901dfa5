"""A person's own first page."""

from __future__ import annotations

from kyoso.core.access import Role
from support.pages import text_of


def test_a_stranger_must_sign_in_first(visitor):
    assert visitor.open("GET", "/me/", 303).headers["Location"].startswith("/sign-in")


def test_the_page_of_somebody_new_says_what_it_is_for(hinode, member_of, browser):
    page = browser(member_of(hinode, Role.STAFF)).get("/me/")
    assert "関わっている自治体がまだありません" in text_of(page)
    assert 'aria-current="page"' in page


def test_the_desk_leads_to_it(hinode, member_of, browser):
    assert 'href="/me/"' in browser(member_of(hinode, Role.STAFF)).get(f"/{hinode.slug}/desk/")
