import datetime as dt
import threading

import pytest
import sqlalchemy as sa

from kyoso.core import clock
from kyoso.core.access import Role
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, InvalidInput, NotFound, RuleViolation
from kyoso.core.journal import list_history
from kyoso.core.scope import tenant_scope
from kyoso.municipal.workshops import queries
from kyoso.municipal.workshops.operations import (
    Settlement,
    add_ideas,
    create_workshop,
    group_ideas,
    publish_workshop,
    settle_idea,
    update_workshop,
    withdraw_workshop,
)
from kyoso.municipal.workshops.rules import Fate, IdeaDraft, IdeaSource, WorkshopStatus
from support.departments import make_department, make_tactic
from support.people import actor_of
from support.workshops import draft, first_idea, make_workshop

#: After the workshops of support/workshops.py were made, which is now.
NOON = clock.now() + dt.timedelta(hours=1)
NOTHING = Settlement(Fate.OPEN, None, None, None, "")
WRITERS = (Role.ADMIN, Role.SECRETARIAT, Role.STAFF)


@pytest.mark.parametrize("role", sorted(set(Role) - set(WRITERS)))
def test_nobody_else_writes(role, hinode):
    department = make_department(hinode)
    with tenant_scope(hinode.id):
        for writer in WRITERS:
            create_workshop(
                draft(department), workshop_id=new_id(), actor=actor_of(hinode, writer), now=NOON
            )
        with pytest.raises(Forbidden):
            create_workshop(
                draft(department), workshop_id=new_id(), actor=actor_of(hinode, role), now=NOON
            )


def test_it_is_published_with_a_summary_and_withdrawn_and_published_again(hinode):
    actor, workshop_id = actor_of(hinode, Role.STAFF), make_workshop(hinode)
    with tenant_scope(hinode.id):
        workshop = queries.get_workshop(actor, workshop_id, lock=True)
        with pytest.raises(InvalidInput):
            publish_workshop(workshop, actor=actor, now=NOON)
        said = draft(workshop.department_id, summary="24人で話しました。")
        update_workshop(workshop, said, actor=actor, now=NOON)
        publish_workshop(workshop, actor=actor, now=NOON)
        with pytest.raises(RuleViolation):
            publish_workshop(workshop, actor=actor, now=NOON)
        with pytest.raises(InvalidInput):
            update_workshop(workshop, draft(workshop.department_id), actor=actor, now=NOON)
        withdraw_workshop(workshop, actor=actor, now=NOON)
        publish_workshop(workshop, actor=actor, now=NOON)
        db.session.flush()
        assert workshop.status is WorkshopStatus.PUBLISHED
        kinds = [entry.kind for entry in list_history(actor, [workshop.id])]
        assert kinds[0] == "WorkshopPublished"
        assert "WorkshopWithdrawn" in kinds


def test_ideas_are_numbered_grouped_and_counted(hinode):
    actor, workshop_id = actor_of(hinode, Role.STAFF), make_workshop(hinode, "雪かき", "夜のバス")
    with tenant_scope(hinode.id):
        workshop = queries.get_workshop(actor, workshop_id, lock=True)
        add_ideas(workshop, [IdeaDraft("朝市", "食")], IdeaSource.CSV, actor=actor, now=NOON)
        db.session.flush()
        ideas = queries.list_ideas(actor, workshop_id)
        group_ideas(workshop, [ideas[-1]], "足", actor=actor, now=NOON)
        db.session.flush()
        found = queries.list_ideas(actor, workshop_id)
        assert [(i.group_name, i.number, i.text) for i in found] == [
            ("足", 2, "夜のバス"),
            ("食", 3, "朝市"),
            ("", 1, "雪かき"),
        ]
        row = queries.list_workshops(actor)[0]
        assert tuple(row[1:]) == (3, 0)


def test_an_idea_is_taken_up_answered_and_opened_again(hinode):
    actor, workshop_id = actor_of(hinode, Role.STAFF), make_workshop(hinode, "空き家の地図")
    tactic = make_tactic(hinode)
    idea_id = first_idea(hinode, workshop_id)
    with tenant_scope(hinode.id):
        workshop = queries.get_workshop(actor, workshop_id)
        idea = queries.get_idea(actor, workshop_id, idea_id)
        for fate in (Fate.TACTIC, Fate.NEED, Fate.PROJECT, Fate.ANSWERED):
            empty = Settlement(fate, None, None, None, "")
            with pytest.raises(InvalidInput):
                settle_idea(workshop, idea, empty, actor=actor, now=NOON)
        up = Settlement(Fate.TACTIC, tactic, None, None, "")
        settle_idea(workshop, idea, up, actor=actor, now=NOON)
        db.session.flush()
        assert (idea.fate, idea.tactic_id, idea.settled_by) == (Fate.TACTIC, tactic, actor.name)
        answered = Settlement(Fate.ANSWERED, tactic, None, None, "もうあります。")
        settle_idea(workshop, idea, answered, actor=actor, now=NOON)
        db.session.flush()
        assert (idea.fate, idea.tactic_id) == (Fate.ANSWERED, None)
        settle_idea(workshop, idea, NOTHING, actor=actor, now=NOON)
        db.session.flush()
        assert queries.count_fates([idea])[Fate.OPEN] == 1


def test_an_idea_cannot_be_taken_up_into_another_towns_tactic(hinode, minato):
    actor, workshop_id = actor_of(hinode, Role.STAFF), make_workshop(hinode, "空き家の地図")
    theirs, idea_id = make_tactic(minato), first_idea(hinode, workshop_id)
    with tenant_scope(hinode.id):
        workshop = queries.get_workshop(actor, workshop_id)
        idea = queries.get_idea(actor, workshop_id, idea_id)
        up = Settlement(Fate.TACTIC, theirs, None, None, "")
        with pytest.raises(NotFound):
            settle_idea(workshop, idea, up, actor=actor, now=NOON)


def test_the_database_refuses_a_fate_that_points_at_nothing(hinode):
    workshop_id = make_workshop(hinode, "空き家の地図")
    with tenant_scope(hinode.id), pytest.raises(sa.exc.IntegrityError, match="points_at_its_fate"):
        db.session.execute(
            sa.text("UPDATE municipal.workshop_ideas SET fate = 'need' WHERE workshop_id = :id"),
            {"id": workshop_id},
        )


def test_two_who_add_at_once_get_numbers_of_their_own(app, hinode):
    workshop_id = make_workshop(hinode)

    def add(text: str) -> None:
        actor = actor_of(hinode, Role.STAFF)
        with app.app_context(), tenant_scope(hinode.id):
            workshop = queries.get_workshop(actor, workshop_id, lock=True)
            add_ideas(workshop, [IdeaDraft(text)], IdeaSource.HAND, actor=actor, now=NOON)
            db.session.commit()

    threads = [threading.Thread(target=add, args=(f"案{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with tenant_scope(hinode.id):
        ideas = queries.list_ideas(actor_of(hinode, Role.STAFF), workshop_id)
        assert sorted(idea.number for idea in ideas) == [1, 2, 3, 4]
