import datetime as dt
import re

import pytest
import sqlalchemy as sa

from kyoso.core import clock
from kyoso.core.access import Role
from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.mail import Mail
from kyoso.core.scope import tenant_scope
from kyoso.municipal.projects.queries import get_project
from kyoso.municipal.recruiting.models import JoinAnswer
from kyoso.municipal.recruiting.rules import AnswerState
from support.pages import text_of
from support.people import actor_of
from support.projects import make_project

LATER = dt.timedelta(seconds=10)


@pytest.fixture
def project_id(hinode):
    return make_project(hinode, 7)


@pytest.fixture
def desk(hinode, member_of, browser):
    return browser(member_of(hinode, Role.SECRETARIAT))


@pytest.fixture
def here(hinode, project_id):
    return f"/{hinode.slug}/desk/projects/{project_id}/recruiting"


@pytest.fixture
def join(hinode):
    return f"/{hinode.slug}/projects/7/join"


def opening(**values):
    return {"form_id": str(new_id()), "role": "改修を手伝う人", **values}


def filled(page, **values):
    return {
        "form_id": re.search(r'name="form_id" value="([^"]+)"', page)[1],
        "name": "見本 次郎（見本）",
        "email": "jiro@example.jp",
        "message": "大工をしています。",
        "homepage": "",
        **values,
    }


def answers(town):
    with tenant_scope(town.id):
        return db.session.scalars(sa.select(JoinAnswer)).all()


def test_somebody_asks_to_join_and_the_desk_answers(hinode, desk, here, join, visitor):
    assert "いまは参加者を募集していません" in visitor.get(join)
    sent = opening(text="週末に。")
    desk.post(here, sent)
    desk.post(here, sent)
    page = visitor.get(f"/{hinode.slug}/projects/7")
    assert page.count("改修を手伝う人") == 1
    assert f'href="{join}"' in page

    form = filled(visitor.get(join))
    with clock.frozen(now() + LATER):
        thanks = visitor.follow(visitor.post(join, form))
        visitor.post(join, form)
    assert "ありがとうございます" in thanks
    (answer,) = answers(hinode)
    assert answer.state is AnswerState.NEW
    assert "プロジェクトへの参加の応募" in desk.get(f"/{hinode.slug}/desk/")
    assert "大工をしています。" in text_of(desk.get(here))

    move = f"{here}/answers/{answer.id}/move"
    desk.post(move, {"to": "contacted"})
    desk.post(move, {"to": "new"}, status=409)
    desk.post(move, {"to": "joined"})
    assert "プロジェクトへの参加の応募" not in desk.get(f"/{hinode.slug}/desk/")
    with tenant_scope(hinode.id):
        mails = db.session.scalars(
            sa.select(Mail).where(Mail.to == "jiro@example.jp").order_by(Mail.id)
        ).all()
        assert ["ありがとう" in mail.subject for mail in mails] == [True, False]
        assert "一緒に取り組める" in mails[1].subject
        assert "「空き家の活用 その7」" in mails[0].body


def test_the_form_keeps_programs_out(hinode, desk, here, join, visitor):
    desk.post(here, opening())
    form = filled(visitor.get(join))
    assert "自動での送信" in visitor.post(join, form, status=422).text
    with clock.frozen(now() + LATER):
        trapped = visitor.post(join, {**form, "homepage": "https://spam"}, status=422)
        assert "自動での送信" in trapped.text
        made_up = {**form, "form_id": str(new_id())}
        assert "時間がたったため" in visitor.post(join, made_up, status=422).text
        for _time in range(10):
            visitor.client.post(join, data=filled(visitor.get(join), name=""))
    assert answers(hinode) == []


def test_too_many_answers_from_one_address_wait(hinode, desk, here, join, visitor):
    desk.post(here, opening())
    codes = []
    for _time in range(11):
        form = filled(visitor.get(join))
        with clock.frozen(now() + LATER):
            codes.append(visitor.client.post(join, data=form).status_code)
    assert codes == [303] * 10 + [429]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"name": ""}, "「お名前」を入力"),
        ({"email": "x"}, "name@example.jp"),
        ({"message": "あ" * 2001}, "2000文字以内"),
        ({"opening_id": "01a20000-0000-7000-8000-000000000000"}, "募集は終わりました"),
    ],
)
def test_a_form_with_mistakes_comes_back(values, sentence, desk, here, join, visitor):
    desk.post(here, opening())
    form = filled(visitor.get(join), **values)
    with clock.frozen(now() + LATER):
        assert sentence in visitor.post(join, form, status=422).text


def test_a_closed_role_ends_the_call(hinode, desk, here, join, visitor, project_id):
    desk.post(here, opening())
    form = filled(visitor.get(join))
    place = re.search(r'action="([^"]+/close)"', desk.get(here))[1]
    desk.post(place)
    with tenant_scope(hinode.id):
        assert not get_project(actor_of(hinode, Role.ADMIN), project_id).recruiting
    with clock.frozen(now() + LATER):
        visitor.post(join, form, status=409)
    assert f'href="{join}"' not in visitor.get(f"/{hinode.slug}/projects/7")


def test_wrong_roles_are_named(desk, here):
    assert "締切が過ぎた日" in desk.post(here, opening(until="2020-01-01"), status=422).text
    assert "「募集する役割」を入力" in desk.post(here, opening(role=""), status=422).text


def test_a_project_that_is_not_public_takes_nobody(hinode, desk, here, join, visitor):
    desk.post(here, opening())
    desk.post(here.replace("/recruiting", "/unpublish"), {"reason": "準備"})
    visitor.get(join, status=404)
    visitor.get(f"{join}/thanks", status=404)


def test_an_auditor_reads_only(hinode, here, member_of, browser):
    auditor = browser(member_of(hinode, Role.AUDITOR))
    assert "<form" not in auditor.get(here).partition("<main")[2]
    auditor.post(here, opening(), status=403)
