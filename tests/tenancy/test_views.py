import base64

import pytest
import sqlalchemy as sa
from flask import Flask

from kyoso.core.db import db
from kyoso.core.scope import tenant_scope
from kyoso.tenancy.models import Tenant
from kyoso.tenancy.queries import forget_tenants
from support.people import Town


def _theme(town: Town, **theme: str | None) -> None:
    with tenant_scope(town.id):
        db.session.execute(
            sa.update(Tenant).where(Tenant.id == town.id).values(declaration={"theme": theme})
        )
        db.session.commit()
    forget_tenants()


@pytest.mark.parametrize("token", ["green-900", "blue-900"])
def test_a_town_s_style_sheet_sets_its_colour(token: str, hinode: Town, app: Flask) -> None:
    _theme(hinode, key_color=token)
    answer = app.test_client().get(f"/{hinode.slug}/theme.css")
    assert answer.status_code == 200
    assert answer.content_type == "text/css; charset=utf-8"
    assert f"--town-key:var(--color-primitive-{token})" in answer.text


def test_a_town_without_a_colour_of_its_own_has_the_default(hinode: Town, app: Flask) -> None:
    assert "blue-900" in app.test_client().get(f"/{hinode.slug}/theme.css").text


def test_a_town_s_logo_is_given_and_a_missing_one_is_not_found(hinode: Town, app: Flask) -> None:
    client = app.test_client()
    assert client.get(f"/{hinode.slug}/theme/logo").status_code == 404
    svg = b"<svg xmlns='http://www.w3.org/2000/svg'/>"
    _theme(hinode, logo=f"data:image/svg+xml;base64,{base64.b64encode(svg).decode()}")
    answer = client.get(f"/{hinode.slug}/theme/logo")
    assert (answer.data, answer.content_type) == (svg, "image/svg+xml")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_another_slug_has_no_look(hinode: Town, app: Flask) -> None:
    assert app.test_client().get(f"/{hinode.slug}-x/theme.css").status_code == 404
