"""The form of somebody who wants to join a project."""

from __future__ import annotations

from typing import Any

from flask import make_response, request
from flask.typing import ResponseReturnValue

from kyoso.core.clock import now, today
from kyoso.core.errors import InvalidInput, NotFound, RuleViolation, TooMany
from kyoso.core.i18n import locale
from kyoso.core.schema import load_form
from kyoso.core.web import PUBLIC, FeatureBlueprint, actor, go, show
from kyoso.municipal.projects import queries as projects
from kyoso.municipal.recruiting import operations, queries, rules
from kyoso.municipal.recruiting.schemas import LABELS, AnswerSchema, SentAnswer
from kyoso.portal.first_form import check_person, new_form, secret_of, still_valid
from kyoso.portal.site.navigation import closed_for_now

bp = FeatureBlueprint(
    "joining", __name__, url_prefix="/<town>/projects/<int:number>", template_folder="templates"
)
bp.before_request(closed_for_now)


@bp.page("/join", permission=PUBLIC)
def form(number: int) -> ResponseReturnValue:
    """Show the form, or that nobody is looked for any more."""
    return _form(number, {"opening_id": request.args.get("role", "")}, {})


@bp.page("/join", permission=PUBLIC, methods=("POST",))
def send(number: int) -> ResponseReturnValue:
    """Take the answer in; the same form sent twice counts once."""
    # NotFound, also for a project that was taken off since the form was opened.
    projects.get_published(actor(), number)
    try:
        sent = load_form(AnswerSchema, request.form)
        secret_of(sent.form_id)
        if not queries.was_sent(actor(), sent.form_id):
            _send(number, sent)
    except InvalidInput as error:
        return _form(number, request.form, error.errors), 422
    except RuleViolation as error:
        return _form(number, request.form, {"": [error.message]}), 409
    except TooMany as error:
        response = make_response(_form(number, request.form, {"": [error.message]}), 429)
        response.headers["Retry-After"] = str(error.retry_after)
        return response
    return go(".thanks", number=number)


def _send(number: int, sent: SentAnswer) -> None:
    check_person(sent.form_id, sent.trap, purpose="join")
    project = projects.get_by_number(actor(), number)
    if project is None:
        raise NotFound
    operations.send_answer(
        project,
        queries.list_openings_of(actor(), number),
        sent.application,
        locale=locale(),
        form_id=sent.form_id,
        actor=actor(),
        now=now(),
    )


@bp.page("/join/thanks", permission=PUBLIC)
def thanks(number: int) -> ResponseReturnValue:
    """Say that the answer arrived, and what comes next."""
    return show("joining/thanks.html", project=projects.get_published(actor(), number))


def _form(number: int, values: Any, errors: dict[str, list[str]]) -> str:
    project = projects.get_published(actor(), number)
    openings = queries.list_openings_of(actor(), number)
    takes = rules.takes_answers(project.recruiting, openings, today())
    return show(
        "joining/form.html",
        project=project,
        openings=[each for each in openings if rules.is_open(each, today())],
        takes=takes,
        form_id=still_valid(values.get("form_id")) or (new_form() if takes else None),
        values=values,
        errors=errors,
        labels=LABELS,
    )
