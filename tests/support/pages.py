"""A browser without a screen that checks every page it opens."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from typing import Any
from xml.etree import ElementTree as ET

import html5lib
from flask import Flask
from werkzeug.test import TestResponse

HTML = "{http://www.w3.org/1999/xhtml}"
#: Controls that need no label: their own text or value names them.
UNLABELLED = {"hidden", "submit", "button", "image"}


def parse(text: str) -> ET.Element:
    """Return the page's tree; a page that is not well-formed HTML fails the test."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        parser = html5lib.HTMLParser(strict=False)
        tree = parser.parse(text)
    serious = [e for e in parser.errors if e[1] not in {"expected-doctype-but-got-start-tag"}]
    assert not serious, f"not well-formed: {serious[:3]}"
    return tree


def check_page(text: str) -> ET.Element:
    """Fail unless the page has what every page must have."""
    tree = parse(text)
    assert tree.get("lang") in {"ja", "en"}, "the page does not say its language"
    titles = ["".join(t.itertext()).strip() for t in tree.iter(f"{HTML}title")]
    assert "".join(titles[:1]).partition("·")[0].strip(), "the page has no title"
    headings = ["".join(h.itertext()).strip() for h in tree.iter(f"{HTML}h1")]
    assert [bool(h) for h in headings] == [True], f"the page needs one h1, has {headings}"
    ids = Counter(e.get("id") for e in tree.iter() if e.get("id") is not None)
    assert [i for i, n in ids.items() if n > 1] == [], f"ids occur twice: {ids.most_common(3)}"
    for label in tree.iter(f"{HTML}label"):
        target = label.get("for")
        assert target is None or target in ids, f"a label points at nothing: {target}"
    labelled = {label.get("for") for label in tree.iter(f"{HTML}label")}
    inside = {id(e) for label in tree.iter(f"{HTML}label") for e in label.iter()}
    for tag in ("input", "select", "textarea"):
        for control in tree.iter(HTML + tag):
            if control.get("type") in UNLABELLED:
                continue
            named = (
                control.get("id") in labelled
                or id(control) in inside
                or control.get("aria-label")
                or control.get("aria-labelledby")
            )
            assert named, f"a control has no label: {control.attrib}"
    for form in tree.iter(f"{HTML}form"):
        if (form.get("method") or "get").lower() == "post":
            names = {e.get("name") for e in form.iter(f"{HTML}input")}
            assert form.get("action"), "a form does not say where it goes"
            assert "csrf_token" in names, f"no csrf_token in the form to {form.get('action')}"
    for element in tree.iter():
        inline = [a for a in element.attrib if a == "style" or a.startswith(("on", "hx-on"))]
        assert inline == [], f"inline {inline} on {element.tag}"
    assert not list(tree.iter(f"{HTML}style")), "an inline style sheet"
    for script in tree.iter(f"{HTML}script"):
        assert script.get("src"), "an inline script"
    return tree


def text_of(page: str) -> str:
    """Return what a reader sees of a page, spaces folded."""
    tree = parse(page)
    return " ".join("".join(tree.itertext()).split())


def without_stamps(page: str) -> str:
    """Return a page without what changes by itself: the signed tokens of its forms."""
    return re.sub(r'name="(csrf_token|form_id)" value="[^"]*"', "", page)


class Browser:
    """A visitor of the application: opens pages, follows nothing, checks everything."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client = app.test_client()

    def open(self, method: str, url: str, status: int, **kwargs: Any) -> TestResponse:
        # A context of its own: inside the test's, one request would see the `g` of the last.
        with self.app.app_context():
            response = self.client.open(url, method=method, **kwargs)
        assert response.status_code == status, (
            f"{method} {url} gave {response.status_code} {response.headers.get('Location', '')}\n"
            f"{text_of(response.text)[:1500] if response.mimetype == 'text/html' else ''}"
        )
        is_page = response.mimetype == "text/html" and not 300 <= response.status_code < 400
        if is_page and "HX-Request" not in kwargs.get("headers", {}):
            check_page(response.text)
        return response

    def get(self, url: str, *, status: int = 200, htmx: bool = False) -> str:
        headers = {"HX-Request": "true"} if htmx else {}
        return self.open("GET", url, status, headers=headers).text

    def fetch(self, url: str, *, status: int = 200) -> TestResponse:
        return self.open("GET", url, status)

    def post(
        self, url: str, data: dict[str, Any] | None = None, *, status: int = 303, htmx: bool = False
    ) -> TestResponse:
        headers = {"HX-Request": "true"} if htmx else {}
        return self.open("POST", url, status, data=data or {}, headers=headers)

    def follow(self, response: TestResponse) -> str:
        return self.get(response.headers["Location"])
