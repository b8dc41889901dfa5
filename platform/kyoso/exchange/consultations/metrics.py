"""What is counted of consultations, month by month.

Of what is asked without a name nothing is counted for the town that asked: who knows how many
questions a town had, and sees those with its name, would know the rest. It counts with the towns
that answer, who answer in their own name. The statements are here, since queries.py is as long as
a file may be.
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa

from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.journal import JournalEntry
from kyoso.core.metrics import (
    Direction,
    Figure,
    Figures,
    Kind,
    Metric,
    Month,
    Unit,
    counts_in_network,
    declare,
)
from kyoso.exchange.consultations.events import ConsultationAnswered
from kyoso.exchange.consultations.models import Consultation, ConsultationAnswer

ASKED = declare(
    Metric(
        "consultations.asked",
        _l("町名を出して相談した数"),
        Unit.CASES,
        _l(
            "月のうちに、この町が町名を出してこのネットワークに相談した数。あとで取り下げたものも含みます。"
            "町名を伏せた相談は、どの町のものか推し量られないよう、ここには数えません"
            "（回答した町の「回答した相談」と「最初の回答までの時間」には入ります）。"
        ),
        Kind.FLOW,
        Direction.MORE,
        since=dt.date(2025, 4, 1),
    )
)

ANSWERED = declare(
    Metric(
        "consultations.answered",
        _l("回答した相談"),
        Unit.CASES,
        _l(
            "月のうちに、ほかの自治体の相談にこの町が回答した数。同じ相談への二度目からの回答は、その月には"
            "数えません。月末までに取り下げた回答も数えません。一つの相談に二つの町が回答すれば、"
            "それぞれの町で1件です。町名を伏せた相談への回答も含みます。"
        ),
        Kind.FLOW,
        Direction.MORE,
        since=dt.date(2025, 4, 1),
    )
)

FIRST_ANSWER = declare(
    Metric(
        "consultations.hours_to_first_answer",
        _l("相談への最初の回答までの時間"),
        Unit.HOURS,
        _l(
            "月のうちに、この町がどの町よりも先に回答した相談について、相談が出てから回答するまでの時間の中央値"
            "（月末までに取り下げた回答を除きます）。"
            "最初に回答した町だけが数えるので、ネットワークで合わせると、相談ごとに1件になります。町名を伏せた"
            "相談も含みます。広域事務局が先に回答した相談は含みません。"
        ),
        Kind.MEDIAN,
        Direction.LESS,
        since=dt.date(2025, 4, 1),
    )
)


@counts_in_network
def count_consultations(actor: Actor, month: Month, network_id: uuid.UUID) -> Figures:
    """Count what the town asked in its name and answered in a month, and how fast it was first."""
    asked = sa.select(sa.func.count()).where(
        Consultation.network_id == network_id,
        Consultation.town_id == actor.tenant_id,
        Consultation.asked_at >= month.begins,
        Consultation.asked_at < month.ends,
    )
    answer, entry = ConsultationAnswer, JournalEntry
    ours = (
        answer.network_id == network_id,
        answer.town_id == actor.tenant_id,
        answer.asker_of.is_(None),
        answer.at >= month.begins,
        answer.at < month.ends,
        sa.or_(answer.withdrawn_at.is_(None), answer.withdrawn_at >= month.ends),
    )
    answered = sa.select(sa.func.count(answer.consultation_id.distinct())).where(*ours)
    waited = entry.facts["waited_minutes"].as_integer()
    first = db.session.scalars(
        sa.select(waited)
        .join(answer, sa.and_(answer.town_id == entry.tenant_id, answer.id == entry.subject_id))
        .where(
            *ours,
            entry.tenant_id == actor.tenant_id,
            entry.kind == ConsultationAnswered.__name__,
            waited.is_not(None),
        )
        .order_by(waited)
    )
    return {
        ASKED: Figure(db.session.scalars(asked).one()),
        ANSWERED: Figure(db.session.scalars(answered).one()),
        FIRST_ANSWER: Figure(sample=tuple(round(minutes / 60, 2) for minutes in first)),
    }
