import hashlib
import json

import pytest

from kyoso.tenancy.codes import is_code
from kyoso.tenancy.municipalities import LIST, all_municipalities, municipality


def test_all_municipalities_of_japan_are_known() -> None:
    assert len(all_municipalities()) == 1741
    assert all(is_code(code) for code in all_municipalities())
    assert len({town.prefecture for town in all_municipalities().values()}) == 47


@pytest.mark.parametrize(
    ("code", "name", "kana", "prefecture"),
    [
        ("074071", "磐梯町", "ばんだいまち", "福島県"),
        ("113611", "横瀬町", "よこぜまち", "埼玉県"),
        ("325252", "海士町", "あまちょう", "島根県"),
    ],
)
def test_a_code_gives_the_name(code: str, name: str, kana: str, prefecture: str) -> None:
    town = municipality(code)
    assert town is not None
    assert (town.name, town.kana, town.prefecture) == (name, kana, prefecture)


@pytest.mark.parametrize("code", ["070009", "016951", "999999", ""])
def test_prefectures_and_places_without_an_office_are_no_municipalities(code: str) -> None:
    assert municipality(code) is None


def test_the_vendored_files_are_those_of_the_lock() -> None:
    lock = json.loads((LIST.parent / "vendor.lock.json").read_text("utf-8"))
    named = {file["path"]: file for file in lock["files"]}
    assert named.keys() | {"vendor.lock.json"} == {path.name for path in LIST.parent.iterdir()}
    for name, file in named.items():
        content = (LIST.parent / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
        assert file["licence"] == "MIT"
