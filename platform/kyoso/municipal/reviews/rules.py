"""Who reviews, what a score may be, and who may see it. Pure: no database, clock or request."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kyoso.core.access import Actor, Role
from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.municipal.intake.rules import words_of

#: Who can be asked to review.
REVIEWER_ROLES = frozenset({Role.ADMIN, Role.SECRETARIAT, Role.STAFF})
#: Who decides, and so sees every review before the decision.
DECIDER_ROLES = frozenset({Role.ADMIN, Role.SECRETARIAT})
#: The highest score of a criterion that does not say its own.
USUAL_MAX = 5


class Recommendation(enum.StrEnum):
    """What a reviewer advises."""

    ADOPT = "adopt"
    CONDITIONS = "conditions"
    DECLINE = "decline"
    NONE = "none"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_RECOMMENDATIONS[self])


_RECOMMENDATIONS = {
    Recommendation.ADOPT: _l("採択がよい"),
    Recommendation.CONDITIONS: _l("条件付きの採択がよい"),
    Recommendation.DECLINE: _l("今回は見送りがよい"),
    Recommendation.NONE: _l("どちらともいえない"),
}


class ReviewState(enum.StrEnum):
    """How far one reviewer is."""

    WAITING = "waiting"
    STARTED = "started"
    SUBMITTED = "submitted"
    OUT = "out"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_STATES[self][0])

    @property
    def tone(self) -> str:
        """The tone of the tag beside the word: see components/page.html."""
        return _STATES[self][1]


_STATES = {
    ReviewState.WAITING: (_l("まだ"), "neutral"),
    ReviewState.STARTED: (_l("記入中"), "info"),
    ReviewState.SUBMITTED: (_l("提出済み"), "success"),
    ReviewState.OUT: (_l("利害関係のため外れました"), "warning"),
}


#: One of the policy's criteria: {key, label, max, weight}.
Criterion = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the review of one proposal is."""

    submitted: int
    #: Assigned and neither out nor withdrawn.
    active: int
    #: How many the policy asks for.
    needed: int

    @property
    def complete(self) -> bool:
        """Tell whether as many as needed have handed in, and nobody is still at it."""
        return self.submitted >= self.needed and self.submitted == self.active


@dataclass(frozen=True, slots=True)
class Average:
    """What the reviewers gave for one criterion."""

    key: str
    mean: float | None
    max: int


def check_can_review(name: str, roles: Collection[str], *, active: bool) -> None:
    """Refuse somebody who does not work on proposals, or no longer."""
    if not active or not REVIEWER_ROLES & set(roles):
        raise RuleViolation(
            _(
                "%(name)sさんには審査をお願いできません。管理者・事務局・職員のうち、"
                "いま有効な方を選んでください。",
                name=name,
            )
        )


def check_is_reviewer(own: bool, *, withdrawn: bool) -> None:
    """Refuse to write somebody else's review, or one that is no longer asked for."""
    if not own:
        raise RuleViolation(_("審査を書けるのは、担当の本人だけです。"))
    if withdrawn:
        raise RuleViolation(_("この審査の担当から外れています。画面を読み込み直してください。"))


def check_open(*, in_review: bool) -> None:
    """Refuse a change to the reviews before the review begins and after it ends."""
    if not in_review:
        raise RuleViolation(
            _("この提案はいま審査中ではないため、審査を書いたり担当を変えたりできません。")
        )


def check_no_interest(declared: bool) -> None:
    """Refuse somebody who has declared an interest in the proposal."""
    if declared:
        raise RuleViolation(
            _("利害関係を申し出た提案の審査や決定には加われません。ほかの方にお願いしてください。")
        )


def score_max(criterion: Criterion) -> int:
    """Return the highest score of a criterion."""
    return int(criterion.get("max") or USUAL_MAX)


def check_scores(
    scores: Mapping[str, int], criteria: Sequence[Criterion], *, complete: bool
) -> None:
    """Refuse a score out of range or for no criterion, and with `complete` a missing one.

    The error's fields are named ``score-<key>``, as the form's are.
    """
    known = {str(c.get("key")): c for c in criteria}
    errors: dict[str, list[str]] = {}
    for key, score in scores.items():
        if key not in known:
            errors[f"score-{key}"] = [_("この町の審査の観点にありません。")]
        elif not 1 <= score <= score_max(known[key]):
            errors[f"score-{key}"] = [
                _("1から%(max)sまでの点数を選んでください。", max=score_max(known[key]))
            ]
    if complete:
        for key in known.keys() - scores.keys():
            errors[f"score-{key}"] = [_("点数を選んでください。")]
    if errors:
        raise InvalidInput(errors)


def asked(criteria: Sequence[Criterion]) -> list[dict[str, Any]]:
    """Return the criteria as a form and a table show them, in the reader's language."""
    return [
        {
            "key": str(criterion["key"]),
            "label": words_of(criterion),
            "hint": words_of(criterion, "hint"),
            "max": score_max(criterion),
            "weight": criterion.get("weight") or 1,
        }
        for criterion in criteria
    ]


def state_of(*, submitted: bool, declared_interest: bool, begun: bool) -> ReviewState:
    """Return how far a reviewer is."""
    if declared_interest:
        return ReviewState.OUT
    if submitted:
        return ReviewState.SUBMITTED
    return ReviewState.STARTED if begun else ReviewState.WAITING


def progress_of(states: Iterable[ReviewState], needed: int) -> Progress:
    """Return how far a review is, from how far each reviewer is."""
    active = [state for state in states if state is not ReviewState.OUT]
    return Progress(active.count(ReviewState.SUBMITTED), len(active), needed)


def averages(reviews: Sequence[Mapping[str, int]], criteria: Sequence[Criterion]) -> list[Average]:
    """Return the mean score of each criterion, in the policy's order."""
    found = []
    for criterion in criteria:
        key = str(criterion.get("key"))
        given = [scores[key] for scores in reviews if key in scores]
        mean = round(sum(given) / len(given), 1) if given else None
        found.append(Average(key, mean, score_max(criterion)))
    return found


def overall(reviews: Sequence[Mapping[str, int]], criteria: Sequence[Criterion]) -> int | None:
    """Return all scores in one number of 100, by the criteria's weights; None without scores."""
    weighed = total = 0.0
    for criterion in criteria:
        key, weight = str(criterion.get("key")), float(criterion.get("weight") or 1)
        for scores in reviews:
            if key in scores:
                weighed += weight * scores[key] / score_max(criterion)
                total += weight
    return round(100 * weighed / total) if total else None


def may_see_scores(
    actor: Actor,
    *,
    own: bool,
    decided: bool,
    reviews_here: bool,
    has_submitted: bool,
    has_interest: bool,
) -> bool:
    """Tell whether the actor may see one review's scores and note.

    Before the decision they are private to the deciders and to the reviewers, and a reviewer
    sees the others' only once their own is in: nobody should lean on somebody else's score.
    After it everybody who may read reviews sees them, the auditor too. Who has an interest
    sees none but their own.
    """
    if own:
        return True
    if has_interest:
        return False
    if decided:
        return bool(actor.roles & (REVIEWER_ROLES | {Role.AUDITOR}))
    if reviews_here:
        return has_submitted
    return bool(actor.roles & DECIDER_ROLES)


def is_own(actor: Actor, membership_id: uuid.UUID) -> bool:
    """Tell whether a membership is the actor's."""
    return actor.membership_id is not None and actor.membership_id == membership_id
