"""Write the folder of a municipality that is new here, ready to edit."""

from __future__ import annotations

from pathlib import Path

from kyoso.tenancy import codes
from kyoso.tenancy.declarations import FOLDER, RESERVED_SLUGS, DeclarationError, Mistake
from kyoso.tenancy.folders import folders
from kyoso.tenancy.municipalities import municipality

_NEW_PROFILE = """\
# {name}。違うところだけを書く。書かなければ _default の値になる。理由をコメントで残す。
code = "{code}"
slug = "{slug}"
name = "{name}"
name_kana = "{kana}"
prefecture = "{prefecture}"

# 分かったら書く。数には「いつの数か」を添える。
# name_en = "… Town"
# population = {{ value = 3309, as_of = 2022-06-30 }}

# プログラムに名前を付けたら書く。
# [programme]
# name = "…ラボ"
# theme = "…"
# owners = [{{ department = "kikaku", from = "2026-04" }}]
"""

_NEW_ORG_CHART = """\
# {name}の組織。1項目が1つの課の1つの時期。
# 課が変わるときは until で終え、同じ slug の項目を from を付けて足す。消さない。

# [[departments]]
# slug = "kikaku"
# name = "企画課"
# from = "2026-04"
"""

_NEW_STRATEGY = """\
# {name}の将来像・戦略・戦術。総合計画から写す。

# [[visions]]
# number = 1
# title = "…"
#
# [[visions.strategies]]
# number = 1
# title = "…"
# tactics = [
#     {{ id = "1-1", departments = ["kikaku"], title = "…" }},
# ]
"""

_NEW_INTAKE = """\
# {name}の受付方針。初めの値は _default/intake_policy.toml。違うところだけを、理由とともに書く。

# stance = "open"            # open 全方位 / focused 課題特化 / mixed 両方
# answer_within_days = 45
"""


def write_new(root: Path, code: str, slug: str) -> Path:
    """Write a town's folder, ready to edit and already free of mistakes; return its path."""
    place = f"{code}-{slug}"
    reason = codes.code_mistake(code)
    town = municipality(code)
    if reason is None and town is None:
        reason = f"団体コード {code} の自治体は全国の一覧にありません。"
    if reason is None and not FOLDER.fullmatch(place):
        reason = (
            f"「{slug}」は使えません。英小文字で始め、英小文字・数字・ハイフンで書いてください。"
        )
    if reason is None and slug in RESERVED_SLUGS:
        reason = f"「{slug}」は製品が使う名前なので、町の名前にはできません。"
    if reason is None:
        reason = next(
            (
                f"{folder.name} がすでにあります。"
                for folder in folders(root)
                if folder.name.split("-", 1)[0] == code or folder.name.split("-", 1)[-1] == slug
            ),
            None,
        )
    if reason is not None or town is None:
        raise DeclarationError([Mistake(place, "", reason or "")])
    words = {
        "code": code,
        "slug": slug,
        "name": town.name,
        "kana": town.kana,
        "prefecture": town.prefecture,
    }
    folder = root / place
    folder.mkdir()
    for file, text in (
        ("profile.toml", _NEW_PROFILE),
        ("org_chart.toml", _NEW_ORG_CHART),
        ("strategy.toml", _NEW_STRATEGY),
        ("intake_policy.toml", _NEW_INTAKE),
    ):
        (folder / file).write_text(text.format(**words), "utf-8")
    return folder
