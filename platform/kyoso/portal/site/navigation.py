"""What every public page of a town shows around its own content."""

from __future__ import annotations

from typing import Any

from flask import g, make_response, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from kyoso.core.config import settings
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.i18n import locale
from kyoso.core.web import OPEN, permission_of, show
from kyoso.tenancy.models import TenantStatus
from kyoso.tenancy.queries import TenantInfo

#: Entries that every town has, in any order: what else a town declares names its "about" page.
_USUAL = frozenset(
    ["HOME", "プロジェクト一覧", "お知らせ", "活動レポート", "町について", "よくある質問"]
)
_ABOUT_PLACE = {
    "市": _l("市について"),
    "町": _l("町について"),
    "村": _l("村について"),
    "区": _l("区について"),
}
#: The attribute of words that are in Japanese on a page that is not.
JAPANESE = Markup(' lang="ja"')


def about_label(town: TenantInfo) -> str:
    """Return what the town calls the page about its programme: 宝ラボとは."""
    declared = town.declaration.get("programme", {}).get("site_menu", ())
    own = next((label for label in declared if label not in _USUAL), "")
    return own if own and locale() == "ja" else _("プログラムについて")


def place_label(town: TenantInfo) -> str:
    """Return what the page about the municipality is called."""
    return str(_ABOUT_PLACE.get(town.name[-1], _ABOUT_PLACE["町"]))


def portal_menu(town: TenantInfo) -> list[tuple[str, str, bool]]:
    """Return the entries of the town's menu: words, address, and whether this page is in it."""
    home, path = f"/{town.slug}/", request.path
    entries = (
        (_("ホーム"), ""),
        (about_label(town), "about"),
        (_("プロジェクト一覧"), "projects"),
        (_("求めていること"), "needs"),
        (_("活動レポート"), "reports"),
        (_("お知らせ"), "news"),
        (place_label(town), "town"),
        (_("よくある質問"), "faq"),
        (_("提案する"), "propose"),
    )
    return [
        (label, home + place, path.startswith(home + place) if place else path == home)
        for label, place in entries
    ]


def portal_context() -> dict[str, Any]:
    """Return what templates of public pages find, whichever feature they belong to.

    `portal_menu` and `portal_name`; `page_url`, this page's full address without its query;
    `ja`, the attribute for words that a town has in Japanese only.
    """
    if permission_of(request.endpoint) not in OPEN:
        return {}
    context: dict[str, Any] = {
        "page_url": settings().base_url.rstrip("/") + request.path,
        "ja": "" if locale() == "ja" else JAPANESE,
    }
    if "tenant" in g:
        context["portal_menu"] = portal_menu(g.tenant)
        context["portal_name"] = g.tenant.programme_name
    return context


def closed_for_now() -> ResponseReturnValue | None:
    """Answer for a town that is suspended, in place of every public page."""
    if "tenant" not in g or g.tenant.status is TenantStatus.ACTIVE:
        return None
    response = make_response(show("site/suspended.html"), 503)
    response.headers["Retry-After"] = "86400"
    return response
