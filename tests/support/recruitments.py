"""Recruitments and those who applied, for tests: really committed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from kyoso.core.access import Actor, Role
from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.files import CheckedFile
from kyoso.core.scope import tenant_scope
from kyoso.core.tokens import new_token
from kyoso.identity.profiles.rules import SKILLS, WorkMode
from kyoso.municipal.recruitment_applications import operations as applications
from kyoso.municipal.recruitment_applications.operations import ApplicationDraft
from kyoso.municipal.recruitment_applications.queries import get_application
from kyoso.municipal.recruitments.operations import (
    RecruitmentDraft,
    create_recruitment,
    publish_recruitment,
)
from kyoso.municipal.recruitments.queries import get_recruitment
from kyoso.municipal.talent_programmes.rules import PayUnit
from support.departments import make_department
from support.people import Town, actor_of

SKILL, OTHER_SKILL = list(SKILLS)[:2]
RESUME = CheckedFile("経歴.csv", "text/csv", "年,仕事\n2020,広報\n".encode())


def work(department_id: uuid.UUID, **values: object) -> RecruitmentDraft:
    """Return what a department looks for."""
    said: dict[str, object] = {
        "department_id": department_id,
        "project_id": None,
        "need_id": None,
        "title": "広報を手伝うデザイナー",
        "purpose": "町の知らせを、読まれるものにしたい。",
        "tasks": "広報紙の見直しを、担当と一緒に進めます。",
        "skills": [SKILL],
        "hours_a_month": 10,
        "starts_on": None,
        "ends_on": None,
        "pay_unit": PayUnit.HOUR,
        "pay_yen": 3000,
        "pay_note": "",
        "mode": WorkMode.ONLINE,
        "place": "",
        "wanted": 1,
        "closes_on": None,
    }
    return RecruitmentDraft(**(said | values))  # type: ignore[arg-type]


def somebody(**values: object) -> ApplicationDraft:
    """Return what an applicant tells of themselves."""
    said: dict[str, object] = {
        "name": "見本 彩（見本）",
        "kana": "みほん あや",
        "email": f"{uuid.uuid4().hex[:10]}@example.jp",
        "affiliation": "見本デザイン",
        "skills": (SKILL,),
        "hours_a_month": 8,
        "message": "広報紙を十年つくってきました。",
        "links": ("https://example.jp/works",),
    }
    return ApplicationDraft(**(said | values))  # type: ignore[arg-type]


def make_recruitment(
    town: Town, department_id: uuid.UUID | None = None, *, published: bool = True, **values: object
) -> uuid.UUID:
    """Make a recruitment, public unless told otherwise, and return its id."""
    department_id = department_id or make_department(town)
    actor = actor_of(town, Role.SECRETARIAT)
    with tenant_scope(town.id):
        made = create_recruitment(
            work(department_id, **values), recruitment_id=new_id(), actor=actor, now=now()
        )
        db.session.flush()
        if published:
            publish_recruitment(made, actor=actor, now=now())
        db.session.commit()
        return made.id


@dataclass(frozen=True)
class Applied:
    """Somebody's application, and the secret of their private link."""

    id: uuid.UUID
    token: str
    email: str


def apply_for(
    town: Town, recruitment_id: uuid.UUID, *, with_file: bool = False, **values: object
) -> Applied:
    """Apply for a recruitment as a stranger."""
    draft, token = somebody(**values), new_token()
    with tenant_scope(town.id):
        guest = Actor.guest(town.id)
        made = applications.send_application(
            get_recruitment(guest, recruitment_id),
            draft,
            [RESUME] if with_file else [],
            form_id=new_id(),
            token=token,
            locale=str(values.get("locale", "ja")),
            actor=guest,
            now=now(),
        )
        db.session.commit()
        return Applied(made.id, token, draft.email)


def step(town: Town, application_id: uuid.UUID, verb: str, *said: object, **values: object) -> None:
    """Take one step with an application, as the secretariat or as ``actor=``."""
    actor = values.pop("actor", None) or actor_of(town, Role.SECRETARIAT)
    assert isinstance(actor, Actor)
    with tenant_scope(town.id):
        found = get_application(actor, application_id)
        recruitment = get_recruitment(actor, found.recruitment_id)
        operation = getattr(applications, verb)
        operation(found, recruitment, *said, actor=actor, now=now(), **values)
        db.session.commit()


def holder_of(town: Town, application_id: uuid.UUID) -> Actor:
    """Return the holder of the private link to an application."""
    return Actor.link_holder(town.id, application_id, "")


def make_recruiting(town: Town, department_id: uuid.UUID) -> tuple[uuid.UUID, Applied]:
    """Fill a town: a draft, one that is out with applicants in several states; return the latter."""
    make_recruitment(town, department_id, published=False, title="まだ下書きの募集")
    out = make_recruitment(town, department_id)
    for verb in ("select_application", "withdraw_application"):
        one = apply_for(town, out)
        actor = holder_of(town, one.id) if verb.startswith("withdraw") else None
        step(town, one.id, verb, actor=actor)
    talked = apply_for(town, out, with_file=True)
    step(town, talked.id, "write_to_applicant", "いつお話しできますか。", message_id=new_id())
    holder = holder_of(town, talked.id)
    step(town, talked.id, "write_to_town", "金曜です。", message_id=new_id(), actor=holder)
    step(town, talked.id, "note_application", "経験が豊か。", message_id=new_id())
    return out, talked
