"""Every change to applications: one function for each verb, each guards, changes, records."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kyoso.core import files
from kyoso.core.access import Actor, authorise
from kyoso.core.clock import JST
from kyoso.core.db import db
from kyoso.core.files import CheckedFile
from kyoso.core.journal import record
from kyoso.core.mail import forget_mails
from kyoso.identity.members.queries import get_member
from kyoso.municipal.recruitment_applications import events, mails, queries, rules
from kyoso.municipal.recruitment_applications.models import (
    RecruitmentApplication,
    RecruitmentMessage,
)
from kyoso.municipal.recruitment_applications.permissions import ApplicationPermission as May
from kyoso.municipal.recruitment_applications.rules import ApplicationState as A
from kyoso.municipal.recruitment_applications.rules import MessageKind
from kyoso.municipal.recruitments import rules as recruitments
from kyoso.municipal.recruitments.operations import close_recruitment
from kyoso.municipal.recruitments.queries import Recruitment
from kyoso.municipal.recruitments.rules import RecruitmentStatus
from kyoso.tenancy.queries import get_tenant


@dataclass(frozen=True, slots=True)
class ApplicationDraft:
    """What somebody tells of themselves who applies."""

    name: str
    kana: str
    email: str
    affiliation: str
    skills: Sequence[str]
    hours_a_month: int
    message: str
    links: Sequence[str]


def send_application(
    recruitment: Recruitment,
    draft: ApplicationDraft,
    uploads: Sequence[CheckedFile],
    *,
    form_id: uuid.UUID,
    token: str,
    locale: str,
    actor: Actor,
    now: dt.datetime,
) -> RecruitmentApplication:
    """Take an application in, and write to the applicant and to the desk.

    `token` is the secret of the private link that the visitor holds already.
    """
    authorise(actor, May.APPLY, recruitment)
    recruitments.check_open(recruitment, now.astimezone(JST).date())
    recruitments.check_skills(draft.skills)
    rules.check_links(draft.links)
    rules.check_files(len(uploads))

    application = RecruitmentApplication(
        id=form_id,
        tenant_id=actor.tenant_id,
        recruitment_id=recruitment.id,
        number=queries.next_number(actor),
        locale=locale,
        state=A.RECEIVED,
        waiting_since=now,
        keep_days=rules.keep_days(get_tenant(actor.tenant_id).declaration),
        created_at=now,
        moved_at=now,
        **_values(draft),
    )
    db.session.add(application)
    holder = _holder(application)
    mails.new_link(application, now=now, token=token)
    files.keep_files(uploads, subject_id=application.id, actor=holder)
    mails.tell_applicant(application, recruitment, "received", now=now)
    mails.tell_desk(application, recruitment, "arrived")

    event = events.ApplicationReceived(application.id, application.number)
    record(event, actor=holder, now=now)
    return application


def answer_applicants(
    recruitment: Recruitment,
    letters: Mapping[uuid.UUID, str],
    to: RecruitmentStatus,
    *,
    tell_undecided: bool,
    actor: Actor,
    now: dt.datetime,
) -> int:
    """End a recruitment, and write to everybody who was not chosen; return to how many.

    `letters` are those that were previewed, by application: nobody is left without an answer.
    """
    authorise(actor, May.SELECT, recruitment)
    applications = queries.list_applications_of(actor, recruitment.id, lock=True)
    waiting = queries.to_tell(applications)
    rules.check_letters([one.id for one in waiting], letters)
    rules.check_all_answered(rules.count_ending(applications).undecided, tell_undecided)

    close_recruitment(recruitment, to, actor=actor, now=now)
    for one in waiting:
        _move(one, A.NOT_SELECTED, now=now)
        one.letter = letters[one.id]
        one.told_at = one.ended_at = now
        mails.tell_applicant(one, recruitment, "not_selected", now=now)

    event = events.ApplicantsAnswered(recruitment.id, len(waiting))
    record(event, actor=actor, now=now)
    return len(waiting)


def write_to_applicant(
    application: RecruitmentApplication,
    recruitment: Recruitment,
    body: str,
    *,
    message_id: uuid.UUID,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Write to an applicant, who reads and answers through the private link."""
    authorise(actor, May.SELECT, application)
    rules.check_may_handle(actor, recruitment.department_id, application.membership_id)
    rules.check_in_talk(application)

    _say(application, MessageKind.TOWN, body, message_id, actor=actor, now=now)
    application.waiting_since = None
    if application.state is A.RECEIVED:
        _move(application, A.IN_CONVERSATION, now=now)
    mails.tell_applicant(application, recruitment, "message", now=now, body=body)

    record(events.ApplicantWritten(application.id), actor=actor, now=now)


def write_to_town(
    application: RecruitmentApplication,
    recruitment: Recruitment,
    body: str,
    *,
    message_id: uuid.UUID,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Answer the town, or add something, as the applicant."""
    authorise(actor, May.FOLLOW, application)
    rules.check_in_talk(application)

    _say(application, MessageKind.APPLICANT, body, message_id, actor=actor, now=now)
    application.waiting_since = application.waiting_since or now
    mails.tell_desk(application, recruitment, "replied")

    record(events.ApplicantReplied(application.id), actor=actor, now=now)


def note_application(
    application: RecruitmentApplication,
    recruitment: Recruitment,
    body: str,
    *,
    message_id: uuid.UUID,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Write something down that only the town reads."""
    authorise(actor, May.SELECT, application)
    rules.check_may_handle(actor, recruitment.department_id, application.membership_id)
    rules.check_not_erased(application.erased_at)

    _say(application, MessageKind.NOTE, body, message_id, actor=actor, now=now)

    record(events.ApplicationNoted(application.id), actor=actor, now=now)


def assign_application(
    application: RecruitmentApplication,
    recruitment: Recruitment,
    membership_id: uuid.UUID | None,
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Entrust an application to a member, also of another department, or to nobody again."""
    authorise(actor, May.SELECT, application)
    rules.check_may_handle(actor, recruitment.department_id, application.membership_id)
    member = get_member(actor, membership_id) if membership_id else None

    application.membership_id = membership_id

    event = events.ApplicationAssigned(application.id, member.name if member else "")
    record(event, actor=actor, now=now)


def see_application(
    application: RecruitmentApplication, recruitment: Recruitment, *, actor: Actor, now: dt.datetime
) -> None:
    """Say that what waits needs no answer now."""
    authorise(actor, May.SELECT, application)
    rules.check_may_handle(actor, recruitment.department_id, application.membership_id)

    application.waiting_since = None

    record(events.ApplicationSeen(application.id), actor=actor, now=now)


def move_application(
    application: RecruitmentApplication,
    recruitment: Recruitment,
    to: A,
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Go a step further, or back, without telling: a "no" is told when the recruitment ends."""
    authorise(actor, May.SELECT, application)
    rules.check_may_handle(actor, recruitment.department_id, application.membership_id)
    rules.check_silent_move(application, to)

    before = application.state
    _move(application, to, now=now)

    record(events.ApplicationMoved(application.id, before, to), actor=actor, now=now)


def select_application(
    application: RecruitmentApplication, recruitment: Recruitment, *, actor: Actor, now: dt.datetime
) -> None:
    """Choose an applicant and tell them; the invitation follows, see subscribers.py."""
    authorise(actor, May.SELECT, application)
    rules.check_may_handle(actor, recruitment.department_id, application.membership_id)
    rules.check_state(application, A.SELECTED)

    _move(application, A.SELECTED, now=now)
    mails.tell_applicant(application, recruitment, "selected", now=now)

    record(events.ApplicationSelected(application.id), actor=actor, now=now)


def withdraw_application(
    application: RecruitmentApplication, recruitment: Recruitment, *, actor: Actor, now: dt.datetime
) -> None:
    """Take an application back, as the applicant."""
    authorise(actor, May.FOLLOW, application)
    rules.check_state(application, A.WITHDRAWN)

    _move(application, A.WITHDRAWN, now=now)
    application.ended_at = now
    mails.tell_desk(application, recruitment, "withdrawn")

    record(events.ApplicationWithdrawn(application.id), actor=actor, now=now)


def add_files(
    application: RecruitmentApplication,
    uploads: Sequence[CheckedFile],
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Hand files in later, as the applicant."""
    authorise(actor, May.FOLLOW, application)
    rules.check_in_talk(application)
    rules.check_files(len(files.list_files(actor, application.id)) + len(uploads))

    files.keep_files(uploads, subject_id=application.id, actor=actor)
    application.waiting_since = application.waiting_since or now

    record(events.ApplicationFilesAdded(application.id, len(uploads)), actor=actor, now=now)


def resend_link(
    application: RecruitmentApplication, recruitment: Recruitment, *, actor: Actor, now: dt.datetime
) -> None:
    """Send a new private link to the address that the application has, and to no other."""
    authorise(actor, May.SELECT if actor.membership_id else May.FOLLOW, application)
    if actor.membership_id:
        rules.check_may_handle(actor, recruitment.department_id, application.membership_id)
    rules.check_not_erased(application.erased_at)

    mails.tell_applicant(application, recruitment, "link", now=now)

    record(events.ApplicationLinkSent(application.id), actor=actor, now=now)


def erase_application(
    application: RecruitmentApplication, *, actor: Actor, now: dt.datetime
) -> None:
    """Erase what an applicant told of themselves; that somebody applied, and when, stays."""
    authorise(actor, May.ERASE, application)
    rules.check_erasable(application.ended_at, application.keep_days, now)

    application.name = application.kana = application.email = application.affiliation = ""
    application.message = application.letter = ""
    application.skills, application.links = [], []
    application.waiting_since, application.erased_at = None, now
    for message in queries.list_written(actor, application.id):
        message.body = ""
    files.erase_files(actor, application.id, now=now)
    forget_mails(actor, application.id)

    record(events.ApplicationErased(application.id), actor=actor, now=now)


def _values(draft: ApplicationDraft) -> dict[str, object]:
    values = {field.name: getattr(draft, field.name) for field in dataclasses.fields(draft)}
    # The database has lists.
    return values | {"skills": list(draft.skills), "links": list(draft.links)}


def _holder(application: RecruitmentApplication) -> Actor:
    # Without their name: the journal keeps it for ever.
    return Actor.link_holder(application.tenant_id, application.id, "")


def _move(application: RecruitmentApplication, to: A, *, now: dt.datetime) -> None:
    application.state, application.moved_at, application.waiting_since = to, now, None


def _say(
    application: RecruitmentApplication,
    kind: MessageKind,
    body: str,
    message_id: uuid.UUID,
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    db.session.add(
        RecruitmentMessage(
            id=message_id,
            tenant_id=application.tenant_id,
            application_id=application.id,
            kind=kind,
            body=body,
            author_name=actor.name,
            at=now,
        )
    )
