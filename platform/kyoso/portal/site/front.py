"""The platform's front door, before a town is chosen; and what programs ask of it."""

from __future__ import annotations

from flask import Response, redirect, request
from flask.typing import ResponseReturnValue

from kyoso.core.config import settings
from kyoso.core.web import PUBLIC, FeatureBlueprint, show
from kyoso.tenancy import queries

bp = FeatureBlueprint("front", __name__, template_folder="templates")


@bp.page("/", permission=PUBLIC)
def door() -> ResponseReturnValue:
    """List the towns; on a host name of a town's own, go to that town."""
    slug = queries.slug_of_host(request.host.partition(":")[0].lower())
    if slug is not None:
        return redirect(f"/{slug}/")
    return show("site/front.html", towns=queries.list_tenants())


@bp.page("/robots.txt", permission=PUBLIC)
def robots() -> ResponseReturnValue:
    """Tell search engines where the public pages are, and what is nobody's business."""
    base = settings().base_url.rstrip("/")
    lines = ["User-agent: *", "Disallow: /*/desk/", "Disallow: /me/", "Disallow: /*/p/"]
    lines += ["Disallow: /*/applications/"]
    lines += [f"Sitemap: {base}/{town.slug}/sitemap.xml" for town in queries.list_tenants()]
    return Response("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@bp.page("/healthz", permission=PUBLIC)
def health() -> ResponseReturnValue:
    """Answer "ok" while the application reaches its database; 503 otherwise."""
    queries.list_tenant_codes()
    return Response("ok\n", content_type="text/plain; charset=utf-8")
