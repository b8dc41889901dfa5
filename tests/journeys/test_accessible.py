"""Every page that each role can reach passes axe (WCAG 2.2 AA) and fits a narrow screen.

The pages are those of the URL map: a new one is here as soon as it is registered.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page
from werkzeug.routing import Rule

from kyoso.core.access import GRANTS, Role
from kyoso.core.clock import now, today
from kyoso.core.db import db
from kyoso.core.metrics import Month
from kyoso.core.scope import tenant_scope
from kyoso.core.web import LINK, PUBLIC, SIGNED_IN
from kyoso.exchange.listed_needs.queries import list_own
from kyoso.exchange.share_requests.queries import ShareFilter, list_requests
from kyoso.exchange.talent_pool.queries import list_listings
from kyoso.exchange.talent_pool.rules import ListingStatus
from kyoso.municipal.activities import queries as activities
from kyoso.municipal.agreements import queries as agreements
from kyoso.municipal.agreements.queries import AgreementFilter
from kyoso.municipal.check_ins import queries as check_ins
from kyoso.municipal.decisions import queries as decisions
from kyoso.municipal.engagements import queries as engagements
from kyoso.municipal.engagements.queries import EngagementFilter
from kyoso.municipal.engagements.rules import EngagementStatus
from kyoso.municipal.indicators.queries import list_indicators
from kyoso.municipal.intake import queries as intake
from kyoso.municipal.posts.queries import list_posts
from kyoso.municipal.projects import queries as projects
from kyoso.municipal.recruitment_applications.queries import list_waiting
from kyoso.municipal.reviews import queries as reviews
from kyoso.municipal.workloads.queries import list_of_project
from kyoso.municipal.workshops import queries as workshops
from kyoso.municipal.workshops.operations import publish_workshop as workshops_publish
from support.allocations import own_line
from support.live import Live, check_axe, check_narrow
from support.members import PASSWORD, Person, make_member
from support.reports import make_sample_report
from support.samples import Sample, make_sample

pytestmark = [pytest.mark.browser]

#: Which proposal of the sample is fit for a page; others are shown the reviewed one.
FIT = {
    "proposals.revision_form": "asked",
    "proposals.question_form": "asked",
    "decisions.preview": "decided",
    "decisions.letter_form": "decided",
    "decisions.undo_form": "adopted",
    "decisions.revoke_form": "adopted",
    "following.cancel": "adopted",
    "following.withdraw": "submitted",
    "referrals.new": "declined",
}
#: Private links are tried in each of these states.
LINKS = ("draft", "submitted", "asked", "revision", "reviewed", "adopted", "declined", "paper")
NOT_PAGES = (
    *(".atom", ".xml", ".css", ".txt", "/healthz", "/logo", "/export", "/files/", "/feed/", "any("),
    *("/pdf", ".pdf", "/photo"),
)
#: What stands in a place of an address that is no id.
OTHERS = {"kind": "adoption", "language": "ja"}


@pytest.fixture(scope="module")
def sample(app: Flask, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    with app.app_context():
        yield make_sample(tmp_path_factory.mktemp("accessible"), "見本町")


@pytest.fixture(scope="module")
def ids(sample: Sample) -> dict[str, uuid.UUID | str]:
    """Return the id that stands in each place of an address, by the place's name."""
    actor = sample.people[Role.SECRETARIAT].actor
    with tenant_scope(sample.town.id):
        workshop = workshops.list_workshops(actor)[0][0]
        idea = workshops.list_ideas(actor, workshop.id)[0]
        workshops_publish(workshop, actor=actor, now=now())
        db.session.commit()
    with tenant_scope(sample.town.id):
        found = {
            "need_id": sample.need_id,
            "notice_id": sample.notice_id,
            "workshop_id": workshop.id,
            "idea_id": idea.id,
            "sheet_id": sample.fit_sheet_id,
            "proposal_id": sample.proposals["reviewed"],
            "membership_id": sample.people[Role.STAFF].membership_id,
            "person_id": sample.people[Role.STAFF].person_id,
            "assignment_id": reviews.list_reviews(actor, sample.proposals["reviewed"])[
                0
            ].assignment.id,
            "pause_id": intake.list_pauses(actor)[0].id,
            "guideline_id": intake.list_guidelines(actor)[0].id,
        }
        adopted = projects.get_by_proposal(actor, sample.proposals["adopted"])
        assert adopted is not None
        found["project_id"] = adopted.id
        decision = decisions.get_current(actor, sample.proposals["adopted"])
        assert decision is not None
        found["decision_id"] = decision.id
        (indicator,) = list_indicators(actor, adopted.id)
        found["indicator_id"] = indicator.id
        found["measurement_id"] = indicator.measurements[0].id
        found["stage"] = "pilot"
        found["entry_id"] = activities.list_team(actor, adopted.id)[0].id
        found["report_id"] = activities.list_published(actor)[0].id
        newest = agreements.list_agreements(actor, AgreementFilter(), today())[0]
        found["agreement_id"] = newest.id
        (load, _later) = list_of_project(actor, adopted.id)
        found["workload_id"], found["department_id"] = load.id, load.department_id
        waiting = list_waiting(actor)[0]
        found["recruitment_id"], found["application_id"] = waiting.recruitment_id, waiting.id
        found["invitation_id"] = uuid.UUID(int=0)
        found["network"] = sample.network.slug
        found["network_id"] = sample.network.id
        found["month"] = str(Month.of(today()) + -1)
        found["network_note_id"] = sample.note_id or uuid.UUID(int=0)
        found["town_id"], found["metric_id"] = sample.town.id, "proposals.received"
        found["member_id"] = sample.network.member_id
        found["coordinator_id"] = sample.network.coordinator_id
        asked, referred = sample.consultations, sample.referrals
        assert asked is not None
        assert referred is not None
        found["consultation_id"], found["answer_id"] = asked.consultation_id, asked.answer_id
        found["referral_id"], found["offer_id"] = referred.received_id, referred.offer_id
        known = sample.know_how
        found["know_how_id"], found["item_id"] = known.know_how_id, known.item_id
        found["reuse_id"], found["item_report_id"] = known.reuse_id, known.report_id
        found["item_kind"] = "know-how"
        compared = check_ins.list_standings(sample.people[Role.STAFF].actor, today())[0]
        assert compared.last is not None
        found["check_in_id"] = compared.last.id
        offered = EngagementFilter(status=EngagementStatus.OFFERED)
        (engagement,) = engagements.list_engagements(actor, offered)
        found["post_id"] = list_posts(actor)[0].id
        shown = list_listings(actor, statuses=(ListingStatus.PUBLISHED,))
        found["listing_id"], found["listed_need_id"] = shown[0].id, list_own(actor)[0].id
        running = list_requests(actor, ShareFilter(tab="running"))
        found["share_request_id"] = running[0].id
        found["engagement_id"], found["talent_id"] = engagement.id, engagement.talent_id
    found["network_report_id"] = make_sample_report(sample.town, sample.network.coordinator)
    plan_id = sample.plan_id or uuid.UUID(int=0)
    found["allocation_plan_id"] = plan_id
    found["allocation_line_id"] = own_line(sample.town, plan_id)
    return found


def pages_for(
    app: Flask, role: Role | None, sample: Sample, ids: dict[str, uuid.UUID]
) -> list[str]:
    """Return the address of every page that a role (or the public) may open."""
    found = []
    for rule in sorted(app.url_map.iter_rules(), key=lambda r: r.rule):
        if rule.endpoint == "static" or "GET" not in (rule.methods or ()):
            continue
        permission = app.view_functions[rule.endpoint].permission
        public = permission in {PUBLIC, LINK}
        mine = role is not None and (
            permission == SIGNED_IN or (not public and role in GRANTS[permission])
        )
        # A coordinator works on a network's own pages, and nobody else does.
        mine = mine and ("network" in rule.arguments) == (role is Role.COORDINATOR)
        if (role is None) != public or not (public or mine):
            continue
        if any(part in rule.rule for part in NOT_PAGES):
            continue
        links = LINKS if "token" in rule.arguments and rule.rule.startswith("/<town>/p/") else ("",)
        found += [address(app, rule, sample, ids, link) for link in links]
    return found


def address(app: Flask, rule: Rule, sample: Sample, ids: dict[str, uuid.UUID], link: str) -> str:
    values: dict[str, object] = {}
    for name in rule.arguments:
        if name == "town":
            values[name] = sample.town.slug
        elif name == "token":
            values[name] = sample.links[link] if link else "no-such-token"
        elif name == "proposal_id" and rule.endpoint in FIT:
            values[name] = sample.proposals[FIT[rule.endpoint]]
        elif name == "number":
            values[name] = sample.project_number
        elif name in ids:
            values[name] = ids[name]
        else:
            values[name] = OTHERS.get(name, "2020-01-01")
    with app.test_request_context():
        return app.url_map.bind("localhost").build(rule.endpoint, values)


#: What was checked already, whoever it was shown to: without the ids of forms and tokens.
checked: set[str] = set()
OF_ONE_FORM = re.compile(r'value="[^"]{36,}"')


def sweep(page: Page, addresses: list[str]) -> int:
    """Check each page; a redirect is followed and its end checked once.

    What lies around a page is checked with the first one. Where its contents are what another
    role has been shown, to the byte, they pass again without being asked.
    """
    seen: set[str] = set()
    for wanted in addresses:
        response = page.goto(wanted)
        assert response is not None
        assert response.status < 500, f"{wanted}: {response.status}"
        if page.url in seen:
            continue
        seen.add(page.url)
        contents = OF_ONE_FORM.sub("", page.locator("main").first.inner_html())
        if contents in checked and len(seen) > 1:
            continue
        checked.add(contents)
        check_axe(page)
        page.set_viewport_size({"width": 320, "height": 800})
        check_narrow(page)
        page.set_viewport_size({"width": 1280, "height": 900})
    return len(seen)


def enter(page: Page, person: Person) -> None:
    page.goto("/sign-in")
    page.locator("#f-email").fill(person.email)
    page.locator("#f-password").fill(PASSWORD)
    page.locator("main form button").first.click()
    page.wait_for_url("**/desk/")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_public_pages(app, live: Live, open_page, sample, ids, language):
    page = open_page()
    page.goto(f"/?lang={language}")
    assert sweep(page, pages_for(app, None, sample, ids)) > 30


@pytest.mark.parametrize("role", [Role.ADMIN, Role.SECRETARIAT, Role.STAFF, Role.AUDITOR])
def test_pages_of_the_desk(app, live: Live, open_page, sample, ids, role):
    page = open_page()
    enter(page, sample.people[role])
    assert sweep(page, pages_for(app, role, sample, ids)) > 12


def test_pages_of_coordinators(app, live: Live, open_page, sample, ids):
    page = open_page()
    page.goto("/sign-in")
    page.locator("#f-email").fill(sample.network.coordinator.email)
    page.locator("#f-password").fill(PASSWORD)
    page.locator("main form button").first.click()
    page.wait_for_url("**/my-towns")
    check_axe(page)
    assert sweep(page, pages_for(app, Role.COORDINATOR, sample, ids)) > 5


def test_pages_of_the_desk_in_english(app, live: Live, open_page, sample, ids):
    page = open_page()
    page.goto("/?lang=en")
    enter(page, sample.people[Role.SECRETARIAT])
    assert sweep(page, pages_for(app, Role.SECRETARIAT, sample, ids)) > 20


def test_forms_with_errors(live: Live, open_page, sample):
    page = open_page()
    page.goto(f"/{sample.town.slug}/propose")
    enter(page, sample.people[Role.SECRETARIAT])
    for address in ("needs/new", "notices/new", "proposals/enter"):
        page.goto(f"/{sample.town.slug}/desk/{address}")
        page.locator("main form button[type=submit]").first.click()
        page.locator(".error-summary").wait_for()
        check_axe(page)


def test_empty_pages(app, live: Live, open_page, sample, tmp_path):
    from support.people import make_town

    town = make_town("空の町")
    person = make_member(town, Role.ADMIN)
    page = open_page()
    enter(page, person)
    desk = f"/{town.slug}/desk"
    sweep(
        page,
        [
            f"{desk}/{place}"
            for place in ("", "proposals/", "needs/", "projects/", "notices/", "intake/", "people")
        ]
        + [f"/{town.slug}/{place}" for place in ("", "projects", "needs", "news", "faq", "about")],
    )
