import datetime as dt

import pytest
import sqlalchemy as sa

from kyoso.core.access import Actor, Role
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, NotFound, RuleViolation
from kyoso.core.journal import list_history
from kyoso.core.scope import tenant_scope
from kyoso.municipal.notices import queries
from kyoso.municipal.notices.models import Notice
from kyoso.municipal.notices.operations import (
    NoticeDraft,
    create_notice,
    publish_notice,
    update_notice,
    withdraw_notice,
)
from kyoso.municipal.notices.queries import NoticeFilter
from kyoso.municipal.notices.rules import NoticeStatus
from support.people import Town, actor_of

NOON = dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
DRAFT = NoticeDraft("冬の募集を始めます", "12月1日から受け付けます。")


@pytest.fixture
def secretariat(hinode: Town) -> Actor:
    return actor_of(hinode, Role.SECRETARIAT)


def written(actor: Actor, draft: NoticeDraft = DRAFT) -> Notice:
    notice = create_notice(draft, notice_id=new_id(), actor=actor, now=NOON)
    db.session.flush()
    return notice


def test_a_notice_goes_from_draft_to_withdrawn_and_back(hinode, secretariat):
    guest = Actor.guest(hinode.id)
    with tenant_scope(hinode.id):
        notice = written(secretariat)
        assert queries.list_published(guest) == []
        with pytest.raises(RuleViolation):
            withdraw_notice(notice, "x", actor=secretariat, now=NOON)

        publish_notice(notice, actor=secretariat, now=NOON)
        assert queries.list_published(guest) == [notice]
        assert queries.get_published(guest, notice.id) is notice
        assert queries.count_published(guest) == 1
        with pytest.raises(RuleViolation):
            publish_notice(notice, actor=secretariat, now=NOON)

        withdraw_notice(notice, "日付の誤り", actor=secretariat, now=NOON)
        db.session.flush()
        with pytest.raises(NotFound):
            queries.get_published(guest, notice.id)

        changed = NoticeDraft("冬の募集", "12月2日から")
        update_notice(notice, changed, actor=secretariat, now=NOON)
        publish_notice(notice, actor=secretariat, now=NOON + HOUR)
        db.session.flush()
        assert notice.published_at == NOON + HOUR
        history = list_history(secretariat, [notice.id])
        assert [entry.kind for entry in history] == [
            "NoticePublished",
            "NoticeUpdated",
            "NoticeWithdrawn",
            "NoticePublished",
            "NoticeCreated",
        ]
        assert history[1].facts == {"old_title": DRAFT.title, "old_body": DRAFT.body}
        assert history[2].facts == {"reason": "日付の誤り"}


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMIN, Role.SECRETARIAT}))
def test_only_administrators_and_the_secretariat_write(role, hinode, secretariat):
    with tenant_scope(hinode.id):
        notice, them = written(secretariat), actor_of(hinode, role)
        for refused in (
            lambda: written(them),
            lambda: update_notice(notice, DRAFT, actor=them, now=NOON),
            lambda: publish_notice(notice, actor=them, now=NOON),
            lambda: withdraw_notice(notice, "x", actor=them, now=NOON),
        ):
            with pytest.raises(Forbidden):
                refused()


def test_the_database_refuses_a_publication_without_its_time(hinode, secretariat):
    with tenant_scope(hinode.id):
        written(secretariat).status = NoticeStatus.PUBLISHED
        with pytest.raises(sa.exc.IntegrityError, match="published_at_unless_draft"):
            db.session.flush()


def test_the_portal_lists_the_newest_first_page_by_page(hinode, secretariat):
    with tenant_scope(hinode.id):
        notices = [written(secretariat) for _ in range(3)]
        for number, notice in enumerate(notices):
            publish_notice(notice, actor=secretariat, now=NOON + number * HOUR)
        guest = Actor.guest(hinode.id)
        assert queries.list_published(guest) == notices[::-1]
        assert queries.list_published(guest, limit=1, offset=1) == [notices[1]]


def test_the_list_is_searched_and_filtered(hinode, secretariat):
    with tenant_scope(hinode.id):
        first = written(secretariat, NoticeDraft("春の催し", "駅前で"))
        second = written(secretariat, NoticeDraft("冬の催し", "Zoomで"))
        publish_notice(second, actor=secretariat, now=NOON)
        db.session.flush()

        def found(wanted: NoticeFilter) -> set:
            return {row.id for row in queries.list_notices(secretariat, wanted)}

        assert found(NoticeFilter("催し")) == {first.id, second.id}
        assert found(NoticeFilter("催し zoom")) == found(NoticeFilter("冬")) == {second.id}
        assert found(NoticeFilter(status=NoticeStatus.DRAFT)) == {first.id}
        assert found(NoticeFilter("%")) == set()


@pytest.mark.parametrize("address", [{"q": "\0", "status": "x", "page": "-1"}, {"page": "9" * 9}])
def test_what_an_address_says_wrongly_counts_as_not_said(address):
    assert NoticeFilter.of(address) == NoticeFilter()
