"""Projects and adopted proposals for tests."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from kyoso.core.db import db, new_id
from kyoso.core.scope import tenant_scope
from kyoso.core.search import search_key
from kyoso.municipal.projects.models import Project
from kyoso.municipal.projects.rules import ProjectStage
from kyoso.municipal.proposals.models import Proposal
from kyoso.municipal.proposals.rules import ProposalStatus, ProposerKind, Source
from support.people import Town

NOON = dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC)


def make_project(town: Town, number: int = 1, *, public: bool = True, **values: Any) -> uuid.UUID:
    """Keep a project of a town; public unless said otherwise."""
    project = Project(
        **{
            "id": new_id(),
            "tenant_id": town.id,
            "number": number,
            "title": f"空き家の活用 その{number}",
            "summary": "空き家を宿にする。",
            "proposer_name": "みほん商店（見本）",
            "stage": ProjectStage.PLANNING,
            "published_at": NOON if public else None,
            "changed_at": NOON,
            **values,
        }
    )
    words = (f"No.{number}", project.title, project.summary, project.proposer_name)
    project.search_key = search_key("\n".join(words))
    with tenant_scope(town.id):
        db.session.add(project)
        db.session.commit()
    return project.id


def make_adopted_proposal(town: Town, **values: Any) -> uuid.UUID:
    """Keep an adopted proposal of a town."""
    proposal = Proposal(
        **{
            "id": new_id(),
            "tenant_id": town.id,
            "number": 1,
            "status": ProposalStatus.ADOPTED,
            "source": Source.WEB,
            "proposer_kind": ProposerKind.COMPANY,
            "proposer_name": "見本 太郎（見本）",
            "public_name": "みほん商店（見本）",
            "email": "mihon@example.jp",
            "title": "雪かきの助け合い",
            "wish": "だれにも見せない下書きの言葉",
            "submitted_at": NOON,
            "moved_at": NOON,
            **values,
        }
    )
    with tenant_scope(town.id):
        db.session.add(proposal)
        db.session.commit()
    return proposal.id
