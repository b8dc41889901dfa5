"""The staff's pages for the register of talents. A view loads, calls one operation, and shows."""

from __future__ import annotations

import io
import uuid
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from flask import flash, request, send_file, url_for
from flask.typing import ResponseReturnValue

from kyoso.core.access import may
from kyoso.core.clock import now, today
from kyoso.core.db import new_id
from kyoso.core.errors import InvalidInput, NotFound, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import locale
from kyoso.core.journal import list_history
from kyoso.core.schema import load_form, shown_again
from kyoso.core.sheets import send_sheet
from kyoso.core.slots import parts_of
from kyoso.core.web import FeatureBlueprint, actor, go, show, tenant
from kyoso.identity.hours_budget import hours_left
from kyoso.identity.profiles.queries import get_shared_file, list_shared_files
from kyoso.identity.profiles.rules import skill_choices, skill_label
from kyoso.municipal.talents import operations, queries
from kyoso.municipal.talents.models import Talent
from kyoso.municipal.talents.permissions import TalentPermission as May
from kyoso.municipal.talents.queries import TalentFilter
from kyoso.municipal.talents.rules import TalentSource, WorkMode
from kyoso.municipal.talents.schemas import LABELS, NoteSchema, RemovalSchema
from kyoso.tenancy.queries import department_names, list_departments

bp = FeatureBlueprint(
    "talents", __name__, url_prefix="/<town>/desk/talents", template_folder="templates"
)


@bp.page("/", permission=May.READ)
def index() -> ResponseReturnValue:
    """Show the directory: search, filter, sort, page."""
    wanted = TalentFilter.of(request.args)
    return show(
        "talents/index.html",
        found=queries.find_talents(actor(), wanted, today()),
        wanted=wanted,
        base=url_for(".index"),
        skills=_words(locale()),
        skill_groups=_groups(locale()),
        modes=[(mode.value, mode.label) for mode in WorkMode],
        fields=queries.list_fields(actor()),
        departments=list_departments(actor()),
        url_of_sort=lambda sort: url_for(".index", **_said(wanted, sort=sort)),
        url_of_page=lambda page: url_for(".index", **_said(wanted, page=page)),
    )


def _said(wanted: TalentFilter, **changes: Any) -> dict[str, Any]:
    return dict(wanted.address(**changes))


@lru_cache(maxsize=4)
def _groups(_language: str) -> list[tuple[str, list[tuple[str, str]]]]:
    return skill_choices()


@lru_cache(maxsize=4)
def _words(_language: str) -> dict[str, str]:
    return {skill: words for _group, skills in skill_choices() for skill, words in skills}


@bp.page("/export.<any(xlsx,csv):kind>", permission=May.READ)
def export(kind: str) -> ResponseReturnValue:
    """Return the directory, as filtered and sorted, as a file."""
    heads = [
        _("氏名"),
        _("ふりがな"),
        _("所属"),
        _("メールアドレス"),
        _("得意なこと"),
        _("分野"),
        _("できること"),
        _("やりたいこと"),
        _("経歴"),
        _("言語"),
        _("働き方"),
        _("働ける場所"),
        _("条件"),
        _("提供できる時間（月）"),
        _("いま関わっている課"),
        _("登録のきっかけ"),
        _("登録した日"),
        _("外れた日"),
    ]
    rows = [
        (
            row.name,
            row.kana,
            row.affiliation,
            row.email,
            "、".join([*map(skill_label, row.skills), *row.free_skills]),
            "、".join(row.fields),
            row.can_do,
            row.wants,
            row.bio,
            "、".join(row.languages),
            WorkMode(row.mode).label if row.mode else "",
            row.places,
            row.conditions,
            row.hours_offered,
            row.departments or "",
            TalentSource(row.source).label,
            row.joined_at,
            row.left_at,
        )
        for row in queries.list_for_export(actor(), TalentFilter.of(request.args), today())
    ]
    return send_sheet(f"{tenant().slug}-talents", kind, heads, rows)


@bp.page("/<uuid:talent_id>", permission=May.READ)
def detail(talent_id: uuid.UUID) -> ResponseReturnValue:
    """Show one talent: what they say of themselves, what they do here, what is left of them."""
    return _detail(queries.get_talent(actor(), talent_id), {"form_id": new_id()})


def _detail(
    talent: Talent,
    values: Mapping[str, Any],
    errors: Mapping[str, list[str]] | None = None,
) -> str:
    month = today().replace(day=1)
    names = department_names(actor())
    here = talent.left_at is None
    said = here and talent.hours_offered is not None
    return show(
        "talents/detail.html",
        talent=talent,
        has_photo=queries.has_photo(actor(), talent.id),
        left_now=hours_left(talent.person_id, month, month) if said else None,
        left_always=hours_left(talent.person_id, month, None) if said else None,
        files=list_shared_files(actor(), talent.person_id) if here else [],
        notes=queries.list_notes(actor(), talent.id) if may(actor(), May.NOTE, talent) else [],
        parts=parts_of("talent", talent, departments=names),
        history=list_history(actor(), [talent.id], limit=50),
        values=values,
        errors=errors or {},
        labels=LABELS,
    )


@bp.page("/<uuid:talent_id>/notes", permission=May.NOTE, methods=("POST",))
def add_note(talent_id: uuid.UUID) -> ResponseReturnValue:
    """Note something about a talent; the same form sent twice notes it once."""
    talent = queries.get_talent(actor(), talent_id)
    try:
        sent = load_form(NoteSchema, request.form)
    except InvalidInput as error:
        values = shown_again(request.form, error.errors)
        return _detail(talent, values, error.errors), 422
    if queries.find_note(actor(), sent["form_id"]) is None:
        operations.add_note(talent, sent["text"], note_id=sent["form_id"], actor=actor(), now=now())
        flash(_("メモを書きました。"))
    return go(".detail", talent_id=talent.id, _anchor="notes")


@bp.page("/<uuid:talent_id>/remove", permission=May.REMOVE, methods=("GET", "POST"))
def remove(talent_id: uuid.UUID) -> ResponseReturnValue:
    """Say what will happen, then take somebody out of the register."""
    talent = queries.get_talent(actor(), talent_id, lock=request.method == "POST")
    if request.method == "GET":
        return _removal(talent, {}, {})
    try:
        sent = load_form(RemovalSchema, request.form)
        operations.remove_talent(talent, sent["reason"], actor=actor(), now=now())
    except InvalidInput as error:
        return _removal(talent, request.form, error.errors), 422
    except RuleViolation as refusal:
        return _removal(talent, request.form, {"": [refusal.message]}), 409
    flash(_("%(name)sさんを人材台帳から外しました。", name=talent.name))
    return go(".index")


def _removal(talent: Talent, values: Mapping[str, Any], errors: Mapping[str, list[str]]) -> str:
    return show(
        "talents/remove.html",
        talent=talent,
        open_engagements=len(queries.list_open_engagements(actor(), talent.id)),
        values=values,
        errors=errors,
        labels=LABELS,
    )


@bp.page("/<uuid:talent_id>/photo", permission=May.READ)
def photo(talent_id: uuid.UUID) -> ResponseReturnValue:
    """Return a talent's photo."""
    return send_file(
        io.BytesIO(queries.get_photo(actor(), talent_id)), mimetype="image/webp", max_age=0
    )


@bp.page("/<uuid:talent_id>/files/<uuid:profile_file_id>", permission=May.READ)
def file(talent_id: uuid.UUID, profile_file_id: uuid.UUID) -> ResponseReturnValue:
    """Return a file that a talent lets the town open."""
    talent = queries.get_talent(actor(), talent_id)
    if talent.left_at is not None:
        raise NotFound
    row = get_shared_file(actor(), talent.person_id, profile_file_id)
    return send_file(row.path, row.media_type, as_attachment=True, download_name=row.name)
