"""What the desk gathers of proposals for today's page. Rows, not entities: it is opened often."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from kyoso.core.access import Actor
from kyoso.core.db import db, first_id_of
from kyoso.core.journal import JournalEntry
from kyoso.municipal.projects.queries import Project
from kyoso.municipal.proposals.queries import (
    INBOX_COLUMNS,
    MessageKind,
    Proposal,
    ProposalMessage,
)
from kyoso.municipal.proposals.rules import IN_TALK, UNREAD, WAITING, ProposalStatus
from kyoso.municipal.recruiting.queries import JoinAnswer
from kyoso.municipal.recruiting.rules import AnswerState


def list_waiting(
    actor: Actor, today: dt.date, *, limit: int = 50
) -> Sequence[sa.Row[*tuple[Any, ...]]]:
    """Return what waits for the town, most urgent first, as rows of INBOX_COLUMNS.

    Each row also carries how many there are in all: waiting, unread, in_review, overdue.
    """
    count = sa.func.count()
    return db.session.execute(
        sa.select(
            *INBOX_COLUMNS,
            count.over().label("waiting"),
            count.filter(Proposal.status.in_(UNREAD)).over().label("unread"),
            count.filter(Proposal.status == ProposalStatus.IN_REVIEW).over().label("in_review"),
            count.filter(Proposal.answer_by < today).over().label("overdue"),
        )
        .where(Proposal.tenant_id == actor.tenant_id, Proposal.status.in_(WAITING))
        .order_by(Proposal.answer_by.asc().nulls_last(), Proposal.id)
        .limit(limit)
    ).all()


def list_news(
    actor: Actor, since: dt.datetime, *, limit: int = 40
) -> Sequence[sa.Row[*tuple[Any, ...]]]:
    """Return what came in: replies since a moment, and what nobody has dealt with yet.

    Rows: part ("reply"; "entered" for paper entries that their proposers have yet to confirm;
    "joining" for people who want to join a project, with the project's id, number and title),
    id, number, submitted_at, title, name, at; newest first.
    """
    titled = (Proposal.id, Proposal.number, Proposal.submitted_at, Proposal.title)
    replies = (
        sa.select(
            sa.literal("reply").label("part"),
            *titled,
            ProposalMessage.author_name.label("name"),
            ProposalMessage.at.label("at"),
        )
        .join(
            ProposalMessage,
            sa.and_(
                ProposalMessage.tenant_id == Proposal.tenant_id,
                ProposalMessage.proposal_id == Proposal.id,
            ),
        )
        .where(
            Proposal.tenant_id == actor.tenant_id,
            Proposal.status.in_(IN_TALK),
            ProposalMessage.kind == MessageKind.REPLY,
            ProposalMessage.at >= since,
        )
    )
    entered = sa.select(
        sa.literal("entered"), *titled, Proposal.proposer_name, Proposal.created_at
    ).where(
        Proposal.tenant_id == actor.tenant_id,
        Proposal.status == ProposalStatus.DRAFT,
        Proposal.entered_by != "",
    )
    answers = (
        sa.select(
            sa.literal("joining"),
            Project.id,
            Project.number,
            JoinAnswer.created_at,
            Project.title,
            JoinAnswer.name,
            JoinAnswer.created_at,
        )
        .join(
            JoinAnswer,
            sa.and_(JoinAnswer.tenant_id == Project.tenant_id, JoinAnswer.project_id == Project.id),
        )
        .where(Project.tenant_id == actor.tenant_id, JoinAnswer.state == AnswerState.NEW)
    )
    return db.session.execute(
        sa.union_all(replies, entered, answers).order_by(sa.text('"at" DESC')).limit(limit)
    ).all()


#: Drafts that are kept while somebody writes: in the history, and no news.
_UNREMARKABLE = ("ProposalStarted", "ProposalSaved", "ReviewSaved")


def list_changes(
    actor: Actor, since: dt.datetime, *, limit: int = 30
) -> Sequence[sa.Row[*tuple[Any, ...]]]:
    """Return what happened to received proposals since a moment, newest first.

    Rows: proposal_id, number, submitted_at, title, kind, actor_name, at.
    """
    return db.session.execute(
        sa.select(
            Proposal.id.label("proposal_id"),
            Proposal.number,
            Proposal.submitted_at,
            Proposal.title,
            JournalEntry.kind,
            JournalEntry.actor_name,
            JournalEntry.at,
        )
        .join(
            Proposal,
            sa.and_(
                Proposal.tenant_id == JournalEntry.tenant_id,
                Proposal.id == JournalEntry.subject_id,
            ),
        )
        .where(
            JournalEntry.tenant_id == actor.tenant_id,
            # Ids are made from the time, so the primary key finds the recent ones.
            JournalEntry.id >= first_id_of(since),
            JournalEntry.kind.not_in(_UNREMARKABLE),
            # What is told afterwards, as in the demo, has an id of today and a time of its own.
            JournalEntry.at >= since,
            sa.or_(Proposal.submitted_at.is_not(None), Proposal.entered_by != ""),
        )
        .order_by(JournalEntry.at.desc(), JournalEntry.id.desc())
        .limit(limit)
    ).all()
