"""A person's own data: taking them away, leaving a town, asking for erasure."""

from __future__ import annotations

import io
import json
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.clock import today
from kyoso.core.db import db, new_id
from kyoso.core.jobs import run_worker
from kyoso.core.mail import Mail
from kyoso.core.own_data import list_sections
from kyoso.core.scope import Scope, scope, tenant_scope
from kyoso.identity.consents.queries import list_consents
from kyoso.municipal.check_ins.rules import Side
from kyoso.municipal.engagements.rules import EngagementStatus
from kyoso.municipal.talents.queries import get_talent
from kyoso.municipal.work_hours.rules import Said
from support.check_ins import answer, make_pair, open_one
from support.consents import agree
from support.engagements import make_engagement
from support.members import make_member, sign_in
from support.pages import text_of
from support.people import actor_of
from support.profiles import keep_file, make_full_profile
from support.talents import make_somebody, make_talent
from support.work_hours import log_hours

#: Tables with a person in them that are no part of the archive, and why.
NOT_HERS = {
    "core.journal": "the town's record; a person asks the town for it",
    "core.network_journal": "the network's record; its members and coordinators read it",
    "core.person_journal": "shown on the page of the account",
    "exchange.coordinators": "the network's; shown on the page of towns",
    "exchange.reuses": "the town's; whom of its staff it asks how it went",
    "identity.sessions": "shown on the page of the account",
    "identity.password_resets": "hashes of links",
    "identity.membership_departments": "the town's; told by the membership",
    "identity.memberships": "the staff of a town; shown on the page of towns",
}


@pytest.fixture
def designer(app):
    somebody = make_somebody()
    make_full_profile(somebody.oneself)
    return somebody


@pytest.fixture
def mine(app, designer):
    return sign_in(app, designer)


def taken(browser) -> dict[str, bytes]:
    answer = browser.post("/me/data/download", status=200)
    assert answer.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def register_of(page: str) -> str:
    (action,) = re.findall(r'action="(/me/data/registers/[^"]+/leave)"', page)
    return action


def work(app) -> None:
    """Let the worker do what is due, in a thread: this one may have a transaction open."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(run_worker, app, wait=False).result()


def mails_of(town) -> list[tuple[str, str]]:
    with tenant_scope(town.id):
        rows = db.session.execute(sa.select(Mail.to, Mail.subject).where(Mail.tenant_id == town.id))
        return [tuple(row) for row in rows]


def erase_form(browser) -> dict[str, str]:
    (form_id,) = re.findall(r'name="form_id" value="([^"]+)"', browser.get("/me/data/"))
    return {"form_id": form_id, "understood": "yes"}


# Taking them away


def test_the_copy_holds_what_every_feature_keeps(mine, designer, hinode):
    agree(designer, hinode)
    found = taken(mine)
    for section in list_sections():
        assert f"{section.name}.json" in found
        assert f"{section.name}.csv" in found
    (profile,) = json.loads(found["profile.json"])
    assert profile["can_do"] == "広報紙とチラシの編集"
    assert profile["photo"] in found
    (consent,) = json.loads(found["consents.json"])
    assert consent["recipient"] == "ひので町"
    assert "ひので町".encode() in found["consents.csv"]
    assert any(name.startswith("files/profile_files/") for name in found)
    assert "見本 彩" in found["README.txt"].decode("utf-8-sig")


def test_it_holds_the_work_for_every_town(app, mine, designer, hinode, minato):
    pair = make_pair(hinode, designer, role="デザイナー")
    both = open_one(pair)
    for side in Side:
        answer(pair, both, side, 5, 4, 3)
    alone = open_one(pair)
    answer(pair, alone, Side.TOWN, 1, 1, 1)
    there = make_engagement(minato, make_talent(minato, designer), role="広報")
    log_hours(designer, {(there, today()): Said(90, in_town=True, note="取材")})
    found = {name: json.loads(text) for name, text in taken(mine).items() if ".json" in name}
    assert {one["town"] for one in found["engagements.json"]} == {"ひので町", "みなと町"}
    (hours,) = found["work_hours.json"]
    assert (hours["town"], hours["minutes"], hours["in_town"]) == ("みなと町", 90, True)
    first, second = found["check_ins.json"]
    assert (first["town_purpose"], first["person_communication"]) == (5, 3)
    # What the town answered is not told before the person has.
    assert second["town_purpose"] is None
    assert [one["town"] for one in found["talents.json"]] == ["ひので町", "みなと町"]


def test_nothing_of_another_person_is_in_it(app, mine, designer, hinode):
    other = make_somebody("見本 他人（見本）")
    make_full_profile(other.oneself)
    agree(other, hinode)
    keep_file(other.oneself, "他人の経歴.csv")
    everything = b"".join(taken(mine).values())
    assert "他人".encode() not in everything
    assert json.loads(taken(mine)["consents.json"]) == []


def test_every_table_with_a_person_is_in_it_or_known_by_name(app):
    shown = {table for section in list_sections() for table in section.tables}
    with_person = {
        table.fullname for table in db.metadata.tables.values() if "person_id" in table.c
    }
    assert shown <= with_person | {"identity.people"}
    assert with_person - shown - set(NOT_HERS) == set()


# Leaving a town


def test_leaving_takes_the_profile_back_and_tells_the_town(app, mine, designer, hinode, minato):
    boss = make_member(hinode, Role.ADMIN)
    make_member(hinode, Role.STAFF)
    talent_id = make_talent(hinode, designer, can_do="広報紙の編集")
    agree(designer, hinode)
    agree(designer, minato)
    file = keep_file(designer.oneself, "作品.csv", towns=[hinode.id, minato.id])
    page = mine.follow(mine.post(register_of(mine.get("/me/data/"))))
    assert "ひので町の人材台帳から抜けました" in text_of(page)
    assert "登録している人材台帳はありません" in text_of(page)
    with tenant_scope(hinode.id):
        talent = get_talent(actor_of(hinode, Role.ADMIN), talent_id)
        assert talent.left_at is not None
        assert (talent.name, talent.can_do) == (designer.name, "")
    with scope(Scope(person_id=designer.person_id)):
        running = [c.recipient for c in list_consents(designer.oneself) if not c.withdrawn_at]
        assert running == ["みなと町"]
        db.session.add(file)
        db.session.refresh(file)
        assert file.shared_with == [minato.id]
    work(app)
    assert mails_of(hinode) == [(boss.email, "見本 彩（見本）さんが人材台帳から抜けました")]
    with tenant_scope(hinode.id):
        noted = db.session.scalars(
            sa.text("SELECT count(*) FROM core.journal WHERE kind = 'DepartureNoted'")
        ).one()
    assert noted == 1


@pytest.mark.parametrize("status", [EngagementStatus.ACTIVE, EngagementStatus.OFFERED])
def test_nobody_leaves_a_town_in_which_something_runs(mine, designer, hinode, minato, status):
    talent_id = make_talent(hinode, designer)
    make_engagement(hinode, talent_id, role="デザイナー", status=status)
    page = text_of(mine.get("/me/data/"))
    assert "続いている関わりがあるため、いまは抜けられません：デザイナー" in page
    refused = mine.post(f"/me/data/registers/{talent_id}/leave", status=409).text
    assert "ひので町 デザイナー" in refused
    assert "先に" in refused
    with tenant_scope(hinode.id):
        assert get_talent(actor_of(hinode, Role.ADMIN), talent_id).left_at is None


def test_what_runs_elsewhere_does_not_hold_anybody(mine, designer, hinode, minato):
    make_engagement(minato, make_talent(minato, designer))
    talent_id = make_talent(hinode, designer)
    mine.post(f"/me/data/registers/{talent_id}/leave")


def test_nobody_takes_another_person_out(app, mine, designer, hinode):
    talent_id = make_talent(hinode)
    mine.post(f"/me/data/registers/{talent_id}/leave", status=404)
    with tenant_scope(hinode.id):
        assert get_talent(actor_of(hinode, Role.ADMIN), talent_id).left_at is None


# Erasure


def test_erasure_is_asked_for_once_told_and_can_be_taken_back(app, mine, designer, hinode):
    boss = make_member(hinode, Role.SECRETARIAT)
    make_talent(hinode, designer)
    form = erase_form(mine)
    mine.post("/me/data/erasure", form)
    # The same form sent twice asks once.
    page = mine.follow(mine.post("/me/data/erasure", form))
    assert "消去の申出を受け付けています" in text_of(page)
    mine.post("/me/data/erasure", form | {"form_id": new_form_id()}, status=409)
    work(app)
    assert mails_of(hinode) == [
        (boss.email, "見本 彩（見本）さんから、データの消去の申出がありました")
    ]
    page = mine.follow(mine.post("/me/data/erasure/withdraw"))
    assert "何も消えていません" in text_of(page)
    assert "消去を申し出る" in text_of(page)
    mine.post("/me/data/erasure/withdraw")


def new_form_id() -> str:
    return str(new_id())


def test_the_words_must_be_read_first(mine):
    form = erase_form(mine)
    page = mine.post("/me/data/erasure", {"form_id": form["form_id"]}, status=422).text
    assert "説明を読み、わかったら印を付けてください" in page
    assert "消去の申出を受け付けています" not in page


def test_whoever_has_something_running_is_told_what(mine, designer, hinode, minato):
    form = erase_form(mine)
    make_engagement(hinode, make_talent(hinode, designer), role="デザイナー")
    make_engagement(
        minato, make_talent(minato, designer), role="広報", status=EngagementStatus.OFFERED
    )
    page = text_of(mine.get("/me/data/"))
    assert "いまは申し出られません" in page
    assert "ひので町：デザイナー" in page
    assert "みなと町：広報" in page
    refused = mine.post("/me/data/erasure", form, status=409).text
    assert "2件" in refused
    assert "いまは申し出られません" in text_of(mine.get("/me/data/"))


def test_the_staff_of_a_town_is_told_to_leave_its_desk_first(app, hinode):
    person = make_member(hinode, Role.STAFF)
    browser = sign_in(app, person)
    assert "自治体の管理者に、担当者の登録を外してもらう" in text_of(browser.get("/me/data/"))
    form = {"form_id": new_form_id(), "understood": "yes"}
    refused = browser.post("/me/data/erasure", form, status=409).text
    assert "ひので町の担当者として登録されています" in refused
