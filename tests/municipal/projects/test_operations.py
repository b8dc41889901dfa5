import datetime as dt
import threading
import uuid
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from kyoso.core.access import Actor, Role
from kyoso.core.db import db
from kyoso.core.errors import Forbidden, NotFound, RuleViolation
from kyoso.core.journal import list_history, record
from kyoso.core.scope import tenant_scope
from kyoso.municipal.decisions.events import DecisionAnnounced, DecisionUndone
from kyoso.municipal.decisions.models import Decision
from kyoso.municipal.decisions.rules import Outcome
from kyoso.municipal.projects import operations, queries
from kyoso.municipal.projects.models import Project
from kyoso.municipal.projects.operations import ProjectDraft
from kyoso.municipal.projects.rules import ProjectStage
from kyoso.municipal.proposals.events import ProposalCancelled, ProposalRevoked
from kyoso.municipal.proposals.queries import get_proposal
from support.departments import make_department
from support.folders import TownFolder, copy_of_tenants
from support.people import Town, actor_of
from support.projects import NOON, make_adopted_proposal, make_project

DRAFT = ProjectDraft("新しい名前", "概要", "# 内容", "みほん商店", "見本 花子", False, "", None)
PROJECTS = """
[[projects]]
number = 7
title = "謎解きロゲイニング!"
posted = 2021-05-15T19:59:00
proposer = "ゼロ高等学院"
summary = "地域をフィールドにしたリアルRPG"

[[projects]]
number = 6
title = "官民共創ミートアップ"
posted = 2021-05-15T19:36:00
summary = "交流する催し"
"""


def announce(town: Town, proposal_id: uuid.UUID, outcome: Outcome = Outcome.ADOPTED) -> None:
    actor = actor_of(town, Role.SECRETARIAT)
    with tenant_scope(town.id):
        db.session.add(
            Decision(
                tenant_id=town.id,
                proposal_id=proposal_id,
                outcome=outcome,
                grounds="よい",
                conditions="安全に",
                ground_key="other",
                letter_subject="採択通知書",
                letter_body="採択します。",
                public_summary="町の冬を支えます。",
                decided_by="x",
                decided_at=NOON,
                announced_at=NOON,
                announced_by="x",
            )
        )
        db.session.flush()
        record(DecisionAnnounced(proposal_id, outcome), actor=actor, now=NOON)
        db.session.commit()


def the_project(town: Town) -> Project:
    with tenant_scope(town.id):
        return db.session.scalars(sa.select(Project)).one()


def test_an_announced_adoption_is_the_next_public_project(hinode: Town) -> None:
    make_project(hinode, 7)
    announce(hinode, make_adopted_proposal(hinode))

    with tenant_scope(hinode.id):
        found = queries.get_published(Actor.guest(hinode.id), 8)
        assert (found.title, found.proposer_name) == ("雪かきの助け合い", "みほん商店（見本）")
        assert found.summary == "町の冬を支えます。"
        assert found.stage is ProjectStage.PLANNING
        assert found.decided_on == dt.date(2026, 11, 21)
        assert found.published_at == NOON


def test_only_what_the_town_previewed_becomes_public(hinode: Town) -> None:
    announce(hinode, make_adopted_proposal(hinode), Outcome.ADOPTED_WITH_CONDITIONS)

    project = the_project(hinode)

    assert project.adopted_with_conditions
    said = f"{project.summary} {project.content} {project.search_key}"
    assert "だれにも見せない" not in said
    assert "見本 太郎" not in said


def test_a_long_public_text_is_shortened_for_lists_and_kept_whole(hinode: Town) -> None:
    text = "一行目\n" + "長い" * 200
    system = Actor.system(hinode.id, "tests")
    proposal_id = make_adopted_proposal(hinode)
    with tenant_scope(hinode.id):
        project = operations.create_from_proposal(
            get_proposal(system, proposal_id), text, conditional=False, actor=system, now=NOON
        )
        assert len(project.summary) == operations.SUMMARY_LENGTH
        assert project.content.replace("  \n", "\n") == text


def test_a_decline_makes_no_project(hinode: Town) -> None:
    announce(hinode, make_adopted_proposal(hinode), Outcome.DECLINED)

    with tenant_scope(hinode.id):
        assert db.session.scalars(sa.select(Project)).all() == []


def test_an_undone_adoption_is_taken_off_and_comes_back_under_its_number(hinode: Town) -> None:
    proposal_id = make_adopted_proposal(hinode)
    announce(hinode, proposal_id)
    actor = actor_of(hinode, Role.SECRETARIAT)

    with tenant_scope(hinode.id):
        event = DecisionUndone(proposal_id, Outcome.ADOPTED, True, "手違い")
        record(event, actor=actor, now=NOON)
        db.session.execute(
            sa.update(Decision).values(undone_at=NOON, undone_by="x", undone_reason="手違い")
        )
        db.session.commit()
        with pytest.raises(NotFound):
            queries.get_published(actor, 1)
    assert the_project(hinode).unpublished_reason == "決定の取消し：手違い"
    announce(hinode, proposal_id)

    project = the_project(hinode)
    assert (project.number, project.is_public) == (1, True)


def test_the_undoing_of_what_was_never_announced_touches_nothing(hinode: Town) -> None:
    actor = actor_of(hinode, Role.SECRETARIAT)
    with tenant_scope(hinode.id):
        event = DecisionUndone(uuid.uuid4(), Outcome.ADOPTED, False, "手違い")
        record(event, actor=actor, now=NOON)
        assert db.session.scalars(sa.select(Project)).all() == []


@pytest.mark.parametrize("kind", [ProposalCancelled, ProposalRevoked])
def test_a_cancelled_or_revoked_proposal_ends_its_project(
    kind: type[ProposalCancelled | ProposalRevoked], hinode: Town
) -> None:
    proposal_id = make_adopted_proposal(hinode)
    announce(hinode, proposal_id)
    holder = Actor.link_holder(hinode.id, proposal_id, "見本 太郎（見本）")

    with tenant_scope(hinode.id):
        record(kind(proposal_id, "続けられない"), actor=holder, now=NOON)
        db.session.commit()

    project = the_project(hinode)
    assert project.stage is ProjectStage.CANCELLED
    assert not project.is_public


def test_two_decisions_at_once_get_two_numbers(hinode: Town, app: Flask) -> None:
    proposals = [make_adopted_proposal(hinode, number=n) for n in (1, 2)]
    start = threading.Barrier(2, timeout=20)
    failures: list[BaseException] = []

    def decide(proposal_id: uuid.UUID) -> None:
        try:
            with app.app_context(), tenant_scope(hinode.id):
                system = Actor.system(hinode.id, "tests")
                proposal = get_proposal(system, proposal_id)
                start.wait()
                operations.create_from_proposal(
                    proposal, "概要", conditional=False, actor=system, now=NOON
                )
                db.session.commit()
        except BaseException as error:  # noqa: BLE001 (shown by the test, not lost with the thread)
            failures.append(error)

    threads = [threading.Thread(target=decide, args=(p,)) for p in proposals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert failures == []
    with tenant_scope(hinode.id):
        assert sorted(db.session.scalars(sa.select(Project.number))) == [1, 2]


def test_the_secretariat_edits_and_the_history_names_the_parts(hinode: Town) -> None:
    project_id = make_project(hinode)
    actor = actor_of(hinode, Role.SECRETARIAT)
    with tenant_scope(hinode.id):
        project = queries.get_project(actor, project_id, lock=True)
        operations.edit_project(project, DRAFT, actor=actor, now=NOON)
        db.session.commit()
        found = queries.list_published(actor, queries.ProjectFilter(search="新しい名前 花子"))
        assert [row.number for row in found.rows] == [1]
        entry = list_history(actor, [project_id])[0]
        assert entry.kind == "ProjectEdited"
        assert set(entry.facts["parts"]) >= {"title", "content", "team"}


def test_only_staff_of_the_department_edit_a_project(hinode: Town) -> None:
    mine, other = make_department(hinode, "建設課"), make_department(hinode, "文化課")
    project_id = make_project(hinode, department_id=mine)
    draft = replace(DRAFT, department_id=mine)
    with tenant_scope(hinode.id):
        project = queries.get_project(actor_of(hinode, Role.ADMIN), project_id)
        for department, allowed in ((other, False), (mine, True)):
            staff = replace(actor_of(hinode, Role.STAFF), department_ids=frozenset({department}))
            if allowed:
                operations.edit_project(project, draft, actor=staff, now=NOON)
            else:
                with pytest.raises(Forbidden, match="担当する課の職員"):
                    operations.edit_project(project, draft, actor=staff, now=NOON)


def test_a_project_cannot_be_given_to_a_department_that_is_not_ours(
    hinode: Town, minato: Town
) -> None:
    theirs = make_department(minato, "よその課")
    project_id = make_project(hinode)
    actor = actor_of(hinode, Role.SECRETARIAT)
    with tenant_scope(hinode.id):
        project = queries.get_project(actor, project_id)
        with pytest.raises(NotFound):
            operations.edit_project(
                project, replace(DRAFT, department_id=theirs), actor=actor, now=NOON
            )


def test_only_the_secretariat_moves_and_an_ended_project_recruits_nobody(hinode: Town) -> None:
    project_id = make_project(hinode, recruiting=True)
    desk, staff = actor_of(hinode, Role.SECRETARIAT), actor_of(hinode, Role.STAFF)
    with tenant_scope(hinode.id):
        project = queries.get_project(desk, project_id)
        with pytest.raises(Forbidden):
            operations.move_project(project, ProjectStage.CANCELLED, "休む", actor=staff, now=NOON)
        with pytest.raises(RuleViolation, match="理由"):
            operations.move_project(project, ProjectStage.CANCELLED, "", actor=desk, now=NOON)
        operations.move_project(project, ProjectStage.CANCELLED, "休む", actor=desk, now=NOON)
        db.session.flush()
        assert project.stage is ProjectStage.CANCELLED
        assert not project.recruiting


def test_only_the_secretariat_publishes_and_a_reason_stays(hinode: Town) -> None:
    project_id = make_project(hinode, public=False)
    desk, staff = actor_of(hinode, Role.SECRETARIAT), actor_of(hinode, Role.STAFF)
    with tenant_scope(hinode.id):
        project = queries.get_project(desk, project_id)
        with pytest.raises(Forbidden):
            operations.publish_project(project, actor=staff, now=NOON)
        with pytest.raises(RuleViolation, match="公開されていません"):
            operations.unpublish_project(project, "誤り", actor=desk, now=NOON)
        operations.publish_project(project, actor=desk, now=NOON)
        with pytest.raises(RuleViolation, match="すでに公開"):
            operations.publish_project(project, actor=desk, now=NOON)
        operations.unpublish_project(project, "誤り", actor=desk, now=NOON)
        db.session.commit()
        assert [e.kind for e in list_history(desk, [project_id])] == [
            "ProjectUnpublished",
            "ProjectPublished",
        ]


@pytest.mark.parametrize(
    "values",
    [
        {"unpublished_at": NOON},
        {"unpublished_reason": "x"},
        {"public": False, "unpublished_at": NOON, "unpublished_reason": "x"},
        {"recruiting": True, "stage": ProjectStage.CONCLUDED},
        {"number": 0},
    ],
)
def test_the_database_refuses_what_cannot_be(hinode: Town, values: dict[str, object]) -> None:
    with pytest.raises(sa.exc.IntegrityError, match="ck_projects"):
        make_project(hinode, **values)


def test_documented_projects_come_from_the_folder_once(app: Flask, tmp_path: Path) -> None:
    town = TownFolder(copy_of_tenants(tmp_path))
    town.write("projects.toml", PROJECTS)
    tenant_id = town.read().tenant_id

    first = [str(change) for change in town.sync() if change.file == "projects.toml"]
    second = [change for change in town.sync() if change.file == "projects.toml"]

    assert len(first) == 2
    assert second == []
    with tenant_scope(tenant_id):
        newest = queries.list_newest(Actor.guest(tenant_id), 5)
        assert [(p.number, p.proposer_name) for p in newest] == [(7, "ゼロ高等学院"), (6, "")]
        assert newest[0].published_at == dt.datetime(2021, 5, 15, 10, 59, tzinfo=dt.UTC)


def test_the_folder_corrects_its_own_text_and_leaves_the_desks(app: Flask, tmp_path: Path) -> None:
    town = TownFolder(copy_of_tenants(tmp_path))
    town.write("projects.toml", PROJECTS)
    town.sync()
    tenant_id = town.read().tenant_id
    desk = Actor(tenant_id, frozenset({Role.SECRETARIAT}), name="見本")
    with tenant_scope(tenant_id):
        project = queries.get_by_number(desk, 6)
        assert project is not None
        operations.edit_project(project, DRAFT, actor=desk, now=NOON)
        db.session.commit()

    town.write("projects.toml", PROJECTS.replace("RPG", "ゲーム").replace("交流", "変更"))
    town.sync()

    with tenant_scope(tenant_id):
        seven, six = queries.list_newest(desk, 5)
        assert seven.summary == "地域をフィールドにしたリアルゲーム"
        assert six.summary == "概要"
