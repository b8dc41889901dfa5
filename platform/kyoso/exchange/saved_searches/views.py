"""The searches that a member of staff keeps: coming back to them, and their weekly mail."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from kyoso.core.access import may
from kyoso.core.clock import now
from kyoso.core.db import new_id
from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.schema import load_form, shown_again
from kyoso.core.slots import fills
from kyoso.core.web import FeatureBlueprint, actor, go, show
from kyoso.exchange.saved_searches import operations, queries
from kyoso.exchange.saved_searches.operations import SearchDraft
from kyoso.exchange.saved_searches.permissions import SavedSearchPermission as May
from kyoso.exchange.saved_searches.schemas import LABELS, DigestSchema, SavingSchema
from kyoso.exchange.talent_pool.rules import TalentSearch

bp = FeatureBlueprint(
    "saved_searches",
    __name__,
    url_prefix="/<town>/exchange/talent/saved",
    template_folder="templates",
)


@bp.page("/", permission=May.KEEP)
def index() -> ResponseReturnValue:
    """Show one's own saved searches."""
    return _index({}, {})


def _index(values: Mapping[str, Any], errors: Mapping[str, list[str]]) -> str:
    return show(
        "saved_searches/index.html",
        searches=queries.list_searches(actor()),
        values=values,
        errors=errors,
        labels=LABELS,
    )


@bp.page("/", permission=May.KEEP, methods=("POST",))
def save() -> ResponseReturnValue:
    """Keep a search; the same form sent twice keeps one."""
    try:
        sent = load_form(SavingSchema, request.form)
        form_id = sent.pop("form_id")
        if queries.find_sent(actor(), form_id) is None:
            draft = SearchDraft(**sent)
            operations.save_search(draft, saved_search_id=form_id, actor=actor(), now=now())
    except InvalidInput as error:
        return _index(shown_again(request.form, error.errors), error.errors), 422
    except RuleViolation as refusal:
        return _index({}, {"": [refusal.message]}), 409
    flash(_("「%(name)s」を保存しました。", name=sent["name"]))
    return go(".index")


@bp.page("/<uuid:saved_search_id>/digest", permission=May.KEEP, methods=("POST",))
def digest(saved_search_id: uuid.UUID) -> ResponseReturnValue:
    """Begin the weekly mail, or end it."""
    search = queries.get_search(actor(), saved_search_id, lock=True)
    wanted = load_form(DigestSchema, request.form)["digest"]
    operations.choose_digest(search, wanted, actor=actor(), now=now())
    flash(_("毎週のメールを始めます。") if wanted else _("毎週のメールを止めました。"))
    return go(".index")


@bp.page("/<uuid:saved_search_id>/remove", permission=May.KEEP, methods=("POST",))
def remove(saved_search_id: uuid.UUID) -> ResponseReturnValue:
    """Keep a search no more."""
    search = queries.get_search(actor(), saved_search_id, lock=True)
    operations.remove_search(search, actor=actor(), now=now())
    flash(_("「%(name)s」を消しました。", name=search.name))
    return go(".index")


@fills("talent_pool.index")
def keep_this_search(asked: TalentSearch) -> dict[str, Markup]:
    """Offer to keep a search below what it found, and a way to those that are kept."""
    if not may(actor(), May.KEEP):
        return {}
    parts = {"head": render_template("saved_searches/_link.html")}
    if asked.narrowed:
        parts["below"] = render_template(
            "saved_searches/_save.html",
            query=urlencode(asked.address(need_id=None), doseq=True),
            values={"form_id": new_id(), "name": asked.words[:60]},
            labels=LABELS,
        )
    return {place: Markup(words) for place, words in parts.items()}  # noqa: S704 (templates)
