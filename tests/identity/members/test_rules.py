from itertools import combinations

import pytest

from kyoso.core.access import MEMBER_ROLES, Role
from kyoso.core.errors import RuleViolation
from kyoso.identity.members import rules

COMBINATIONS = [c for n in range(1, len(MEMBER_ROLES) + 1) for c in combinations(MEMBER_ROLES, n)]


@pytest.mark.parametrize("roles", COMBINATIONS, ids=lambda roles: "+".join(roles))
def test_an_auditor_is_nothing_else(app, roles):
    problem = rules.roles_problem(roles)
    if Role.AUDITOR in roles and len(roles) > 1:
        assert "閲覧者" in problem
    else:
        assert problem is None


def test_a_member_is_something(app):
    assert "一つ以上" in rules.roles_problem([])


@pytest.mark.parametrize("role", [role for role in Role if role not in MEMBER_ROLES])
def test_roles_that_come_otherwise_are_not_given_here(app, role):
    with pytest.raises(RuleViolation):
        rules.check_roles([role])


def test_roles_are_kept_once_and_in_order():
    wanted = [Role.STAFF, Role.ADMIN, Role.STAFF]
    assert rules.sorted_roles(wanted) == [Role.ADMIN, Role.STAFF]


@pytest.mark.parametrize(("admins", "allowed"), [(0, False), (1, False), (2, True), (3, True)])
def test_the_last_administrator_stays(app, admins, allowed):
    if allowed:
        rules.check_admin_left(admins)
        return
    with pytest.raises(RuleViolation, match="ただ一人の管理者"):
        rules.check_admin_left(admins)


def test_the_journal_shows_words_and_hides_what_is_for_machines(app):
    facts = {"id": "0192", "name": "見本", "email": "a@example.jp", "roles": ["admin", "staff"]}
    assert rules.facts_in_words(facts) == "見本、a@example.jp、管理者・職員"
    assert rules.facts_in_words({}) == ""
