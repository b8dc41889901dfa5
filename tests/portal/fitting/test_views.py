"""The fit sheet behind the private link."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from kyoso.core import clock
from kyoso.core.db import db
from kyoso.core.scope import tenant_scope
from kyoso.core.tokens import new_token
from kyoso.municipal.decisions.operations import decide_proposal
from kyoso.municipal.decisions.rules import Choice, Outcome
from kyoso.municipal.fit_sheets import queries
from kyoso.municipal.fit_sheets.operations import Word, put_item_out
from kyoso.municipal.proposals.queries import get_proposal
from kyoso.municipal.proposals.rules import ProposalStatus as S
from support.fit_sheets import MadeSheet, agree, make_sheet, save
from support.intake import make_policy
from support.pages import Browser, text_of
from support.people import Town
from support.proposals import NOON, Made, desk, holder, make, tell


@pytest.fixture(autouse=True)
def _noon():
    with clock.frozen(NOON):
        yield


@pytest.fixture
def town(hinode: Town) -> Town:
    make_policy(hinode)
    return hinode


@pytest.fixture
def made(town: Town) -> MadeSheet:
    return make_sheet(town)


def link(town: Town, token: str, place: str = "") -> str:
    return f"/{town.slug}/p/{token}/fit-sheet{place}"


def test_the_sheet_is_found_from_the_private_link(
    visitor: Browser, town: Town, made: MadeSheet
) -> None:
    home = visitor.get(f"/{town.slug}/p/{made.proposal.token}")
    assert link(town, made.proposal.token) in home
    assert "町がすり合わせシートを始めました" in home
    shown = visitor.get(link(town, made.proposal.token))
    assert "全2項目のうち、調整中 2" in text_of(shown)
    answer = visitor.fetch(link(town, made.proposal.token))
    assert answer.headers["Cache-Control"] == "no-store"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert '<html lang="en"' in visitor.get(link(town, made.proposal.token, "?lang=en"))


@pytest.mark.parametrize("status", [S.DRAFT, S.SUBMITTED, S.SCREENING])
def test_before_the_town_begins_it_says_so(visitor: Browser, town: Town, status: S) -> None:
    proposal = make(town, status)
    home = visitor.get(f"/{town.slug}/p/{proposal.token}")
    assert (link(town, proposal.token) in home) == (status is S.SCREENING)
    assert "まだ始まっていません" in visitor.get(link(town, proposal.token))
    for place in ("/edit", "/versions"):
        visitor.get(link(town, proposal.token, place), status=404)


def test_the_proposer_writes_their_own_side(visitor: Browser, town: Town, made: MadeSheet) -> None:
    first, token = made.items[0], made.proposal.token
    save(desk(town), made.id, wanted_1="空き家を減らす")
    form = visitor.get(link(town, token, "/edit"))
    assert "空き家を減らす" in form
    assert f'name="wanted-{first}"' not in form
    typed = {
        "version": "2",
        "mission": "食で人をつなぐ",
        f"wish-{first}": "月に一度の食堂",
        f"agreement-{first}": "月に一度開く。",
        f"owner_side-{first}": "proposer",
    }
    shown = text_of(visitor.follow(visitor.post(link(town, token, "/edit"), typed)))
    assert "食で人をつなぐ" in shown
    assert "提案者" in shown
    visitor.follow(
        visitor.post(link(town, token, f"/items/{first}/confirm"), {"agreement": "月に一度開く。"})
    )
    agree(desk(town), made.id, first, "月に一度開く。")
    done = text_of(visitor.get(link(town, token)))
    assert "合意 1" in done
    assert "✓ 見本 一郎（見本）" in done
    assert "✓ 見本 事務（見本）" in done
    assert "すり合わせの項目が合意になりました" in visitor.get(f"/{town.slug}/p/{token}")


@pytest.mark.parametrize(
    "name", ["wanted", "town_can", "position", "state", "town_agreed_by", "out_reason"]
)
def test_the_proposer_cannot_touch_the_towns_columns(
    visitor: Browser, town: Town, made: MadeSheet, name: str
) -> None:
    typed = {"version": "1", f"{name}-{made.items[0]}": "1"}
    answer = visitor.post(link(town, made.proposal.token, "/edit"), typed, status=422).text
    assert "受け付けられません" in answer
    for place in ("win_town", "alignment"):
        typed = {"version": "1", place: "x"}
        visitor.post(link(town, made.proposal.token, "/edit"), typed, status=422)
    typed = {"version": "1", f"topic-{made.items[0]}": "改名"}
    visitor.post(link(town, made.proposal.token, "/edit"), typed, status=403)
    typed = {"version": "1", "aims_shown": "yes"}
    visitor.post(link(town, made.proposal.token, "/edit"), typed)
    with tenant_scope(town.id):
        assert queries.get_sheet(desk(town), made.id).version == 1


def test_a_foreign_token_opens_nothing(
    visitor: Browser, town: Town, minato: Town, made: MadeSheet
) -> None:
    other = make_sheet(town)
    shown = visitor.get(link(town, other.proposal.token))
    assert str(made.items[0]) not in shown
    word = {"agreement": "x", "reason": "x"}
    for step in ("confirm", "take-back", "reopen", "propose"):
        place = f"/items/{made.items[0]}/{step}"
        visitor.post(link(town, other.proposal.token, place), word, status=404)
    typed = {"version": "1", f"topic-{made.items[0]}": "盗む"}
    visitor.post(link(town, other.proposal.token, "/edit"), typed, status=404)
    for somewhere, token in ((town, new_token()), (minato, made.proposal.token)):
        for place in ("", "/edit", "/versions"):
            visitor.get(link(somewhere, token, place), status=404)
        visitor.post(link(somewhere, token, "/edit"), typed, status=404)


def test_an_expired_link_shows_nothing_of_the_sheet(
    visitor: Browser, town: Town, made: MadeSheet
) -> None:
    with clock.frozen(NOON + dt.timedelta(days=4000)):
        for place in ("", "/edit", "/versions"):
            gone = visitor.get(link(town, made.proposal.token, place), status=410)
            assert "提案の中心" not in gone


def test_the_proposer_who_was_overtaken_merges(
    visitor: Browser, town: Town, made: MadeSheet
) -> None:
    first, token = made.items[0], made.proposal.token
    save(desk(town), made.id, wanted_1="空き家を減らす", agreement_1="月に一度開く。")
    typed = {"version": "1", f"wish-{first}": "食堂", f"agreement-{first}": "週に一度開く。"}
    answer = visitor.post(link(town, token, "/edit"), typed, status=409).text
    assert "あなたの入力は失われていません" in answer
    merged = dict(re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\n([^<]*)</textarea>', answer))
    saved = visitor.follow(visitor.post(link(town, token, "/edit"), {**merged, "version": "2"}))
    for words in ("空き家を減らす", "食堂", "月に一度開く。", "週に一度開く。"):
        assert words in saved


def test_the_reason_for_leaving_an_item_out_is_told_and_can_be_answered(
    visitor: Browser, town: Town, made: MadeSheet
) -> None:
    token, place = made.proposal.token, f"/items/{made.items[0]}/"
    visitor.post(link(town, token, place + "propose"), {"reason": "別の機会に"})
    with tenant_scope(town.id):
        us = desk(town)
        sheet = queries.get_sheet(us, made.id, lock=True)
        item = queries.get_item(us, sheet, made.items[0])
        assert item.proposed_reason == "別の機会に"
        put_item_out(sheet, item, Word(reason="今年度は扱いません"), actor=us, now=NOON)
        db.session.commit()
    shown = visitor.get(link(town, token))
    assert "対象外の理由：今年度は扱いません" in text_of(shown)
    assert "もう一度話し合いたいと伝える" in shown
    visitor.post(link(town, token, place + "reopen"), {"reason": "やはり"}, status=409)
    visitor.post(link(town, token, place + "put-out"), {"reason": "やはり"}, status=404)
    visitor.post(link(town, token, place + "propose"), {"reason": "やはり話したい"})


@pytest.mark.parametrize("status", [S.ADOPTED, S.DECLINED])
def test_the_sheet_gives_no_decision_away(visitor: Browser, town: Town, status: S) -> None:

    made = make_sheet(town, S.IN_REVIEW)
    reading = re.sub(r'value="[^"]*"', "", visitor.get(link(town, made.proposal.token)))
    with tenant_scope(town.id):
        proposal = get_proposal(desk(town), made.proposal.id, lock=True)

        grounds_given = "no_capacity" if status is S.DECLINED else ""
        choice = Choice(
            Outcome(status.value),
            "町の目指す姿に合うため。",
            "",
            grounds_given,
            "食堂を開きます。",
            "急ぎのため",
        )
        decide_proposal(proposal, choice, actor=desk(town), now=NOON)
        db.session.commit()
    # The token of each form says when it was made.
    decided = re.sub(r'value="[^"]*"', "", visitor.get(link(town, made.proposal.token)))
    assert decided == reading
    typed = {"version": "1", "mission": "x"}
    refused = visitor.post(link(town, made.proposal.token, "/edit"), typed, status=409).text
    assert "町が回答をまとめています" in refused
    with tenant_scope(town.id):
        proposal = get_proposal(desk(town), made.proposal.id, lock=True)
        tell(proposal, desk(town), now=NOON)
        db.session.commit()
    shown = visitor.get(link(town, made.proposal.token))
    assert ("書き込む" in shown) == (status is S.ADOPTED)


def test_the_page_takes_few_statements(
    visitor: Browser, town: Town, made: MadeSheet, count_statements
) -> None:
    assert isinstance(made.proposal, Made)
    with count_statements() as seen:
        visitor.get(link(town, made.proposal.token))
    assert len(seen) <= 10
    save(holder(town, made.proposal), made.id, mission="x")
    with count_statements() as seen:
        visitor.get(link(town, made.proposal.token, "/versions"))
    assert len(seen) <= 10
