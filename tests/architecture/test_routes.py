"""Every route × every role × another town's ids, enumerated from the URL map.

A new route is in this test as soon as it is registered: there is nothing to remember.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from psycopg import sql
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from kyoso.core.access import GRANTS, MEMBER_ROLES, Role
from kyoso.core.db import db
from kyoso.core.scope import tenant_scope
from kyoso.core.web import LINK, OPEN, PUBLIC, SIGNED_IN
from kyoso.tenancy.models import Tenant, TenantStatus
from kyoso.tenancy.queries import forget_tenants
from support.database import Database, as_superuser
from support.members import make_member, sign_in
from support.pages import Browser
from support.reports import make_sample_report
from support.samples import Sample, make_sample

#: Files and machine answers: no page to compare.
SAMPLE_VALUES = {
    "token": "no-such-token",
    "filename": "ui.css",
    "kind": "adoption",
    "language": "ja",
}


@pytest.fixture(scope="module")
def towns(app: Flask, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sample, Sample]]:
    with app.app_context():
        both = (
            make_sample(tmp_path_factory.mktemp("ours"), "見本東町"),
            make_sample(tmp_path_factory.mktemp("theirs"), "見本西町"),
        )
        for one in both:
            make_sample_report(one.town, one.network.coordinator)
        yield both


@pytest.fixture(scope="module")
def browsers(app: Flask, towns: tuple[Sample, Sample]) -> dict[str, Browser]:
    """One signed-in browser for each role in our town, some of theirs, coordinators, a stranger."""
    ours, theirs = towns
    with app.app_context():
        found = {role.value: sign_in(app, person) for role, person in ours.people.items()}
        found["theirs"] = sign_in(app, theirs.people[Role.ADMIN])
        found["coordinator"] = sign_in(app, ours.network.coordinator)
        found["their coordinator"] = sign_in(app, theirs.network.coordinator)
        found["nobody"] = Browser(app)
    return found


@pytest.fixture(scope="module")
def their_ids(database: Database, towns: tuple[Sample, Sample]) -> dict[str, uuid.UUID]:
    """Return one id of every table in which the other town has a row, by the table's name."""
    found = {}
    with as_superuser(database) as connection:
        tables = connection.execute(
            "SELECT table_schema, table_name FROM information_schema.columns"
            " WHERE column_name = 'tenant_id' AND table_schema IN"
            " ('core', 'tenancy', 'identity', 'municipal', 'exchange', 'joint_metrics')"
        ).fetchall()
        for schema, table in tables:
            row = connection.execute(
                sql.SQL("SELECT * FROM {} WHERE tenant_id = %s LIMIT 1").format(
                    sql.Identifier(str(schema), str(table))
                ),
                (towns[1].town.id,),
            )
            names = [column.name for column in row.description or ()]
            first = row.fetchone()
            if first and "id" in names:
                found[table] = first[names.index("id")]
    # What belongs to a network, and the network itself.
    found["networks"] = towns[1].network.id
    found["coordinators"] = towns[1].network.coordinator_id
    found["allocation_plans"] = towns[1].plan_id or uuid.UUID(int=0)
    assert len(found) > 12
    return found


#: Asked for at every route, whatever its place is called.
EVERYWHERE = {"proposals", "projects", "needs", "memberships", "files"}


def fitting(rule: Rule, ids: dict[str, uuid.UUID]) -> list[uuid.UUID]:
    """Return the ids that a route might take for its own: by the names of its places."""
    stems = {name.removesuffix("_id") for name in rule.arguments}
    return [
        ident
        for table, ident in ids.items()
        if table in EVERYWHERE or any(stem in table for stem in stems)
    ]


def rules_of(app: Flask) -> list[tuple[Rule, str, str]]:
    return [
        (rule, method, app.view_functions[rule.endpoint].permission)
        for rule in sorted(app.url_map.iter_rules(), key=lambda r: (r.rule, r.endpoint))
        if rule.endpoint != "static"
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def address(
    app: Flask, rule: Rule, slug: str, ident: uuid.UUID | None = None, network: str = ""
) -> str:
    """Return the rule's address, with made-up values in its places."""
    values: dict[str, object] = {}
    for name in rule.arguments:
        converter = type(rule._converters[name]).__name__
        if converter == "AnyConverter":
            values[name] = sorted(rule._converters[name].items)[0]
        elif name == "town":
            values[name] = slug
        elif name == "network":
            values[name] = network
        elif converter == "UUIDConverter":
            values[name] = ident or uuid.uuid4()
        elif converter == "IntegerConverter":
            values[name] = 987_654
        else:
            values[name] = SAMPLE_VALUES.get(name, "2020-01-01")
    with app.test_request_context():
        return app.url_map.bind("localhost").build(rule.endpoint, values)


def ask(browser: Browser, method: str, url: str) -> TestResponse:
    # A context of its own: inside the test's, one request would see the `g` of the last.
    with browser.app.app_context():
        response = browser.client.open(url, method=method)
    assert response.status_code < 500, f"{method} {url} broke"
    return response


def test_every_route_answers_each_role_as_the_table_says(app, towns, browsers):
    slug, wrong = towns[0].town.slug, []
    for rule, method, permission in rules_of(app):
        if rule.endpoint.endswith((".sign_out", ".end_all_sessions", ".end_session")):
            continue
        for name, browser in browsers.items():
            url = address(app, rule, slug, network=towns[0].network.slug)
            answer = ask(browser, method, url)
            status, location = answer.status_code, answer.headers.get("Location", "")
            refused = status == 403
            to_sign_in = status == 303 and location.startswith("/sign-in")
            if permission in {PUBLIC, LINK}:
                good = not refused
            elif name == "nobody":
                good = to_sign_in if method == "GET" else refused
            elif permission == SIGNED_IN:
                good = not refused and not to_sign_in
            elif "network" in rule.arguments:
                good = refused == (name != "coordinator")
            elif name == "theirs" or name.endswith("coordinator"):
                good = refused
            else:
                good = refused == (Role(name) not in GRANTS[permission])
            if not good:
                wrong.append(f"{method} {rule.rule} as {name}: {status} {location}")
    assert wrong == []


def test_another_towns_ids_look_exactly_like_missing_ones(app, towns, browsers, their_ids):
    slug, wrong = towns[0].town.slug, []
    for rule, method, permission in rules_of(app):
        if not any(type(c).__name__ == "UUIDConverter" for c in rule._converters.values()):
            continue
        if permission == SIGNED_IN or "town" not in rule.arguments:
            continue
        allowed = [r for r in MEMBER_ROLES if permission in GRANTS and r in GRANTS[permission]]
        browser = browsers[allowed[0].value if allowed else "nobody"]
        unknown = address(app, rule, slug)
        missing = ask(browser, method, unknown)
        for ident in fitting(rule, their_ids):
            url = address(app, rule, slug, ident)
            answer = ask(browser, method, url)
            # A page names its own address in the language links; nothing else may differ.
            alike = answer.text.replace(url, "…") == missing.text.replace(unknown, "…")
            if not alike or not answer.status_code == missing.status_code == 404:
                wrong.append(f"{method} {url}: {answer.status_code}, not {missing.status_code}")
    assert wrong == []


def test_a_member_of_another_town_only_sees_no_desk(app, towns):
    with app.app_context():
        outsider = make_member(towns[1].town, Role.STAFF)
        browser = sign_in(app, outsider)
    browser.get(f"/{towns[0].town.slug}/desk/", status=403)


def test_a_suspended_town_closes_every_public_page(app, tmp_path_factory):
    with app.app_context():
        town = make_sample(tmp_path_factory.mktemp("suspended"), "休止町").town
        with tenant_scope(town.id):
            db.session.execute(sa.update(Tenant).values(status=TenantStatus.SUSPENDED))
            db.session.commit()
        forget_tenants()
    browser, wrong = Browser(app), []
    for rule, method, permission in rules_of(app):
        if permission not in OPEN or "town" not in rule.arguments:
            continue
        # Its colours are on the page that says so; the others are for its staff.
        if any(part in rule.rule for part in ("theme", "/calendar/", "invitations/<token>")):
            continue
        answer = ask_closed(browser, method, address(app, rule, town.slug))
        if answer.status_code != 503:
            wrong.append(f"{method} {rule.rule}: {answer.status_code}")
    assert wrong == []


def ask_closed(browser: Browser, method: str, url: str) -> TestResponse:
    with browser.app.app_context():
        return browser.client.open(url, method=method)
