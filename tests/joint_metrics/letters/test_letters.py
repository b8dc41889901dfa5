"""The monthly letter: once to each, when all have published or on the fifteenth."""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from kyoso.core import clock
from kyoso.core.access import Actor, Role
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden
from kyoso.core.i18n import JST
from kyoso.core.mail import Mail
from kyoso.core.metrics import METRICS, Figure, Month
from kyoso.core.scope import Scope, member_scope, scope, tenant_scope
from kyoso.exchange.networks.queries import get_joined
from kyoso.joint_metrics.letters import operations, queries, rules
from kyoso.joint_metrics.letters.models import Letter, LetterAddress
from kyoso.joint_metrics.letters.operations import Office
from kyoso.joint_metrics.letters.subscribers import write_letters_of
from support.members import make_member, sign_in
from support.networks import admin_of, leave, make_coordinator, make_network
from support.pages import text_of
from support.people import Town, make_town
from support.reports import ADOPTED, RECEIVED, register_office, show_publicly, switch_letters
from support.snapshots import publish_month

MONTH = Month.of(clock.today()) + -1


def on_day(day: int) -> dt.datetime:
    this = MONTH.next
    return dt.datetime(this.year, this.number, day, 3, tzinfo=JST)


class Three:
    """Three towns in a network with the letter switched on; the first two have an address."""

    def __init__(self) -> None:
        self.towns = tuple(map(make_town, ("いわの町", "よこの町", "うみの町")))
        self.network_id = make_network(*self.towns)
        self.coordinator = make_coordinator(self.network_id, self.towns[1])
        switch_letters(self.coordinator.actor, RECEIVED, ADOPTED)
        self.addresses = [self.register(town) for town in self.towns[:2]]
        for place, town in enumerate(self.towns):
            self.publish(town, place + 1, MONTH + -1)

    def register(self, town: Town, language: str = "ja") -> str:
        email = f"mayor-{new_id().hex[-10:]}@example.jp"
        register_office(town, self.network_id, email, language)
        return email

    def publish(self, town: Town, number: int, month: Month = MONTH) -> None:
        publish_month(town, self.network_id, month, {RECEIVED: Figure(number)})

    def night(self, day: int) -> int:
        with clock.frozen(on_day(day)):
            return sum(self.written(town) for town in self.towns)

    def written(self, town: Town) -> int:
        with member_scope(town.id):
            count = write_letters_of(Actor.system(town.id, "毎月のたより"))
            db.session.commit()
        return count

    def mails(self, town: Town) -> list[Mail]:
        with tenant_scope(town.id):
            subject = f"%{MONTH.label}の数字%"
            return list(
                db.session.scalars(
                    sa.select(Mail)
                    .where(Mail.tenant_id == town.id, Mail.subject.like(subject))
                    .order_by(Mail.id)
                )
            )


@pytest.fixture
def three(app: Flask) -> Iterator[Three]:
    return Three()


def test_it_waits_for_all_and_then_goes_out_once(three):
    first, second, third = three.towns
    three.publish(first, 12)
    three.publish(second, 7)
    assert three.night(6) == 0
    three.publish(third, 1)
    assert three.night(7) == 3
    assert [mail.to for mail in three.mails(first)] == [three.addresses[0]]
    # Of the coordinator's letter, the town is the sender that named them.
    assert {m.to for m in three.mails(second)} == {three.addresses[1], three.coordinator.email}
    assert three.mails(third) == []
    for day in (8, 15, 28):
        assert three.night(day) == 0
    (mail,) = three.mails(first)
    assert f"{MONTH.label}：20件" in mail.body
    assert "（いわの町：12件）" in mail.body
    assert (
        f"/{first.slug}/exchange/metrics/networks/{three.network_id}/reports/numbers" in mail.body
    )
    assert f"/networks/{three.network_id}/letters/" in mail.body
    # What nobody published is no zero.
    assert f"{METRICS[ADOPTED].label}\n　{MONTH.label}：未提出" in mail.body
    to_coordinator = next(m for m in three.mails(second) if m.to == three.coordinator.email)
    assert "よこの町：" not in to_coordinator.body
    assert "御中" not in to_coordinator.body


def test_on_the_fifteenth_it_waits_no_longer_and_names_who_is_missing(three):
    assert three.night(20) == 0, "without any number there is nothing to say"
    three.publish(three.towns[0], 12)
    assert three.night(14) == 0
    assert three.night(15) == 3
    (mail,) = three.mails(three.towns[0])
    assert "まだ公開していない自治体：よこの町、うみの町（0とは数えていません）" in mail.body
    (own, _coordinators) = sorted(three.mails(three.towns[1]), key=lambda m: "御中" not in m.body)
    assert "（よこの町：未提出）" in own.body


def test_two_workers_in_the_same_night_write_it_once(app, three):
    for town in three.towns:
        three.publish(town, 3)
    failed: list[BaseException] = []

    def work() -> None:
        try:
            with app.app_context():
                three.night(10)
        except BaseException as error:  # noqa: BLE001 (told to the test)
            failed.append(error)

    workers = [threading.Thread(target=work) for _n in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failed == []
    assert len(three.mails(three.towns[0])) == 1
    assert len(three.mails(three.towns[1])) == 2


def test_a_letter_and_its_mail_are_written_together_or_not_at_all(three, monkeypatch):
    for town in three.towns:
        three.publish(town, 3)
    with monkeypatch.context() as patched:
        patched.setattr(operations.mails, "write", lambda *_a, **_k: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            three.night(10)
    assert three.mails(three.towns[0]) == []
    assert three.night(10) == 3


def test_switched_off_nothing_is_written(three):
    for town in three.towns:
        three.publish(town, 3)
    switch_letters(three.coordinator.actor, RECEIVED, is_on=False)
    assert three.night(20) == 0


def test_a_removed_address_gets_nothing_more_and_is_forgotten(three):
    for town in three.towns:
        three.publish(town, 3)
    town = three.towns[0]
    assert three.night(10) == 3
    actor = admin_of(town)
    with member_scope(town.id):
        (address,) = queries.list_addresses(actor, three.network_id)
        locked = queries.get_address(actor, three.network_id, address.id)
        operations.remove_address(locked, actor=actor, now=clock.now())
        db.session.commit()
    assert three.mails(town) == [], "what waits is not sent"
    with tenant_scope(town.id):
        kept = db.session.scalars(sa.select(LetterAddress.email)).all()
        assert kept == [""]
        sent = db.session.scalars(sa.select(Mail.to).where(Mail.subject_id == address.id)).all()
        assert sent == [""]


def test_a_town_that_left_gets_no_letter_and_another_writes_to_the_coordinator(three):
    for town in three.towns:
        three.publish(town, 3)
    leave(three.network_id, three.towns[1])
    assert three.night(10) == 2
    assert three.mails(three.towns[1]) == []
    assert {m.to for m in three.mails(three.towns[0])} == {
        three.addresses[0],
        three.coordinator.email,
    }


def test_it_speaks_the_language_of_its_reader_and_names_the_public_page(three):
    email = three.register(three.towns[2], "en")
    show_publicly(three.coordinator.actor, RECEIVED)
    for town in three.towns:
        three.publish(town, 3)
    assert three.night(10) == 4
    with tenant_scope(three.towns[2].id):
        mail = db.session.scalar(sa.select(Mail).where(Mail.to == email))
    assert mail is not None
    assert "Proposals received" in mail.body
    assert "/figures" in mail.body


def test_the_database_shows_addresses_to_their_town_only(three):
    for town in three.towns:
        three.publish(town, 3)
    three.night(10)
    mine = three.addresses[0]
    with tenant_scope(three.towns[0].id):
        assert db.session.scalars(sa.select(LetterAddress.email)).all() == [mine]
    others = [
        three.coordinator.scope,
        Scope(),
        Scope(three.towns[2].id),
        Scope(three.towns[2].id, (three.network_id,)),
    ]
    for other in others:
        with scope(other):
            assert db.session.scalars(sa.select(LetterAddress)).all() == []
    with scope(Scope(make_town("よその町").id)):
        assert db.session.scalars(sa.select(Letter)).all() == []


def test_only_an_administrator_registers_and_only_in_a_network_of_theirs(three):
    actor = Actor(three.towns[0].id, frozenset({Role.STAFF}), name="職員")
    with member_scope(three.towns[0].id):
        network = get_joined(actor, three.network_id)
        with pytest.raises(Forbidden):
            operations.register_address(
                Office("町長室", "a@example.jp"),
                network,
                letter_address_id=new_id(),
                actor=actor,
                now=clock.now(),
            )


def test_an_administrator_registers_and_removes_on_a_page(app, three):
    town = three.towns[2]
    browser = sign_in(app, make_member(town, Role.ADMIN))
    page = f"/{town.slug}/exchange/metrics/networks/{three.network_id}/letters/"
    assert "町長室や秘書の宛先を登録すると" in text_of(browser.get(page))
    sent = {
        "form_id": str(new_id()),
        "label": "町長室",
        "email": "choucho@example.jp",
        "language": "ja",
    }
    browser.post(page, sent)
    browser.post(page, sent)
    assert text_of(browser.get(page)).count("choucho@example.jp") == 1
    again = browser.post(page, sent | {"form_id": str(new_id())}, status=422)
    assert "もう登録されています" in again.text
    wrong = browser.post(page, sent | {"form_id": str(new_id()), "email": "x"}, status=422)
    assert "町長室" in wrong.text
    browser.post(f"{page}{sent['form_id']}/remove")
    assert "choucho@example.jp" not in browser.get(page)
    browser.post(f"{page}{sent['form_id']}/remove", status=404)
    staff = sign_in(app, make_member(town, Role.STAFF))
    staff.get(page, status=403)


def test_a_town_that_left_can_still_take_its_addresses_away(app, three):
    town = three.towns[0]
    leave(three.network_id, town)
    browser = sign_in(app, make_member(town, Role.ADMIN))
    page = f"/{town.slug}/exchange/metrics/networks/{three.network_id}/letters/"
    shown = browser.get(page)
    assert three.addresses[0] in shown
    assert "いまは加盟していません" in text_of(shown)
    assert 'name="email"' not in shown
    more = {"form_id": str(new_id()), "label": "町長室", "email": "x@example.jp", "language": "ja"}
    browser.post(page, more, status=404)
    (remove,) = re.findall(r'action="([^"]*/remove)"', shown)
    browser.post(remove)
    # Nothing is left to be done here.
    browser.get(page, status=404)


def test_coordinators_choose_on_a_page(app, three):
    browser = sign_in(app, three.coordinator)
    with scope(three.coordinator.scope):
        slug = get_slug(three)
    page = f"/networks/{slug}/letters/"
    assert "一度だけ送ります" in text_of(browser.get(page))
    browser.post(page, {"is_on": "yes", "metric_ids": [RECEIVED]})
    wrong = browser.post(page, {"is_on": "yes"}, status=422)
    assert "たよりに載せる指標を選んでください。" in wrong.text
    with scope(three.coordinator.scope):
        setting = queries.find_setting(three.network_id)
        assert setting is not None
        assert setting.metric_ids == [RECEIVED]


def get_slug(three: Three) -> str:
    from kyoso.exchange.networks.queries import find_network

    network = find_network(three.network_id)
    assert network is not None
    return network.slug


@pytest.mark.parametrize(
    ("named_by", "founder", "members", "sender"),
    [
        (1, 2, [3, 2, 1], 1),
        (9, 2, [3, 2, 1], 2),
        (9, 8, [3, 2, 1], 3),
        (None, 8, [], None),
    ],
)
def test_the_sender_is_the_town_that_named_them_or_the_next_best(
    named_by, founder, members, sender
):
    assert rules.sender_of(named_by, founder, members) == sender
