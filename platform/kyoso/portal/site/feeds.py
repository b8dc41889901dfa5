"""What programs read of a town: Atom feeds and the sitemap."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from flask import Response
from flask.typing import ResponseReturnValue

from kyoso.core.clock import now, today
from kyoso.core.config import settings
from kyoso.core.i18n import gettext as _
from kyoso.core.web import PUBLIC, FeatureBlueprint, actor, tenant
from kyoso.municipal.activities import queries as activities
from kyoso.municipal.needs import queries as needs
from kyoso.municipal.notices import queries as notices
from kyoso.municipal.projects import queries as projects
from kyoso.municipal.recruitments import queries as recruitments
from kyoso.portal.site.navigation import closed_for_now

ATOM = "http://www.w3.org/2005/Atom"
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
ENTRIES = 30
#: The pages that every town has.
PLACES = (
    "",
    "about",
    "guideline",
    "how-to-propose",
    "projects",
    "needs",
    "recruitments",
    "reports",
    "workshops",
    "news",
    "town",
    "faq",
    "accessibility",
    "privacy",
)

bp = FeatureBlueprint("feeds", __name__, url_prefix="/<town>")
bp.before_request(closed_for_now)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a feed."""

    place: str
    title: str
    summary: str
    published: dt.datetime
    updated: dt.datetime


@bp.page("/feed/projects.atom", permission=PUBLIC)
def project_feed() -> ResponseReturnValue:
    """Give the newest projects."""
    entries = [
        Entry(
            f"projects/{row.number}",
            f"No.{row.number} {row.title}",
            row.summary,
            row.published_at,
            row.changed_at,
        )
        for row in projects.list_newest(actor(), ENTRIES)
    ]
    return _atom("feed/projects.atom", "projects", _("プロジェクト"), entries)


@bp.page("/feed/news.atom", permission=PUBLIC)
def news_feed() -> ResponseReturnValue:
    """Give the newest news."""
    entries = [
        Entry(
            f"news/{notice.id}",
            notice.title,
            notice.body,
            notice.published_at or now(),
            notice.published_at or now(),
        )
        for notice in notices.list_published(actor(), limit=ENTRIES)
    ]
    return _atom("feed/news.atom", "news", _("お知らせ"), entries)


@bp.page("/feed/reports.atom", permission=PUBLIC)
def report_feed() -> ResponseReturnValue:
    """Give the newest activity reports."""
    entries = [
        Entry(
            f"reports/{row.id}",
            f"No.{row.number} {row.title}",
            row.body,
            row.published_at,
            row.published_at,
        )
        for row in activities.list_published(actor(), limit=ENTRIES)
    ]
    return _atom("feed/reports.atom", "reports", _("活動レポート"), entries)


@bp.page("/feed/recruitments.atom", permission=PUBLIC)
def recruitment_feed() -> ResponseReturnValue:
    """Give the work that side-job people can apply for."""
    entries = [
        Entry(f"recruitments/{row.id}", row.title, row.purpose, row.published_at, row.published_at)
        for row in recruitments.list_open(actor(), today())[:ENTRIES]
    ]
    return _atom("feed/recruitments.atom", "recruitments", _("複業人材募集"), entries)


@bp.page("/sitemap.xml", permission=PUBLIC)
def sitemap() -> ResponseReturnValue:
    """Give the address of every public page."""
    root = ET.Element("urlset", xmlns=SITEMAP)
    pages: list[tuple[str, dt.datetime | None]] = [(place, None) for place in PLACES]
    pages += [(f"projects/{n}", changed) for n, changed in projects.list_addresses(actor())]
    pages += [(f"needs/{n.id}", n.published_at) for n in needs.list_published(actor(), today())]
    pages += [(f"news/{n.id}", n.published_at) for n in notices.list_published(actor(), limit=1000)]
    reports = activities.list_published(actor(), limit=1000)
    pages += [(f"reports/{row.id}", row.published_at) for row in reports]
    work = recruitments.list_open(actor(), today())
    pages += [(f"recruitments/{row.id}", row.published_at) for row in work]
    for place, changed in pages:
        url = ET.SubElement(root, "url")
        ET.SubElement(url, "loc").text = _address(place)
        if changed is not None:
            ET.SubElement(url, "lastmod").text = changed.isoformat()
    return _xml(root, "application/xml")


def _address(place: str) -> str:
    return f"{settings().base_url.rstrip('/')}/{tenant().slug}/{place}"


def _atom(own: str, place: str, words: str, entries: Iterable[Entry]) -> Response:
    entries = list(entries)
    feed = ET.Element("feed", {"xmlns": ATOM, "xml:lang": "ja"})
    ET.SubElement(feed, "id").text = _address(own)
    ET.SubElement(feed, "title").text = f"{tenant().programme_name} {words}"
    ET.SubElement(feed, "link", rel="self", href=_address(own), type="application/atom+xml")
    ET.SubElement(feed, "link", rel="alternate", href=_address(place), type="text/html")
    latest = max((entry.updated for entry in entries), default=now())
    ET.SubElement(feed, "updated").text = latest.isoformat()
    ET.SubElement(ET.SubElement(feed, "author"), "name").text = tenant().name
    for entry in entries:
        item = ET.SubElement(feed, "entry")
        ET.SubElement(item, "id").text = _address(entry.place)
        ET.SubElement(item, "title").text = entry.title
        ET.SubElement(item, "link", rel="alternate", href=_address(entry.place), type="text/html")
        ET.SubElement(item, "published").text = entry.published.isoformat()
        ET.SubElement(item, "updated").text = entry.updated.isoformat()
        ET.SubElement(item, "summary").text = entry.summary
    return _xml(feed, "application/atom+xml")


def _xml(root: ET.Element, kind: str) -> Response:
    content = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return Response(content, content_type=f"{kind}; charset=utf-8")
