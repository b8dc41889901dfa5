"""Put the application together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g, has_request_context, request, url_for
from flask_login import current_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from kyoso.core import access
from kyoso.core.config import Settings, load_settings
from kyoso.core.db import db
from kyoso.core.i18n import init_i18n, locale
from kyoso.core.text import printable
from kyoso.core.web import OPEN, Edge, init_web, language_url, permission_of
from kyoso.exchange.coordination.queries import coordinator_actor
from kyoso.exchange.networks.queries import network_id_of
from kyoso.identity.entering import claimed_person
from kyoso.identity.signed_in import init_login
from kyoso.registry import (
    BLUEPRINTS,
    DEMO_BLUEPRINTS,
    DESK_HEADINGS,
    DESK_MENU,
    EXCHANGE_MENU,
    EXCHANGE_PARTS,
    ME_MENU,
    NETWORK_MENU,
    load_parts,
)
from kyoso.tenancy.queries import tenant_by_slug

UI = Path(__file__).parent / "ui"


def create_app(settings: Settings | None = None) -> Flask:
    """Return the application for these settings, or for those of the environment."""
    settings = settings or load_settings()
    app = Flask("kyoso", static_folder=str(UI / "static"), template_folder=str(UI / "templates"))
    app.config.update(
        KYOSO=settings,
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={
            "pool_size": settings.pool_size,
            "max_overflow": 2,
            "pool_timeout": 10,
            "connect_args": {"connect_timeout": 5},
            # An error in the log must not hold what somebody wrote, nor their address.
            "hide_parameters": True,
        },
        MAX_CONTENT_LENGTH=settings.max_upload_mb * 2**20,
        MAX_FORM_MEMORY_SIZE=4 * 2**20,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.production,
        SESSION_COOKIE_NAME="kyoso",
        PERMANENT_SESSION_LIFETIME=timedelta(days=settings.session_days),
        # A session ends some days after sign-in, used or not, so no page need set it anew.
        SESSION_REFRESH_EACH_REQUEST=False,
        WTF_CSRF_TIME_LIMIT=24 * 3600,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=365),
    )
    if settings.trusted_proxies:
        proxies = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]
    load_parts()
    db.init_app(app)
    init_i18n(app)
    CSRFProtect(app)
    init_login(app)
    init_web(
        app,
        Edge(tenant_by_slug, claimed_person, network_id_of, coordinator_actor, "accounts.sign_in"),
    )
    for name in (*BLUEPRINTS, *(DEMO_BLUEPRINTS if settings.demo else ())):
        module, _colon, attribute = name.partition(":")
        app.register_blueprint(getattr(import_module(module), attribute))
    _init_templates(app)
    return app


def _init_templates(app: Flask) -> None:
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters["printable"] = printable
    versions: dict[str, str] = {}

    def static_url(name: str) -> str:
        # The address changes with the content, so that browsers may keep it for a year.
        if name not in versions:
            content = (UI / "static" / name).read_bytes()
            versions[name] = f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:10]}"
        return versions[name]

    app.jinja_env.globals.update(static_url=static_url, language_url=language_url)

    @app.context_processor
    def _context() -> dict[str, Any]:
        context: dict[str, Any] = {"locale": locale(), "tenant": g.get("tenant"), "may": _may}
        # Mail is also written by commands and jobs, where nobody asks for a page.
        asked = has_request_context()
        if asked and permission_of(request.endpoint) not in OPEN and current_user.is_authenticated:
            context["account"] = current_user
            context["my_towns"] = current_user.memberships
            if "actor" in g and "tenant" in g:
                town = f"/{g.tenant.slug}"
                context["desk_menu"] = _menu("desk", town)
                if request.path.startswith(f"{town}/exchange/"):
                    context["exchange_menu"] = _exchange_menu(town)
            elif "actor" in g and "network_slug" in g:
                context["desk_menu"] = _menu("network", f"/networks/{g.network_slug}")
            elif request.path.startswith("/me/"):
                context["me_menu"] = _me_menu()
        return context


def _may(permission: access.Permission, subject: access.Owned | None = None) -> bool:
    return "actor" in g and access.may(g.actor, permission, subject)


#: The menus, the argument that stands first in the addresses of each, and its headings.
_MENUS: dict[str, tuple[Any, str, Mapping[str, Any]]] = {
    "desk": (DESK_MENU, "town", DESK_HEADINGS),
    "exchange": (EXCHANGE_MENU, "town", EXCHANGE_PARTS),
    "network": (NETWORK_MENU, "network", {}),
}

#: Words, address, whether it is the current one, and the heading that it begins a part under.
Menu = list[tuple[str, str, bool, str]]


@cache
def _menu_paths(app: Flask, name: str) -> list[tuple[Any, str, Any, Any]]:
    """Return a menu's entries with their paths below town or network, and their headings.

    Built once, shown on every page.
    """
    entries, place, headings = _MENUS[name]
    anywhere: dict[str, Any] = {place: "_"}
    return [
        (
            label,
            url_for(target, **anywhere).partition("/_")[2],
            permission,
            headings.get(target, ""),
        )
        for label, target, permission in entries
        if target in app.view_functions
    ]


@cache
def _me_paths(app: Flask) -> list[tuple[Any, str]]:
    """Return the entries of a person's own menu with their addresses."""
    return [(label, url_for(target)) for label, target in ME_MENU if target in app.view_functions]


def _menu(name: str, root: str) -> Menu:
    """Return the entries of a menu that this actor may open, below the root of its addresses."""
    found, waiting = [], ""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    for label, path, permission, heading in _menu_paths(app, name):
        # A part begins with the first of its entries that this actor may open.
        waiting = str(heading) or waiting
        if access.may(g.actor, permission):
            found.append((str(label), f"{root}{path}", waiting))
            waiting = ""
    return _marked(found)


def _exchange_menu(root: str) -> list[Menu]:
    """Return the exchange's menu: its parts, and the entries of the part in which this page is."""
    parts: list[tuple[str, Menu]] = []
    for entry in _menu("exchange", root):
        if entry[3]:
            parts.append((entry[3], []))
        parts[-1][1].append(entry)
    inside = {name: any(entry[2] for entry in entries) for name, entries in parts}
    first = [(name, entries[0][1], inside[name], "") for name, entries in parts]
    second = [entries for name, entries in parts if inside[name] and len(entries) > 1]
    return [first, *second]


def _me_menu() -> Menu:
    """Return the entries of the menu of the person's own pages."""
    return _marked(
        (str(label), url, "")
        for label, url in _me_paths(current_app._get_current_object())  # type: ignore[attr-defined]
    )


def _marked(found: Iterable[tuple[str, str, str]]) -> Menu:
    """Return a menu's entries, each with whether it is the current one.

    The entry whose address this page's begins with is the current one, the longest of several:
    today's page stands above all others.
    """
    entries = list(found)
    above = [url for _label, url, _heading in entries if request.path.startswith(url)]
    here = max(above, key=len, default="")
    return [(label, url, url == here, heading) for label, url, heading in entries]
