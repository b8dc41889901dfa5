"""The schema base: strict, speaking the reader's language, and returning dataclasses."""

from __future__ import annotations

import datetime as dt
import enum
import unicodedata
import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, TypeVar

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate
from werkzeug.datastructures import MultiDict

from kyoso.core import text as texts
from kyoso.core.db import is_recent_id, new_id
from kyoso.core.errors import InvalidInput
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.search import search_key

#: Sent along with every form by the page itself; never a schema's business.
FORM_KEYS = frozenset({"csrf_token"})

E = TypeVar("E", bound=enum.StrEnum)


class InputSchema(Schema):
    """What a form or an API body may contain; anything else is an error."""

    class Meta:
        """Refuse unknown keys."""

        unknown = RAISE

    #: The frozen dataclass that the operation takes; None leaves a plain dict.
    builds: type | None = None

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Return the operation's input."""
        return self.builds(**data) if self.builds else data


def load_form(schema: type[InputSchema], form: MultiDict[str, str], **extra: Any) -> Any:
    """Return what the schema builds from a form; raises InvalidInput that names each field.

    An empty field counts as missing. `extra` is added to what was typed.
    """
    instance = schema()
    data: dict[str, Any] = {}
    for key in form:
        if key in FORM_KEYS:
            continue
        field = instance.fields.get(key)
        if isinstance(field, fields.List):
            data[key] = [value for value in form.getlist(key) if value != ""]
        elif form[key].strip() != "":
            data[key] = form[key]
        elif key not in instance.fields:
            data[key] = ""
    data |= extra
    try:
        return instance.load(data)
    except ValidationError as error:
        raise InvalidInput(_flat(error.normalized_messages())) from error  # type: ignore[no-untyped-call]


def _flat(messages: dict[str, Any]) -> dict[str, list[str]]:
    flat: dict[str, list[str]] = {}
    for name, found in messages.items():
        nested = found.values() if isinstance(found, dict) else [found]
        flat[name] = [
            _("この項目は受け付けられません。") if str(m) == "Unknown field." else str(m)
            for part in nested
            for m in (part if isinstance(part, list) else [part])
        ]
    return flat


def _saying(sentence: Any, *mistakes: str) -> dict[str, Any]:
    return dict.fromkeys(mistakes, sentence)


def _messages(label: Any) -> dict[str, Any]:
    required = _l("「%(label)s」を入力してください。", label=label)
    wrong = _l("「%(label)s」を正しく入力してください。", label=label)
    return {
        "required": required,
        "null": required,
        "invalid": wrong,
        "invalid_uuid": wrong,
        "too_large": wrong,
        "special": wrong,
        "validator_failed": wrong,
    }


class _Text(fields.String):
    def __init__(self, label: Any, maximum: int, multiline: bool, **kwargs: Any) -> None:
        self.label, self.maximum, self.multiline = label, maximum, multiline
        super().__init__(error_messages=_messages(label), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        typed = texts.clean(super()._deserialize(value, attr, data, **kwargs) or "")
        if self.required and not typed:
            raise self.make_error("required")
        place = texts.control_position(typed, multiline=self.multiline)
        if place is not None:
            raise ValidationError(
                _(
                    "「%(label)s」の%(place)s文字目に、使えない文字（制御文字や改行）があります。取り除いてください。",
                    label=self.label,
                    place=place,
                )
            )
        if len(typed) > self.maximum:
            raise ValidationError(
                _(
                    "「%(label)s」は%(max)s文字以内で入力してください（いま%(now)s文字）。",
                    label=self.label,
                    max=self.maximum,
                    now=len(typed),
                )
            )
        return typed


def text(
    label: Any, maximum: int, *, required: bool = True, multiline: bool = False, **kwargs: Any
) -> fields.Field[Any]:
    """Return a field for what people type; trimmed, composed, free of control characters."""
    if not required:
        kwargs.setdefault("load_default", "")
    return _Text(label, maximum, multiline, required=required, **kwargs)


class _Email(_Text):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        # Many people type an address in full-width letters; no address has any.
        wide = super()._deserialize(value, attr, data, **kwargs)
        typed = unicodedata.normalize("NFKC", wide).lower()
        if not typed:
            return typed
        wrong = str(
            _l("「%(label)s」は name@example.jp の形で入力してください。", label=self.label)
        )
        validate.Email(error=wrong)(typed)
        name, _at, domain = typed.rpartition("@")
        try:
            # Mail servers want 日本語.jp as xn--….
            return f"{name}@{domain.encode('idna').decode()}"
        except UnicodeError as error:
            raise ValidationError(wrong) from error


def email(label: Any, *, required: bool = True) -> fields.Field[Any]:
    """Return a field for a mail address, folded to lower case."""
    kwargs: dict[str, Any] = {} if required else {"load_default": ""}
    return _Email(label, 254, False, required=required, **kwargs)


def choice(label: Any, kind: type[E], *, required: bool = True, **kwargs: Any) -> fields.Field[Any]:
    """Return a field for one of an enum's values."""
    wrong = _l("「%(label)s」を選んでください。", label=label)
    if not required:
        kwargs.setdefault("load_default", None)
    return fields.Enum(
        kind,
        by_value=True,
        required=required,
        error_messages=_saying(wrong, "required", "null", "unknown"),
        **kwargs,
    )


def one_of(
    label: Any, values: Sequence[str], *, required: bool = True, **kwargs: Any
) -> fields.Field[Any]:
    """Return a field for one of some given strings."""
    wrong = _l("「%(label)s」を選んでください。", label=label)
    if not required:
        kwargs.setdefault("load_default", "")
    return fields.String(
        required=required,
        validate=validate.OneOf(values, error=wrong),  # type: ignore[arg-type]
        error_messages=_saying(wrong, "required", "null"),
        **kwargs,
    )


def integer(
    label: Any, minimum: int, maximum: int, *, required: bool = True, **kwargs: Any
) -> fields.Field[Any]:
    """Return a field for a whole number; full-width digits and thousands marks are understood."""
    if not required:
        kwargs.setdefault("load_default", None)
    return _Integer(label, minimum, maximum, required=required, **kwargs)


class _Integer(fields.Integer):
    def __init__(self, label: Any, minimum: int, maximum: int, **kwargs: Any) -> None:
        self.label, self.minimum, self.maximum = label, minimum, maximum
        super().__init__(error_messages=_messages(label), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, str):
            value = search_key(value).replace(",", "").strip()
        typed = super()._deserialize(value, attr, data, **kwargs)
        if typed is None or not self.minimum <= typed <= self.maximum:
            raise ValidationError(
                _(
                    "「%(label)s」は%(min)sから%(max)sまでの整数で入力してください。",
                    label=self.label,
                    min=f"{self.minimum:,}",
                    max=f"{self.maximum:,}",
                )
            )
        return typed


def decimal(
    label: Any, digits: int, places: int, *, required: bool = True, **kwargs: Any
) -> fields.Field[Any]:
    """Return a field for an exact number: so many digits before the point, so many places after."""
    if not required:
        kwargs.setdefault("load_default", None)
    return _Decimal(label, digits, places, required=required, **kwargs)


class _Decimal(fields.Decimal):
    def __init__(self, label: Any, digits: int, places: int, **kwargs: Any) -> None:
        self.label, self.digits, self.after = label, digits, places
        super().__init__(error_messages=_messages(label), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:
        if isinstance(value, str):
            value = search_key(value).replace(",", "").strip()
        typed = super()._deserialize(value, attr, data, **kwargs)
        if typed is None or abs(typed) >= 10**self.digits or typed != round(typed, self.after):
            raise ValidationError(
                _(
                    "「%(label)s」は%(digits)s桁まで、小数は%(places)s桁までの数で入力してください。",
                    label=self.label,
                    digits=self.digits,
                    places=self.after,
                )
            )
        return typed


def date(label: Any, *, required: bool = True, **kwargs: Any) -> fields.Field[Any]:
    """Return a field for a day, between 1900 and 2200."""
    if not required:
        kwargs.setdefault("load_default", None)
    wrong = _l("「%(label)s」は 2026-04-01 の形の日付で入力してください。", label=label)
    return fields.Date(
        required=required,
        validate=validate.Range(dt.date(1900, 1, 1), dt.date(2200, 1, 1), error=wrong),  # type: ignore[arg-type]
        error_messages=_messages(label) | {"invalid": wrong},
        **kwargs,
    )


def boolean(label: Any, **kwargs: Any) -> fields.Field[Any]:
    """Return a field for a checkbox: absent is False."""
    kwargs.setdefault("load_default", False)
    return fields.Boolean(error_messages=_messages(label), **kwargs)


def identifier(label: Any, *, required: bool = True, **kwargs: Any) -> fields.Field[Any]:
    """Return a field for the id of something chosen from a list."""
    if not required:
        kwargs.setdefault("load_default", None)
    wrong = _l("「%(label)s」を選んでください。", label=label)
    return fields.UUID(
        required=required,
        error_messages=_messages(label) | {"required": wrong, "invalid_uuid": wrong},
        **kwargs,
    )


def form_identifier(label: Any) -> fields.Field[Any]:
    """Return a field for the id that a form was shown with: what it makes gets this id.

    Only one made for a form of late will do. The id of something else in this town would let
    the two share one history.
    """
    stale = _l(
        "画面を開いてから時間がたったため、送信できませんでした。"
        "入力した内容は残っています。もう一度ボタンを押してください。"
    )

    def check(value: uuid.UUID) -> None:
        if not is_recent_id(value):
            raise ValidationError(str(stale))

    return fields.UUID(required=True, validate=check, error_messages=_messages(label))


def shown_again(form: MultiDict[str, str], errors: dict[str, list[str]]) -> MultiDict[str, str]:
    """Return what a form held, to be shown with its mistakes; a refused id becomes a new one."""
    values = form.copy()
    if "form_id" in errors:
        values["form_id"] = str(new_id())
    return values


def many(of: fields.Field[Any], label: Any, *, required: bool = False) -> fields.Field[Any]:
    """Return a field for several values under one name."""
    kwargs: dict[str, Any] = {} if required else {"load_default": list}
    wrong = _l("「%(label)s」を一つ以上選んでください。", label=label)
    checks = [validate.Length(min=1, error=wrong)] if required else []  # type: ignore[arg-type]
    return fields.List(
        of,
        required=required,
        validate=checks,
        error_messages=_saying(wrong, "required", "null"),
        **kwargs,
    )
