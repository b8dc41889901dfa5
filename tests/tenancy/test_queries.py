import pytest
import sqlalchemy as sa

from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.scope import tenant_scope
from kyoso.tenancy.models import Tenant, TenantStatus
from kyoso.tenancy.queries import forget_tenants, get_tenant, list_tenants, tenant_by_slug
from support.people import Town


def _set(town: Town, **values: object) -> None:
    with tenant_scope(town.id):
        db.session.execute(sa.update(Tenant).where(Tenant.id == town.id).values(**values))
        db.session.commit()


def test_a_town_is_found_by_its_slug_without_beginning_the_request_s_transaction(
    hinode: Town,
) -> None:
    assert tenant_by_slug(hinode.slug).id == hinode.id
    assert not db.session().in_transaction()


def test_an_unknown_slug_is_not_found_and_not_kept(hinode: Town) -> None:
    for _attempt in range(2):
        with pytest.raises(NotFound):
            tenant_by_slug(f"{hinode.slug}-x")
    _set(hinode, slug=f"{hinode.slug}-x")
    assert tenant_by_slug(f"{hinode.slug}-x").id == hinode.id


def test_a_town_is_asked_for_once_in_a_few_seconds(hinode: Town, count_statements) -> None:
    tenant_by_slug(hinode.slug)
    with count_statements() as seen:
        tenant_by_slug(hinode.slug)
    assert seen == []


def test_what_was_kept_is_forgotten_when_told(hinode: Town) -> None:
    tenant_by_slug(hinode.slug)
    _set(hinode, name="新しい名前")
    assert tenant_by_slug(hinode.slug).name == "ひので町"
    forget_tenants()
    assert tenant_by_slug(hinode.slug).name == "新しい名前"


def test_a_closed_town_looks_missing_and_a_suspended_one_is_known(
    hinode: Town, minato: Town
) -> None:
    _set(hinode, status=TenantStatus.CLOSED)
    _set(minato, status=TenantStatus.SUSPENDED)
    with pytest.raises(NotFound):
        tenant_by_slug(hinode.slug)
    assert tenant_by_slug(minato.slug).status is TenantStatus.SUSPENDED
    assert {hinode.id, minato.id}.isdisjoint(info.id for info in list_tenants())


@pytest.mark.parametrize("status", TenantStatus)
def test_every_status_has_a_label(status: TenantStatus, hinode: Town) -> None:
    assert status.label


def test_a_town_is_found_by_its_id(hinode: Town) -> None:
    with tenant_scope(hinode.id):
        assert get_tenant(hinode.id).name == "ひので町"
        with pytest.raises(NotFound):
            get_tenant(type(hinode.id)(int=7))
