import uuid

import pytest

from kyoso.core.access import Actor, Role
from kyoso.core.errors import Forbidden, RuleViolation
from kyoso.municipal.projects import rules
from kyoso.municipal.projects.rules import ENDED, NEXT, ProjectStage, check_move, needs_reason

STAGES = list(ProjectStage)
MINE, OTHER = uuid.uuid4(), uuid.uuid4()


def somebody(*roles: Role) -> Actor:
    return Actor(uuid.uuid4(), frozenset(roles), department_ids=frozenset({MINE}))


@pytest.mark.parametrize("now", STAGES)
@pytest.mark.parametrize("to", STAGES)
def test_a_move_is_allowed_exactly_when_the_table_lists_it(
    now: ProjectStage, to: ProjectStage
) -> None:
    if to in NEXT[now]:
        check_move(now, to, "理由")
    else:
        with pytest.raises(RuleViolation, match=f"「{now.label}」のプロジェクト"):
            check_move(now, to, "理由")


@pytest.mark.parametrize("now", STAGES)
@pytest.mark.parametrize("to", STAGES)
def test_a_move_back_to_rest_or_out_needs_its_reason(now: ProjectStage, to: ProjectStage) -> None:
    if to not in NEXT[now]:
        return
    if needs_reason(now, to):
        with pytest.raises(RuleViolation, match="理由を書いてください"):
            check_move(now, to, "")
    else:
        check_move(now, to, "")


def test_the_usual_way_needs_no_reason() -> None:
    for now, to in zip(rules.WAY, rules.WAY[1:], strict=False):
        assert not needs_reason(now, to)
    assert needs_reason(ProjectStage.EVALUATION, ProjectStage.PILOT)
    assert needs_reason(ProjectStage.CONCLUDED, ProjectStage.OPERATION)


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_has_its_words(stage: ProjectStage) -> None:
    assert stage.label
    assert stage.meaning
    assert stage.tone in {"neutral", "info", "success", "warning", "danger"}


@pytest.mark.parametrize("stage", STAGES)
def test_what_has_ended_looks_for_nobody(stage: ProjectStage) -> None:
    rules.check_recruiting(stage, False)
    if stage in ENDED:
        with pytest.raises(RuleViolation, match="募集できません"):
            rules.check_recruiting(stage, True)
    else:
        rules.check_recruiting(stage, True)


@pytest.mark.parametrize(
    ("role", "department", "to", "allowed"),
    [
        (Role.ADMIN, OTHER, MINE, True),
        (Role.SECRETARIAT, None, OTHER, True),
        (Role.STAFF, MINE, MINE, True),
        (Role.STAFF, OTHER, OTHER, False),
        (Role.STAFF, None, None, False),
        (Role.STAFF, MINE, OTHER, False),
        (Role.STAFF, MINE, None, False),
        (Role.AUDITOR, MINE, MINE, False),
    ],
)
def test_staff_write_in_their_own_projects_only(
    role: Role, department: uuid.UUID | None, to: uuid.UUID | None, allowed: bool
) -> None:
    if allowed:
        rules.check_may_edit(somebody(role), department, to)
    else:
        with pytest.raises(Forbidden):
            rules.check_may_edit(somebody(role), department, to)
