"""Hold a declaration to its JSON Schema, and say in Japanese what is wrong with it and where."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from kyoso.tenancy import codes
from kyoso.tenancy.declarations import Mistake

_HOST = re.compile(r"(?=.{4,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_MONTH = re.compile(r"\d{4}-\d{2}")

FORMATS = FormatChecker(formats=())


def _format(name: str, reason: str) -> Callable[[Callable[[str], bool]], Callable[[str], bool]]:
    """Make a format of ours known to the schemas, with what to say when it is missed."""

    def register(test: Callable[[str], bool]) -> Callable[[str], bool]:
        FORMATS.checks(name)(lambda value: not isinstance(value, str) or test(value))
        _FORMAT_REASONS[name] = reason
        return test

    return register


_FORMAT_REASONS: dict[str, str] = {}


def day(text: str) -> dt.date | None:
    """Return the date written `2026-04-01`, or None if the text is no such date."""
    try:
        # Only the long form: fromisoformat would also take 20260401 and 2026-W14-3.
        return dt.date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else None
    except ValueError:
        return None


@_format("day", "日付は 2026-04-01 の形で書いてください")
def _is_day(text: str) -> bool:
    return day(text) is not None


@_format("day-or-month", '日付は 2026-04-01 か "2026-04" の形で書いてください')
def _is_day_or_month(text: str) -> bool:
    return day(f"{text}-01" if _MONTH.fullmatch(text) else text) is not None


@_format("moment", "日時は 2026-04-01T09:00:00 の形で書いてください")
def _is_moment(text: str) -> bool:
    try:
        return dt.datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


@_format("municipality-code", "6桁の団体コードとして正しくありません")
def _is_code(text: str) -> bool:
    return codes.is_code(text)


@_format("host-name", "ホスト名は kyoso.example.jp の形で、英小文字で書いてください")
def _is_host(text: str) -> bool:
    return bool(_HOST.fullmatch(text))


@_format("mail-address", "メールアドレスの形ではありません")
def _is_mail(text: str) -> bool:
    return bool(_MAIL.fullmatch(text))


_TYPES = {
    "string": '文字列（"…"）',
    "integer": "整数",
    "number": "数",
    "boolean": "true か false",
    "array": "配列（[ … ]）",
    "object": "表",
}


def by_schema(
    schema: Draft202012Validator, declared: dict[str, Any], place: str
) -> Iterator[Mistake]:
    """Find what a declaration does not keep to; `place` is the file it came from."""
    for error in schema.iter_errors(declared):
        yield from _explain(error, place)


def _explain(error: ValidationError, place: str) -> Iterator[Mistake]:
    key = _key(error.absolute_path)
    limit: Any = error.validator_value
    match error.validator:
        case "additionalProperties":
            for name in sorted(set(error.instance) - set(error.schema["properties"])):
                known = "、".join(error.schema["properties"])
                yield Mistake(
                    place, _join(key, name), f"知らないキーです。使えるのは {known} です。"
                )
        case "required":
            for name in sorted(set(limit) - set(error.instance)):
                yield Mistake(place, _join(key, name), "このキーは必ず要ります。")
        case "dependentRequired":
            yield Mistake(place, key, f"{'、'.join(*limit.values())} も書いてください。")
        case "type":
            yield Mistake(place, key, f"{_TYPES[limit]}で書いてください。")
        case "enum":
            words = "、".join(str(word) for word in limit)
            yield Mistake(
                place, key, f"「{error.instance}」は使えません。{words} のどれかにしてください。"
            )
        case "format" if limit == "municipality-code":
            yield Mistake(place, key, str(codes.code_mistake(error.instance)))
        case "format":
            yield Mistake(place, key, f"「{error.instance}」: {_FORMAT_REASONS[limit]}。")
        case "pattern":
            yield Mistake(place, key, f"「{error.instance}」は {limit} の形に合いません。")
        case "minLength" | "minItems":
            yield Mistake(place, key, "空にはできません。")
        case "maxLength":
            yield Mistake(place, key, f"{limit}字以内で書いてください。")
        case "minimum" | "exclusiveMinimum" | "maximum":
            word = {"minimum": "以上", "exclusiveMinimum": "より大きく", "maximum": "以下"}
            yield Mistake(place, key, f"{limit}{word[str(error.validator)]}にしてください。")
        case "uniqueItems":
            yield Mistake(place, key, "同じものが二度書かれています。")
        case _:
            yield Mistake(place, key, "書き方が _schema の説明に合いません。")


def _key(path: Sequence[str | int]) -> str:
    """Return a path as people write it, counting from 1: ``departments[3].name``."""
    key = ""
    for part in path:
        key = f"{key}[{part + 1}]" if isinstance(part, int) else _join(key, part)
    return key


def _join(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name
