"""Every change to consultations: one function for each verb, each guards, changes, records."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from kyoso.core.access import Actor, NetworkActor, authorise
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import record
from kyoso.exchange.consultations import events, mails, queries, rules
from kyoso.exchange.consultations.models import (
    Consultation,
    ConsultationAnswer,
    ConsultationCase,
    ConsultationFollow,
)
from kyoso.exchange.consultations.permissions import ConsultationPermission as May
from kyoso.exchange.consultations.queries import Asked
from kyoso.exchange.consultations.rules import ConsultationStatus as S
from kyoso.exchange.finding import Entry, Kind, put_in_search, take_out_of_search
from kyoso.exchange.know_how.operations import KnowHowDraft, create_know_how
from kyoso.exchange.know_how.rules import Field, Genre, Licence
from kyoso.exchange.networks.queries import get_joined

#: How much of a question a draft of know-how says in its summary.
SUMMARY_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asks."""

    title: str
    body: str
    tags: list[str]


def ask_network(
    question: Question,
    network_id: uuid.UUID,
    *,
    named: bool,
    consultation_id: uuid.UUID,
    actor: Actor,
    now: dt.datetime,
) -> Consultation:
    """Put a question to a network; without its name the town is in no row that others read."""
    authorise(actor, May.ASK)
    network = get_joined(actor, network_id)

    consultation = Consultation(
        network_id=network.id,
        id=consultation_id,
        owner_id=actor.tenant_id,
        town_id=actor.tenant_id if named else None,
        status=S.OPEN,
        asked_at=now,
        hidden_in=[],
    )
    _apply(consultation, question)
    db.session.add(consultation)
    db.session.flush()
    case = ConsultationCase(
        tenant_id=actor.tenant_id,
        id=consultation.id,
        network_id=network.id,
        asked_by=actor.name,
    )
    db.session.add(case)
    db.session.flush()
    _follow(consultation, actor)
    _publish(consultation)

    record(
        events.ConsultationAsked(consultation.id, network.id)
        if named
        else events.ConsultationAskedUnnamed(consultation.id),
        actor=actor,
        now=now,
    )
    return consultation


def edit_question(asked: Asked, question: Question, *, actor: Actor, now: dt.datetime) -> None:
    """Word a question differently, while nobody has answered it."""
    authorise(actor, May.ASK, asked.own)
    one = asked.consultation
    rules.check_editable(one.status, queries.count_answers_of_others(one.id))

    _apply(one, question)
    one.edited_at = now
    db.session.flush()
    _publish(one)

    record(events.ConsultationEdited(one.id), actor=actor, now=now)


def answer_consultation(
    asked: Asked, body: str, *, answer_id: uuid.UUID, actor: Actor, now: dt.datetime
) -> ConsultationAnswer:
    """Answer in one's town's name; whoever asked adds to the question, named as the question is."""
    authorise(actor, May.ANSWER)
    one = asked.consultation
    get_joined(actor, one.network_id)
    rules.check_open(one.status)

    waited = _waited(one, now)
    quiet = asked.ours and one.town_id is None
    answer = ConsultationAnswer(
        network_id=one.network_id,
        id=answer_id,
        consultation_id=one.id,
        owner_id=actor.tenant_id,
        town_id=None if quiet else actor.tenant_id,
        asker_of=one.id if asked.ours else None,
        author_name="" if quiet else actor.name,
        body=body,
        at=now,
        hidden_in=[],
    )
    db.session.add(answer)
    db.session.flush()

    record(
        events.ConsultationSupplemented(answer.id, one.network_id, one.id)
        if asked.ours
        else events.ConsultationAnswered(answer.id, one.network_id, one.id, waited),
        actor=actor,
        now=now,
    )
    return answer


def answer_as_coordinator(
    consultation: Consultation,
    body: str,
    *,
    answer_id: uuid.UUID,
    actor: NetworkActor,
    now: dt.datetime,
) -> ConsultationAnswer:
    """Answer for the coordinators of the network, in no town's name."""
    authorise(actor, May.WORK, consultation)  # type: ignore[arg-type]
    rules.check_open(consultation.status)

    answer = ConsultationAnswer(
        network_id=consultation.network_id,
        id=answer_id,
        consultation_id=consultation.id,
        owner_id=None,
        author_name=actor.name,
        body=body,
        at=now,
        hidden_in=[],
    )
    db.session.add(answer)
    db.session.flush()

    answered = events.ConsultationAnswered(answer.id, consultation.network_id, consultation.id)
    record(answered, actor=actor, now=now)
    return answer


def edit_answer(
    asked: Asked, answer: ConsultationAnswer, body: str, *, actor: Actor, now: dt.datetime
) -> None:
    """Word an answer differently within a day; that it was changed is shown."""
    authorise(actor, May.ANSWER)
    _check_ours(actor, asked, answer)
    rules.check_answer_editable(answer.at, answer.withdrawn_at, now)

    answer.body, answer.edited_at = body, now

    record(events.AnswerEdited(answer.id), actor=actor, now=now)


def withdraw_answer(
    asked: Asked, answer: ConsultationAnswer, *, actor: Actor, now: dt.datetime
) -> None:
    """Take an answer back: its words are erased, that there was one stays."""
    authorise(actor, May.ANSWER)
    _check_ours(actor, asked, answer)
    rules.check_not_withdrawn(answer.withdrawn_at)
    rules.check_accepted_stays(asked.consultation.accepted_id == answer.id)

    answer.body, answer.author_name, answer.withdrawn_at = "", "", now

    record(events.AnswerWithdrawn(answer.id), actor=actor, now=now)


def accept_answer(
    asked: Asked, answer: ConsultationAnswer, *, actor: Actor, now: dt.datetime
) -> None:
    """Say which answer solved it; no more are needed, and another may be chosen later."""
    authorise(actor, May.ASK, asked.own)
    one = asked.consultation
    rules.check_acceptable(by_asker=answer.by_asker, withdrawn_at=answer.withdrawn_at)
    if one.status is S.WITHDRAWN:
        rules.check_open(one.status)

    one.accepted_id = answer.id
    one.status, one.closed_at = S.CLOSED, one.closed_at or now
    db.session.flush()
    _publish(one)

    record(events.AnswerAccepted(one.id, answer.id), actor=actor, now=now)


def close_consultation(asked: Asked, note: str, *, actor: Actor, now: dt.datetime) -> None:
    """Take no more answers, and say what came of it."""
    authorise(actor, May.ASK, asked.own)
    one = asked.consultation
    rules.check_move(one.status, S.CLOSED)

    one.status, one.closed_at, one.closing_note = S.CLOSED, now, note
    db.session.flush()
    _publish(one)

    record(events.ConsultationClosed(one.id), actor=actor, now=now)


def reopen_consultation(asked: Asked, *, actor: Actor, now: dt.datetime) -> None:
    """Take answers again; the one that had solved it no longer counts as such."""
    authorise(actor, May.ASK, asked.own)
    one = asked.consultation
    rules.check_move(one.status, S.OPEN)

    one.status, one.closed_at, one.accepted_id, one.closing_note = S.OPEN, None, None, ""
    db.session.flush()
    _publish(one)

    record(events.ConsultationReopened(one.id), actor=actor, now=now)


def withdraw_consultation(asked: Asked, *, actor: Actor, now: dt.datetime) -> None:
    """Let only our own town see it from now on."""
    authorise(actor, May.ASK, asked.own)
    one = asked.consultation
    rules.check_move(one.status, S.WITHDRAWN)

    _take_down(one, now)

    record(events.ConsultationWithdrawn(one.id), actor=actor, now=now)


def draft_know_how(
    asked: Asked, answer: ConsultationAnswer, source: str, *, actor: Actor, now: dt.datetime
) -> uuid.UUID:
    """Make a draft of know-how of question and answer; `source` says who answered. Return its id."""
    authorise(actor, May.ASK, asked.own)
    one, case = asked.consultation, asked.own
    rules.check_convertible(one.accepted_id == answer.id, case.know_how_id is not None)

    case.know_how_id = new_id()
    parts = ["## " + _("困っていたこと"), one.body, "## " + _("わかったこと"), answer.body]
    parts += [_("（回答：%(source)s）", source=source), one.closing_note]
    summary, body = one.body[:SUMMARY_LENGTH], "\n\n".join(part for part in parts if part)
    draft = KnowHowDraft(Genre.CASE, one.title, summary, body, Field.OTHER, Licence.CC_BY)
    create_know_how(draft, know_how_id=case.know_how_id, actor=actor, now=now)

    drafted = events.KnowHowDraftedFromConsultation(one.id, case.know_how_id)
    record(drafted, actor=actor, now=now)
    return case.know_how_id


def follow_consultation(asked: Asked, *, actor: Actor, now: dt.datetime) -> None:
    """Hear of answers by mail."""
    authorise(actor, May.FOLLOW)
    get_joined(actor, asked.consultation.network_id)

    _follow(asked.consultation, actor)

    record(events.ConsultationFollowed(asked.consultation.id), actor=actor, now=now)


def unfollow_consultation(
    asked: Asked, follow: ConsultationFollow, *, actor: Actor, now: dt.datetime
) -> None:
    """Hear of answers no more."""
    authorise(actor, May.FOLLOW, follow)

    follow.ended_at = now

    record(events.ConsultationUnfollowed(asked.consultation.id), actor=actor, now=now)


def tell_followers(
    asked: Asked, answer: ConsultationAnswer, answered_by: str, *, actor: Actor, now: dt.datetime
) -> None:
    """Write to those of our town who follow and have not heard of an answer; to each once."""
    authorise(actor, May.AUTOMATE)

    follows = queries.list_to_tell(actor, asked.consultation.id, answer.id)
    for follow in follows:
        follow.told = [*follow.told, answer.id]
    people = mails.tell_followers(
        asked.consultation,
        answer,
        follows,
        ours=asked.ours,
        answered_by=answered_by,
        actor=actor,
    )

    told = events.FollowersTold(asked.consultation.id, answer.id, people)
    record(told, actor=actor, now=now)


def escalate_consultation(asked: Asked, *, actor: Actor, now: dt.datetime) -> None:
    """Ask the coordinators, once, about what nobody answered for a week."""
    authorise(actor, May.AUTOMATE, asked.own)

    one = asked.consultation
    one.escalated_at = now

    record(events.ConsultationUnanswered(one.id, one.network_id, one.title), actor=actor, now=now)


def end_consultations(network_id: uuid.UUID, *, actor: Actor, now: dt.datetime) -> None:
    """Take down what our town asked and answered in a network that it is out of."""
    authorise(actor, May.AUTOMATE)

    answers = queries.list_own_answers(actor, network_id)
    for answer in answers:
        answer.taken_down_at = now
    asked = queries.list_own_in_network(actor, network_id)
    for one in asked:
        _take_down(one, now)

    ended = events.ConsultationsEnded(network_id, len(asked), len(answers))
    record(ended, actor=actor, now=now)


def restore_to_search(consultation: Consultation, *, actor: Actor, now: dt.datetime) -> None:
    """Let a question be found again that was hidden and is shown again."""
    authorise(actor, May.AUTOMATE)

    _publish(consultation)

    record(events.ConsultationEdited(consultation.id), actor=actor, now=now)


def _waited(one: Consultation, now: dt.datetime) -> int | None:
    """Return for how many minutes a question waited for this, its first answer; else None."""
    answered = queries.count_answers_of_others(one.id)
    return None if answered else round((now - one.asked_at) / dt.timedelta(minutes=1))


def _apply(consultation: Consultation, question: Question) -> None:
    consultation.title, consultation.body = question.title, question.body
    consultation.tags = question.tags


def _publish(one: Consultation) -> None:
    """Put it into the search as it stands; no facet tells whose it is unless that is said."""
    if one.network_id in one.hidden_in:
        return
    state = rules.state_of(one.status, accepted=one.accepted_id is not None)
    facets = [f"state:{state}", f"network:{one.network_id}", *(f"tag:{tag}" for tag in one.tags)]
    if one.town_id is not None:
        facets.append(f"town:{one.town_id}")
    words = "\n".join((one.title, one.body, *one.tags))
    put_in_search(
        Entry(Kind.CONSULTATION, one.id, one.title, words, facets), network_ids=[one.network_id]
    )


def _take_down(one: Consultation, now: dt.datetime) -> None:
    one.status, one.closed_at = S.WITHDRAWN, one.closed_at or now
    db.session.flush()
    take_out_of_search(Kind.CONSULTATION, one.id)


def _follow(consultation: Consultation, actor: Actor) -> None:
    """Let the actor hear of answers; automatic changes have nobody who could."""
    if actor.membership_id is None:
        return
    follow = queries.find_follow(actor, consultation.id, lock=True)
    if follow is not None:
        follow.ended_at = None
        return
    db.session.add(
        ConsultationFollow(
            tenant_id=actor.tenant_id,
            id=new_id(),
            network_id=consultation.network_id,
            consultation_id=consultation.id,
            membership_id=actor.membership_id,
            told=[],
        )
    )


def _check_ours(actor: Actor, asked: Asked, answer: ConsultationAnswer) -> None:
    if not queries.is_ours(actor, asked, answer):
        raise Forbidden
