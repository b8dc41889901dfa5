"""People with accounts and profiles, members of no town."""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterable

from PIL import Image
from werkzeug.datastructures import FileStorage

from kyoso.core.access import PersonActor
from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.files import CheckedFile, check_portrait
from kyoso.core.scope import Scope, scope
from kyoso.identity.profiles.models import ProfileFile
from kyoso.identity.profiles.operations import ProfileDraft, add_file, save_profile
from kyoso.identity.profiles.queries import own_profile
from kyoso.identity.profiles.rules import WorkMode
from support.talents import Somebody, make_somebody

EMPTY = {
    **dict.fromkeys(("kana", "affiliation", "bio", "can_do", "wants", "places", "conditions"), ""),
    **dict.fromkeys(("skills", "free_skills", "fields", "languages", "links"), []),
    "hidden_from_towns": [],
    "hours_offered": None,
    "mode": None,
}


def own(person: Somebody) -> Scope:
    """Return the scope of a person who acts for themselves."""
    return Scope(person_id=person.person_id)


def draft(name: str = "見本 緑（見本）", *, revision: int = 0, **said: object) -> ProfileDraft:
    """Return what a form may send; everything but the name is empty unless said."""
    return ProfileDraft(**(EMPTY | {"revision": revision, "name": name} | said))  # type: ignore[arg-type]


def make_person(
    name: str = "見本 緑（見本）", *, hours: int | None = None, **said: object
) -> Somebody:
    """Make an account with a profile that offers so many hours a month."""
    person = make_somebody(name)
    say(person.oneself, hours_offered=hours, **said)
    return person


def say(me: PersonActor, **said: object) -> None:
    """Save a person's profile with nothing in it but this."""
    with scope(Scope(person_id=me.person_id)):
        profile = own_profile(me, lock=True)
        new = draft(me.name, revision=profile.revision, **said)
        save_profile(profile, new, actor=me, now=now())
        db.session.commit()


def keep_file(
    me: PersonActor, name: str = "経歴書.csv", *, towns: Iterable[uuid.UUID] = ()
) -> ProfileFile:
    """Put a file to a person's profile; these towns may open it."""
    with scope(Scope(person_id=me.person_id)):
        file = CheckedFile(name, "text/csv", "年,仕事\n2020,見本\n".encode())
        row = add_file(file, list(towns), file_id=new_id(), actor=me, now=now())
        db.session.commit()
        return row


def portrait() -> bytes:
    """Return a photo as a profile keeps it."""
    out = io.BytesIO()
    Image.new("RGB", (400, 300), "seagreen").save(out, "PNG")
    upload = FileStorage(io.BytesIO(out.getvalue()), "顔.png")
    return check_portrait(upload, side=256, field="photo")


def make_full_profile(me: PersonActor) -> None:
    """Give somebody a profile with something in every part, and a file."""
    say(
        me,
        kana="みほん みどり",
        affiliation="見本デザイン（見本）",
        bio="印刷会社で10年、\nいまは独立しています。",
        skills=["designer", "public-relations", "tourism"],
        free_skills=["茶道"],
        fields=["旅行業"],
        can_do="広報紙とチラシの編集",
        wants="小さなまちの広報",
        languages=["日本語", "英語（会議ができる）"],
        hours_offered=40,
        mode=WorkMode.BOTH,
        places="東北",
        conditions="平日の夜に打ち合わせできます。",
        links=[{"label": "作品集", "url": "https://example.jp/works"}],
        hidden_from_towns=["conditions"],
        photo=portrait(),
    )
    keep_file(me)
