"""Forms: strict, named errors, and what people really type."""

import datetime as dt
import enum
import uuid
from dataclasses import dataclass

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from kyoso.core import schema
from kyoso.core.db import first_id_of, new_id
from kyoso.core.errors import InvalidInput
from kyoso.core.schema import load_form


class Colour(enum.StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Thing:
    name: str
    note: str
    mail: str
    colour: Colour | None
    amount: int | None
    day: dt.date | None
    agreed: bool
    which: uuid.UUID | None
    tags: list[str]


class ThingSchema(schema.InputSchema):
    builds = Thing

    name = schema.text("名前", 5)
    note = schema.text("備考", 20, required=False, multiline=True)
    mail = schema.email("メール", required=False)
    colour = schema.choice("色", Colour, required=False)
    amount = schema.integer("金額", 0, 1_000_000, required=False)
    day = schema.date("日付", required=False)
    agreed = schema.boolean("同意")
    which = schema.identifier("どれ", required=False)
    tags = schema.many(schema.text("札", 3), "札")


@pytest.fixture(autouse=True)
def _request(app: Flask):
    with app.test_request_context():
        yield


def load(**typed: object) -> Thing:
    form: MultiDict[str, str] = MultiDict({"name": "見本", "csrf_token": "x"} | typed)  # type: ignore[arg-type]
    return schema.load_form(ThingSchema, form)


def errors_of(**typed: object) -> dict[str, list[str]]:
    with pytest.raises(InvalidInput) as refused:
        load(**typed)
    return refused.value.errors


def test_the_smallest_form_gives_the_dataclass_with_its_defaults() -> None:
    assert load() == Thing("見本", "", "", None, None, None, False, None, [])


@pytest.mark.parametrize(
    ("field", "typed", "value"),
    [
        ("name", " ﾐﾎﾝ ", "ミホン"),
        ("note", "一\r\n二", "一\n二"),
        ("mail", " Mihon@Example.JP ", "mihon@example.jp"),
        ("mail", "ｍｉｈｏｎ＠ｅｘａｍｐｌｅ．ｊｐ", "mihon@example.jp"),
        ("mail", "mihon@日本語.jp", "mihon@xn--wgv71a119e.jp"),
        ("colour", "blue", Colour.BLUE),
        ("amount", "１,２３４", 1234),
        ("amount", "0", 0),
        ("day", "2026-04-01", dt.date(2026, 4, 1)),
        ("agreed", "yes", True),
        ("tags", ["一", "", "二"], ["一", "二"]),
        ("colour", " ", None),
    ],
)
def test_a_value_is_understood_as_people_write_it(field: str, typed: object, value: object) -> None:
    assert getattr(load(**{field: typed}), field) == value


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("name", "", "「名前」を入力してください。"),
        ("name", "　 ", "「名前」を入力してください。"),
        ("name", "六文字の名前", "「名前」は5文字以内で入力してください（いま6文字）。"),
        ("name", "改\n行", "2文字目に、使えない文字"),
        ("note", "a\x00", "2文字目に、使えない文字"),
        ("mail", "mihon@", "name@example.jp の形で"),
        ("mail", "み@ほん", "name@example.jp の形で"),
        ("mail", "a@" + "あ" * 60 + ".jp", "name@example.jp の形で"),
        ("colour", "green", "「色」を選んでください。"),
        ("amount", "たくさん", "「金額」を正しく入力してください。"),
        ("amount", "-1", "「金額」は0から1,000,000までの整数"),
        ("amount", "1.5", "「金額」"),
        ("amount", "9" * 5000, "「金額」"),
        ("day", "2026-02-30", "の形の日付で入力してください"),
        ("day", "0001-01-01", "の形の日付で入力してください"),
        ("which", "x", "「どれ」を選んでください。"),
        ("tags", ["長い長い札"], "「札」は3文字以内"),
        ("unknown", "x", "この項目は受け付けられません。"),
        ("agreed", "maybe", "「同意」を正しく入力してください。"),
    ],
)
def test_a_mistake_names_its_field(field: str, typed: object, sentence: str) -> None:
    errors = errors_of(**{field: typed})
    assert list(errors) == [field]
    assert sentence in errors[field][0]


def test_all_mistakes_are_named_at_once() -> None:
    assert set(errors_of(name="", mail="x", amount="x")) == {"name", "mail", "amount"}


def test_a_limit_counts_characters_not_bytes() -> None:
    assert load(name="🍙" * 5).name == "🍙" * 5


def test_sentences_are_in_the_readers_language(app: Flask) -> None:
    with app.test_request_context("/?lang=en"):
        assert errors_of(name="")["name"][0]


class Form(schema.InputSchema):
    """What a form makes."""

    form_id = schema.form_identifier("この画面")


DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)


@pytest.mark.parametrize(
    ("form_id", "taken"),
    [
        (lambda now: new_id(), True),
        (lambda now: first_id_of(now - DAY + MINUTE), True),
        (lambda now: first_id_of(now + MINUTE), True),
        (lambda now: first_id_of(now - DAY - MINUTE), False),
        (lambda now: first_id_of(now + 10 * MINUTE), False),
        (lambda now: uuid.uuid4(), False),
        (lambda now: uuid.UUID(int=new_id().int & ~(0xF << 76) | (0x4 << 76)), False),
        (lambda now: uuid.UUID(int=new_id().int | (0x3 << 62)), False),
        (lambda now: uuid.UUID(int=0), False),
        (lambda now: "x", False),
    ],
)
def test_a_form_is_known_by_an_id_of_the_last_day(form_id, taken):
    given = MultiDict({"form_id": str(form_id(dt.datetime.now(dt.UTC)))})
    if taken:
        assert str(load_form(Form, given)["form_id"]) == given["form_id"]
        return
    with pytest.raises(InvalidInput) as refused:
        load_form(Form, given)
    shown = schema.shown_again(given, refused.value.errors)
    assert load_form(Form, shown)["form_id"]
    assert schema.shown_again(given, {"title": ["x"]}) == given
