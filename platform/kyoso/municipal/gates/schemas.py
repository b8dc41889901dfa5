"""What may come in over HTTP. A loaded schema is an operation's input, ready to pass on."""

from __future__ import annotations

import uuid

from werkzeug.datastructures import MultiDict

from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, boolean, choice, date, identifier, load_form, text
from kyoso.municipal.gates.operations import ClosingDraft, DecisionDraft, EvaluationDraft
from kyoso.municipal.gates.rules import DecisionKind, Recommendation

LABELS = {
    "reason": _l("理由"),
    "learnt": _l("分かったこと"),
    "result": _l("成果指標の結果"),
    "recommendation": _l("これからの提案"),
    "lessons": _l("次の人に役立つこと"),
    "handed_over": _l("引き継ぐこと"),
    "lessons_offered": _l("ほかの町にも役立ててもらう（ノウハウとして提供する）"),
    "kind": _l("決めたこと"),
    "grounds": _l("決めた理由"),
    "decided_by": _l("決めた人・会議"),
    "decided_on": _l("決めた日"),
}


class PassSchema(InputSchema):
    """The form 「次の段階へ進める」."""

    reason = text(LABELS["reason"], 1000, required=False, multiline=True)


class EvaluationSchema(InputSchema):
    """The form 「評価を書く」."""

    builds = EvaluationDraft

    learnt = text(LABELS["learnt"], 5000, multiline=True)
    result = text(LABELS["result"], 3000, multiline=True)
    recommendation = choice(LABELS["recommendation"], Recommendation)
    reason = text(LABELS["reason"], 2000, multiline=True)


class DecisionSchema(InputSchema):
    """The form 「決定を記録する」."""

    builds = DecisionDraft

    kind = choice(LABELS["kind"], DecisionKind)
    grounds = text(LABELS["grounds"], 2000, multiline=True)
    decided_by = text(LABELS["decided_by"], 80)
    decided_on = date(LABELS["decided_on"])


class ClosingSchema(InputSchema):
    """The form 「分かったことを書き残す」."""

    builds = ClosingDraft

    lessons = text(LABELS["lessons"], 5000, multiline=True)
    handed_over = text(LABELS["handed_over"], 2000, required=False, multiline=True)
    lessons_offered = boolean(LABELS["lessons_offered"])


class _FormIdSchema(InputSchema):
    form_id = identifier(_l("この画面"))


def split_form_id(form: MultiDict[str, str]) -> tuple[uuid.UUID, MultiDict[str, str]]:
    """Return which form was sent, and what it says besides."""
    rest = form.copy()
    sent = MultiDict([("form_id", value) for value in rest.poplist("form_id")[:1]])
    return load_form(_FormIdSchema, sent)["form_id"], rest
