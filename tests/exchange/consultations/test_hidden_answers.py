"""A single answer is reported and hidden; the question and the other answers stay."""

from __future__ import annotations

import re

import pytest

from kyoso.core import jobs
from kyoso.core.access import Role
from kyoso.core.db import new_id
from kyoso.core.scope import scope
from kyoso.exchange.networks.queries import find_network
from support.consultations import answer, ask
from support.members import sign_in
from support.networks import make_coordinator, make_network
from support.pages import text_of
from support.people import make_town

BAD = "前の担当の携帯は090-0000-0000です。"


@pytest.fixture
def third(app):
    return make_town("みつめ町")


def test_one_answer_is_hidden_and_shown_again(app, hinode, minato, third, member_of, browser):
    network = make_network(hinode, minato, third)
    coordinator = make_coordinator(network, hinode)
    question = ask(hinode, network, named=False)
    bad, good = answer(minato, question, BAD), answer(third, question, "通知に同封しています。")
    asker, writer = (browser(member_of(town, Role.STAFF)) for town in (hinode, minato))
    third_one = browser(member_of(third, Role.STAFF))

    def page(town, desk) -> str:
        return text_of(desk.get(f"/{town.slug}/exchange/consultations/{question}"))

    form = f"/{third.slug}/exchange/moderation/answer/{bad}"
    assert form in third_one.get(f"/{third.slug}/exchange/consultations/{question}")
    said = {"form_id": str(new_id()), "network_id": str(network), "ground": "personal_data"}
    third_one.post(form, said | {"words": "電話番号が書かれています。"})
    writer.get(f"/{minato.slug}/exchange/moderation/answer/{bad}", status=404)
    third_one.get(f"/{third.slug}/exchange/moderation/answer/{good}", status=404)

    desk = sign_in(app, coordinator)
    with scope(coordinator.scope):
        log = f"/networks/{find_network(network).slug}/reports/"
    (report,) = set(re.findall(rf'href="({log}[0-9a-f-]{{36}})"', desk.get(log)))
    assert "相談への回答" in text_of(desk.get(report))
    desk.post(f"{report}/hide", {"reason": "番号を消してください。"})
    for town, who in ((hinode, asker), (third, third_one)):
        shown = page(town, who)
        assert BAD not in shown
        assert "通知に同封しています。" in shown
    assert "非表示" in page(minato, writer)
    jobs.run_worker(app, wait=False)
    told = browser(member_of(minato, Role.SECRETARIAT))
    assert "番号を消してください" in told.get(f"/{minato.slug}/exchange/moderation/")

    hiding = desk.get(log).partition("/reports/hidings/")[2].partition("/")[0]
    desk.post(f"{log}hidings/{hiding}/lift")
    jobs.run_worker(app, wait=False)
    assert BAD in page(hinode, asker)
