"""The edge: one transaction for each request, in the scope of whoever asks."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Protocol, cast
from urllib.parse import urlencode

from flask import (
    Blueprint,
    Flask,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.wrappers import Response

from kyoso.core.access import Actor, NetworkActor, PersonActor, authorise
from kyoso.core.config import settings
from kyoso.core.db import db
from kyoso.core.errors import Forbidden
from kyoso.core.i18n import LOCALE_COOKIE, LOCALES, chosen_locale, speak_as_chosen, speak_as_ever
from kyoso.core.i18n import gettext as _
from kyoso.core.refusals import register_errors
from kyoso.core.scope import Scope, in_networks, scope
from kyoso.core.text import control_position

#: What a route says instead of a permission. PUBLIC: anybody. LINK: anybody, and the view lets
#: in by a private link. SIGNED_IN: any account, acting for itself.
PUBLIC, LINK, SIGNED_IN = "public", "link", "signed-in"
OPEN = frozenset({PUBLIC, LINK})

#: A page that answers with this or more changes nothing: an operation may have written something
#: before it found out that it must refuse.
FIRST_REFUSAL = 400

#: Only the pages below see what a town's networks share; the others save the question.
EXCHANGE = "/<town>/exchange/"

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Town(Protocol):
    """What the edge needs to know of a municipality."""

    @property
    def id(self) -> uuid.UUID:
        """Its key."""

    @property
    def slug(self) -> str:
        """Its place in addresses."""

    @property
    def name(self) -> str:
        """As people call it."""


class Account(Protocol):
    """What the edge needs to know of a signed-in person."""

    @property
    def person_id(self) -> uuid.UUID:
        """Who."""

    @property
    def name(self) -> str:
        """As people call them."""

    def actor_in(self, tenant_id: uuid.UUID) -> Actor | None:
        """Return the person as a member of one town, or None."""


@dataclass(frozen=True, slots=True)
class Edge:
    """What the areas above hand to the edge; see app.py."""

    #: The town of a slug; raises NotFound.
    town_of: Callable[[str], Town]
    #: The person named by the signed session, before the database has confirmed it.
    claimed_person: Callable[[], uuid.UUID | None]
    #: The id of a network's slug; raises NotFound.
    network_of: Callable[[str], uuid.UUID]
    #: The person as a network's coordinator, or None.
    coordinator_of: Callable[[uuid.UUID, PersonActor], NetworkActor | None]
    #: Where to sign in.
    sign_in_endpoint: str


class FeatureBlueprint(Blueprint):
    """A blueprint whose every route names the permission it needs."""

    def page(
        self, rule: str, *, permission: str, methods: tuple[str, ...] = ("GET",)
    ) -> Callable[[Callable[..., ResponseReturnValue]], Callable[..., ResponseReturnValue]]:
        """Register a view. It runs in one transaction, committed unless the page refuses."""

        def register(
            view: Callable[..., ResponseReturnValue],
        ) -> Callable[..., ResponseReturnValue]:
            @wraps(view)
            def run(**kwargs: Any) -> ResponseReturnValue:
                refusal = _admit(permission)
                if refusal is not None:
                    return refusal
                try:
                    response = make_response(view(**kwargs))
                    _keep(response)
                except BaseException:
                    db.session.rollback()
                    raise
                return response

            run.permission = permission  # type: ignore[attr-defined]
            self.add_url_rule(rule, view.__name__, run, methods=list(methods))
            return view

        return register


def _keep(response: Response) -> None:
    """Commit what a page did; nothing of what it says it refused."""
    if response.status_code < FIRST_REFUSAL:
        db.session.commit()
    else:
        db.session.rollback()


def permission_of(endpoint: str | None) -> str:
    """Return what the route of an endpoint asks for; static files ask for nothing."""
    view = current_app.view_functions.get(endpoint or "")
    return getattr(view, "permission", PUBLIC)


def _admit(permission: str) -> ResponseReturnValue | None:
    if permission in OPEN:
        if "tenant" in g:
            g.actor = Actor.guest(g.tenant.id)
        return None
    if not current_user.is_authenticated:
        if request.method == "GET":
            return redirect(url_for(_edge().sign_in_endpoint, next=_here()), 303)
        raise Forbidden(_("サインインの有効期限が切れました。もう一度サインインしてください。"))
    if permission == SIGNED_IN:
        return None
    if "network_id" in g:
        coordinator = _edge().coordinator_of(g.network_id, me())
        if coordinator is None:
            raise Forbidden(_("このネットワークの広域事務局として登録されていません。"))
        g.actor = coordinator
        authorise(coordinator, permission)  # type: ignore[arg-type]
        return None
    member = cast(Account, current_user).actor_in(g.tenant.id)
    if member is None:
        raise Forbidden(_("この自治体の担当者として登録されていません。"))
    g.actor = member
    authorise(member, permission)  # type: ignore[arg-type]
    return None


def _edge() -> Edge:
    return current_app.extensions["kyoso"]  # type: ignore[no-any-return]


def _here() -> str:
    return request.full_path.rstrip("?")


def actor() -> Actor:
    """Return the actor of this request, in its town."""
    return g.actor  # type: ignore[no-any-return]


def coordinator() -> NetworkActor:
    """Return the coordinator of this request, in the network of its address."""
    return g.actor  # type: ignore[no-any-return]


def me() -> PersonActor:
    """Return the signed-in person, acting for themselves."""
    account = cast(Account, current_user)
    return PersonActor(account.person_id, account.name)


def tenant() -> Any:
    """Return the town in this request's address."""
    return g.tenant


def keep_so_far() -> None:
    """Keep what this page has saved, although it is about to refuse the rest."""
    db.session.commit()


def enter_as(entered: Actor) -> None:
    """Go on as the holder of a private link, once the view has checked it."""
    g.actor = entered


def wants_fragment() -> bool:
    """Tell whether htmx asked, and so wants only the part of the page that changes."""
    return request.headers.get("HX-Request") == "true"


def show(page: str, *, fragment: str | None = None, **context: Any) -> str:
    """Render the whole page, or its fragment when htmx asked."""
    return render_template(fragment if fragment and wants_fragment() else page, **context)


def go(endpoint: str, **values: Any) -> Response:
    """Send the browser on after a change (303, so that a reload repeats nothing)."""
    return redirect(url_for(endpoint, **values), 303)


def safe_next(target: str | None) -> str | None:
    """Return an address given for later, if it is a path of this site; else None."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    # Browsers leave tabs and line ends out of an address: "/<tab>/evil" would be another site.
    return target if control_position(target, multiline=False) is None else None


def client_address() -> str:
    """Return the visitor's network address, as the trusted proxies report it."""
    return request.remote_addr or "unknown"


def init_web(app: Flask, edge: Edge) -> None:
    """Give the application its way of handling a request."""
    app.extensions["kyoso"] = edge
    app.url_value_preprocessor(_take_town)
    app.url_defaults(_give_town)
    app.before_request(_enter)
    app.after_request(_finish)
    app.teardown_request(_leave)
    register_errors(app)


def _take_town(endpoint: str | None, values: dict[str, Any] | None) -> None:
    # Before everything that may refuse, also the check of a form's token.
    speak_as_chosen()
    if values is not None:
        g.town_slug = values.pop("town", None)
        g.network_slug = values.pop("network", None)


def _give_town(endpoint: str, values: dict[str, Any]) -> None:
    if "town" not in values and current_app.url_map.is_endpoint_expecting(endpoint, "town"):
        slug = g.get("town_slug")
        if slug:
            values["town"] = slug
    if "network" not in values and current_app.url_map.is_endpoint_expecting(endpoint, "network"):
        slug = g.get("network_slug")
        if slug:
            values["network"] = slug


def _enter() -> None:
    if request.endpoint is None or request.endpoint == "static":
        return
    edge = _edge()
    tenant_id = None
    if g.get("town_slug"):
        g.tenant = edge.town_of(g.town_slug)
        tenant_id = g.tenant.id
    if g.get("network_slug"):
        g.network_id = edge.network_of(g.network_slug)
    wanted = Scope(tenant_id=tenant_id)
    if permission_of(request.endpoint) not in OPEN:
        wanted = Scope(
            tenant_id=tenant_id,
            person_id=edge.claimed_person(),
            coordinated_network_id=g.get("network_id"),
        )
        if wanted.person_id and str(request.url_rule).startswith(EXCHANGE):
            wanted = in_networks(wanted)
    entered = scope(wanted)
    entered.__enter__()
    g.scope = entered


def _leave(_error: BaseException | None) -> None:
    speak_as_ever()
    entered = g.pop("scope", None)
    if entered is not None:
        entered.__exit__(None, None, None)


def _finish(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if permission_of(request.endpoint) != PUBLIC:
        # Whatever the view said: send_file() would let every cache on the way keep a file.
        response.headers["Cache-Control"] = "no-store"
    elif request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-cache")
    if request.args.get("lang") in LOCALES:
        response.set_cookie(
            LOCALE_COOKIE,
            chosen_locale() or "ja",
            max_age=365 * 24 * 3600,
            samesite="Lax",
            httponly=True,
            secure=settings().production,
        )
    return response


def language_url(language: str) -> str:
    """Return this page's address in another language, without its path.

    A private link's path is a secret, and a refusal must not differ by the address asked for.
    """
    wanted = request.args.to_dict(flat=False) if request.method == "GET" else {}
    wanted["lang"] = [language]
    return f"?{urlencode(wanted, doseq=True)}"
