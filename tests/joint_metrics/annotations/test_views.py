"""Coordinators set targets and write notes; the journal keeps what was there before."""

from __future__ import annotations

import re

import pytest

from kyoso.core.access import Role
from kyoso.core.db import new_id
from support.members import make_member, sign_in
from support.networks import make_coordinator, make_network
from support.pages import text_of


@pytest.fixture
def network(hinode, minato):
    slug = f"a-{hinode.slug[2:]}"
    return make_network(hinode, minato, slug=slug), f"/networks/{slug}"


@pytest.fixture
def coordinator(app, network, hinode):
    return sign_in(app, make_coordinator(network[0], hinode))


TARGET = {"metric_id": "proposals.received", "fiscal_year": "2026", "value": "４８"}


def test_a_target_is_set_changed_and_taken_back(network, coordinator):
    where = f"{network[1]}/metrics/targets"
    assert "令和8年度の目標はまだありません" in text_of(coordinator.get(where))
    coordinator.post(where, TARGET)
    coordinator.post(where, TARGET | {"value": "50", "reason": "見直し"})
    page = text_of(coordinator.get(f"{where}?year=2026"))
    assert "受け付けた提案 50件 見直し" in page
    assert "48件" not in page
    coordinator.get(f"{where}?year=99999999999")
    clear = {"metric_id": "proposals.received", "fiscal_year": "2026"}
    coordinator.post(f"{where}/clear", clear)
    coordinator.post(f"{where}/clear", clear, status=404)
    assert "まだありません" in text_of(coordinator.get(where))
    log = text_of(coordinator.get(f"{network[1]}/log"))
    assert "指標の目標を決めました" in log
    assert "指標の目標を取り消しました" in log


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"metric_id": "no.such"}, "目標を決められる指標を選んでください。"),
        ({"metric_id": "shares.hours_towards"}, "目標を決められる指標を選んでください。"),
        ({"metric_id": "decisions.adoption_rate", "value": "120"}, "0から100まで"),
        ({"value": "たくさん"}, "「目標の数」"),
        ({"value": ""}, "「目標の数」を入力してください。"),
        ({"fiscal_year": "1"}, "「年度」"),
    ],
)
def test_what_is_wrong_with_a_target_stands_at_the_field(network, coordinator, typed, said):
    answer = coordinator.post(f"{network[1]}/metrics/targets", TARGET | typed, status=422)
    assert said in text_of(answer.text)


def note(**typed: str) -> dict[str, str]:
    said = {
        "form_id": str(new_id()),
        "kind": "note",
        "month": "2026-07",
        "text": "大雨がありました",
    }
    return said | typed


def test_a_note_is_written_once_rewritten_and_removed(network, coordinator, minato):
    where = f"{network[1]}/metrics/notes"
    assert "注記はまだありません" in text_of(coordinator.get(where))
    sent = note()
    coordinator.post(where, sent)
    coordinator.post(where, sent)
    page = coordinator.get(where)
    assert text_of(page).count("大雨がありました") == 1
    one = re.search(r'href="([^"]+/notes/[0-9a-f-]{36})"', page)
    assert one is not None
    merged = {"kind": "merger", "month": "2026-08", "text": "合併しました"}
    assert "合併した自治体を選んでください" in text_of(
        coordinator.post(one[1], merged, status=422).text
    )
    coordinator.post(one[1], merged | {"town_id": str(minato.id)})
    assert "合併しました2026年8月 · 合併 · みなと町" in text_of(coordinator.get(where))
    coordinator.post(f"{one[1]}/remove")
    assert "注記はまだありません" in text_of(coordinator.get(where))
    coordinator.get(one[1], status=404)
    assert "指標の時系列の注記を取り除きました" in text_of(coordinator.get(f"{network[1]}/log"))


def test_what_is_wrong_with_a_note_is_said(network, coordinator):
    where = f"{network[1]}/metrics/notes"
    for typed in ({"month": "2026-13"}, {"month": ""}, {"text": ""}, {"text": "あ" * 501}):
        answer = coordinator.post(where, note(**typed), status=422)
        assert "入力内容をご確認ください" in text_of(answer.text)
    stranger = note(town_id=str(new_id()))
    answer = coordinator.post(where, stranger, status=422)
    assert "このネットワークの自治体を選んでください。" in text_of(answer.text)


def test_nobody_else_writes(app, network, hinode, minato):
    others = [sign_in(app, make_member(hinode, Role.ADMIN))]
    others.append(sign_in(app, make_coordinator(make_network(minato), minato)))
    for other in others:
        for what in ("targets", "notes"):
            other.get(f"{network[1]}/metrics/{what}", status=403)
            other.post(f"{network[1]}/metrics/{what}", {}, status=403)
