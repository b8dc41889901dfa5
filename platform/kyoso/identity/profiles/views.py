"""A person's profile: how each audience sees it, the form, and the files."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Response, flash, request, send_file, url_for
from flask.typing import ResponseReturnValue

from kyoso.core import files
from kyoso.core.clock import now
from kyoso.core.db import new_id
from kyoso.core.errors import InvalidInput, NotFound, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.schema import load_form
from kyoso.core.web import SIGNED_IN, FeatureBlueprint, go, me, show
from kyoso.identity.consents.queries import list_consents
from kyoso.identity.consents.rules import ConsentState
from kyoso.identity.profiles import operations, queries, rules
from kyoso.identity.profiles.audiences import Audience, towns_of
from kyoso.identity.profiles.models import Profile
from kyoso.identity.profiles.rules import HIDEABLE, PART_LABELS, Outdated
from kyoso.identity.profiles.schemas import (
    NewFileSchema,
    ProfileSchema,
    SharingSchema,
    as_typed,
)

bp = FeatureBlueprint("profiles", __name__, url_prefix="/me/profile", template_folder="templates")

#: Of the photo, in pixels.
SIDE = 256


@dataclass(frozen=True, slots=True)
class Look:
    """How one audience sees the profile."""

    #: In the address.
    key: str
    label: str
    #: Why they see it.
    reason: str
    parts: tuple[str, ...]
    #: The town whose files these are; None where no files are seen.
    town_id: uuid.UUID | None = None


@bp.page("/", permission=SIGNED_IN)
def index() -> ResponseReturnValue:
    """Show the profile, as the person sees it or as somebody else would."""
    return _index()


def _index(errors: Mapping[str, list[str]] | None = None) -> str:
    profile, towns = queries.own_profile(me()), towns_of(me())
    looks = _looks(profile, towns)
    wanted = request.args.get("audience", "me")
    look = next((one for one in looks if one.key == wanted), None)
    if look is None:
        raise NotFound
    seen, kept = rules.shown(profile, look.parts), queries.list_files(me())
    own = look.key == "me"
    return show(
        "profiles/index.html",
        profile=profile,
        seen=seen,
        facts=rules.facts(seen),
        hidden=profile.hidden_from_towns if own else [],
        look=look,
        looks=[
            (one.label, url_for(".index", audience=one.key), one is look, None) for one in looks
        ],
        own=own,
        files=kept if own else [file for file in kept if look.town_id in file.shared_with],
        towns=towns,
        towns_to_choose=[(town.tenant_id, town.name) for town in towns],
        form_id=new_id(),
        accept=files.ACCEPT,
        most=rules.MOST_FILES,
        errors=errors or {},
    )


def _looks(profile: Profile, towns: Collection[Audience]) -> list[Look]:
    """Return everybody who may see something, the person first and everybody last."""
    looks = [Look("me", _("自分"), _("あなたには、すべてが見えます。"), tuple(PART_LABELS))]
    reason = _("関わりのある自治体なので、「自分だけ」にした項目のほかが見えます。")
    parts = rules.parts_for_towns(profile.hidden_from_towns)
    looks += [Look(f"town-{t.tenant_id}", t.name, reason, parts, t.tenant_id) for t in towns]
    for consent in list_consents(me()):
        if consent.state is ConsentState.RUNNING:
            reason = _(
                "「%(purpose)s」に同意した項目だけが見えます。", purpose=consent.purpose.label
            )
            label = _(
                "%(recipient)s（%(purpose)s）",
                recipient=consent.recipient,
                purpose=consent.purpose.label,
            )
            looks.append(Look(f"consent-{consent.id}", label, reason, tuple(consent.fields)))
    reason = _("サインインしていない方や、関わりのない自治体には、何も見えません。")
    return [*looks, Look("public", _("そのほかの方"), reason, ())]


@bp.page("/edit", permission=SIGNED_IN, methods=("GET", "POST"))
def edit() -> ResponseReturnValue:
    """Change the profile; what was typed stays when it cannot be saved."""
    profile = queries.own_profile(me(), lock=request.method == "POST")
    if request.method == "GET":
        return _form(profile, as_typed(profile), {})
    try:
        draft = load_form(ProfileSchema, request.form)
        photo = request.files.get("photo")
        if photo is not None and photo.filename:
            picture = files.check_portrait(photo, side=SIDE, field="photo")
            draft = replace(draft, photo=picture, remove_photo=False)
        operations.save_profile(profile, draft, actor=me(), now=now())
    except InvalidInput as error:
        return _form(profile, request.form, error.errors), 422
    except Outdated as refusal:
        again = request.form.copy()
        again["revision"] = str(profile.revision)
        differing = rules.changes(profile, draft)
        return _form(profile, again, {}, refusal.message, differing), 409
    except rules.OfferTooLow as refusal:
        return _form(profile, request.form, {"hours_offered": [refusal.message]}), 409
    flash(_("プロフィールを保存しました。"))
    return go(".index")


def _form(
    profile: Profile,
    values: Mapping[str, Any],
    errors: Mapping[str, list[str]],
    refusal: str = "",
    differing: Collection[str] = (),
) -> str:
    saved = rules.facts(rules.shown(profile, PART_LABELS)) if refusal else []
    return show(
        "profiles/edit.html",
        profile=profile,
        values=values,
        errors=errors,
        refusal=refusal,
        saved=[(label, words) for part, label, words in saved if part in differing],
        labels=PART_LABELS | {"work_fields": PART_LABELS["fields"]},
        hideable=HIDEABLE,
        skill_groups=rules.skill_choices(),
        modes=[(mode.value, mode.label) for mode in rules.WorkMode],
        side=SIDE,
    )


@bp.page("/files/photo", permission=SIGNED_IN)
def photo() -> ResponseReturnValue:
    """Send the person's own photo."""
    return Response(queries.own_photo(me()), mimetype="image/webp")


@bp.page("/files", permission=SIGNED_IN, methods=("POST",))
def add_file() -> ResponseReturnValue:
    """Keep a file; the same form sent twice keeps one."""
    try:
        sent = load_form(NewFileSchema, request.form)
        checked = files.check_files(request.files.getlist("file")[:1], field="file")
        if not checked:
            raise InvalidInput({"file": [_("ファイルを選んでから、「加える」を押してください。")]})
        if queries.find_sent_file(me(), sent["form_id"]) is None:
            operations.add_file(
                checked[0],
                _known(sent["tenant_ids"]),
                file_id=sent["form_id"],
                actor=me(),
                now=now(),
            )
    except InvalidInput as error:
        return _index(error.errors), 422
    except RuleViolation as refusal:
        return _index({"file": [refusal.message]}), 409
    flash(_("ファイルを加えました。"))
    return go(".index", _anchor="files")


def _known(tenant_ids: Collection[uuid.UUID]) -> list[uuid.UUID]:
    """Return those of the towns that the person works with."""
    return [town.tenant_id for town in towns_of(me()) if town.tenant_id in tenant_ids]


@bp.page("/files/<uuid:profile_file_id>", permission=SIGNED_IN)
def file(profile_file_id: uuid.UUID) -> ResponseReturnValue:
    """Hand out a file, always to be saved and never shown in the page."""
    row = queries.get_file(me(), profile_file_id)
    return send_file(row.path, row.media_type, as_attachment=True, download_name=row.name)


@bp.page("/files/<uuid:profile_file_id>/share", permission=SIGNED_IN, methods=("POST",))
def share_file(profile_file_id: uuid.UUID) -> ResponseReturnValue:
    """Say which towns may open a file."""
    row = queries.get_file(me(), profile_file_id, lock=True)
    try:
        wanted = load_form(SharingSchema, request.form)["tenant_ids"]
    except InvalidInput as error:
        return _index({"": sum(error.errors.values(), [])}), 422
    operations.share_file(row, _known(wanted), actor=me(), now=now())
    flash(_("「%(name)s」を見せる自治体を変えました。", name=row.name))
    return go(".index", _anchor="files")


@bp.page("/files/<uuid:profile_file_id>/remove", permission=SIGNED_IN, methods=("POST",))
def remove_file(profile_file_id: uuid.UUID) -> ResponseReturnValue:
    """Take a file away from everybody."""
    row = queries.get_file(me(), profile_file_id, lock=True)
    name = row.name
    operations.remove_file(row, actor=me(), now=now())
    flash(_("「%(name)s」を外しました。", name=name))
    return go(".index", _anchor="files")
