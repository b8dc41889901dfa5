"""What the files of a town, and the towns among each other, must say together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from kyoso.tenancy import themes
from kyoso.tenancy.declarations import (
    FILES,
    RESERVED_SLUGS,
    Declaration,
    Mistake,
    overlap,
    period_of,
)
from kyoso.tenancy.municipalities import municipality

#: Which declaration, which key, and the reason.
Found = Iterator[tuple[str, str, str]]


def _identity(town: Declaration) -> Found:
    profile = town.profile
    known = municipality(town.code)
    if town.folder != f"{town.code}-{town.slug}":
        yield (
            "profile",
            "slug",
            f"フォルダー名 {town.folder} は {town.code}-{town.slug} のはずです。",
        )
    if town.slug in RESERVED_SLUGS:
        yield "profile", "slug", f"「{town.slug}」は製品が使う名前なので、町の名前にはできません。"
    if known is None:
        yield "profile", "code", f"団体コード {town.code} の自治体は全国の一覧にありません。"
        return
    for key, right in (
        ("name", known.name),
        ("name_kana", known.kana),
        ("prefecture", known.prefecture),
    ):
        if profile[key] != right:
            yield "profile", key, f"「{profile[key]}」は全国の一覧の「{right}」と違います。"


def _departments(town: Declaration) -> Found:
    units = town.org_chart["departments"]
    slugs = {unit["slug"] for unit in units}
    for at, unit in enumerate(units, 1):
        parent = unit.get("parent")
        if parent is not None and parent not in slugs:
            yield "org_chart", f"departments[{at}].parent", f"上の組織「{parent}」がありません。"
    parents = {unit["slug"]: unit.get("parent") for unit in units}
    for slug in sorted(slugs):
        seen, above = {slug}, parents[slug]
        while above is not None and above not in seen:
            seen.add(above)
            above = parents.get(above)
        # Each unit of a circle comes by here; one of them is enough to say it.
        if above == slug == min(seen):
            yield "org_chart", "departments", f"「{slug}」の上の組織をたどると自分に戻ります。"
    yield from _periods("org_chart", "departments", units, lambda unit: unit["slug"])


def _department_references(town: Declaration) -> Found:
    slugs = {unit["slug"] for unit in town.org_chart["departments"]}
    missing = "org_chart.toml に課「{}」がありません。"
    contact = town.profile.get("contact", {}).get("department")
    if contact is not None and contact not in slugs:
        yield "profile", "contact.department", missing.format(contact)
    promoting = town.profile.get("roles", {}).get("department")
    if promoting is not None and promoting not in slugs:
        yield "profile", "roles.department", missing.format(promoting)
    owners = town.profile["programme"].get("owners", [])
    for at, owner in enumerate(owners, 1):
        if owner["department"] not in slugs:
            key = f"programme.owners[{at}].department"
            yield "profile", key, missing.format(owner["department"])
    # One owner at a time: the desk has to know whose it is.
    yield from _periods("profile", "programme.owners", owners, lambda _: "所管")
    for key, tactic in _tactics(town):
        for at, department in enumerate(tactic["departments"], 1):
            slug = department if isinstance(department, str) else department["department"]
            if slug not in slugs:
                yield "strategy", f"{key}.departments[{at}]", missing.format(slug)
        yield from _periods(
            "strategy",
            f"{key}.departments",
            [d if isinstance(d, dict) else {"department": d} for d in tactic["departments"]],
            lambda entry: entry["department"],
        )


def _strategy(town: Declaration) -> Found:
    visions = town.strategy["visions"]
    yield from _periods("strategy", "visions", visions, lambda vision: vision["number"])
    for v, vision in enumerate(visions, 1):
        strategies = vision.get("strategies", [])
        place = f"visions[{v}].strategies"
        yield from _periods("strategy", place, strategies, lambda strategy: strategy["number"])
    by_id: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for key, tactic in _tactics(town):
        by_id.setdefault(tactic["id"], []).append((key, tactic))
    for name, entries in by_id.items():
        for at, (key, tactic) in enumerate(entries):
            if any(overlap(period_of(tactic), period_of(other)) for _, other in entries[:at]):
                yield "strategy", f"{key}.id", f"戦術「{name}」が同じ時期に二つあります。"
            if _reversed(tactic):
                yield "strategy", f"{key}.until", "until が from より前です。"


def _tactics(town: Declaration) -> Iterator[tuple[str, dict[str, Any]]]:
    for v, vision in enumerate(town.strategy["visions"], 1):
        for s, strategy in enumerate(vision.get("strategies", []), 1):
            for t, tactic in enumerate(strategy.get("tactics", []), 1):
                yield f"visions[{v}].strategies[{s}].tactics[{t}]", tactic


def _intake(town: Declaration) -> Found:
    policy = town.intake_policy
    for name in ("criteria", "decline_grounds"):
        keys = [entry["key"] for entry in policy[name]]
        for at, key in enumerate(keys, 1):
            if key in keys[: at - 1]:
                yield "intake_policy", f"{name}[{at}].key", f"「{key}」が二度書かれています。"
    windows = policy["windows"]
    periods = windows.get("periods", [])
    if windows["kind"] == "dated" and not periods:
        yield "intake_policy", "windows.periods", "kind が dated のときは期間を書いてください。"
    if windows["kind"] != "dated" and periods:
        yield "intake_policy", "windows.periods", "期間を書くなら kind を dated にしてください。"
    if windows["kind"] != "monthly" and "monthly" in windows:
        yield "intake_policy", "windows.monthly", "毎月の受付なら kind を monthly にしてください。"
    monthly = windows.get("monthly", {})
    if monthly.get("closes_on_day", 31) < monthly.get("opens_on_day", 1):
        yield "intake_policy", "windows.monthly.closes_on_day", "締め切る日が始める日より前です。"
    plain = [{"from": p["opens_on"], "until": p["closes_on"]} for p in periods]
    yield from _periods(
        "intake_policy", "windows.periods", plain, lambda _: "受付期間", last="closes_on"
    )


def _projects(town: Declaration) -> Found:
    known = {tactic["id"] for _, tactic in _tactics(town)}
    numbers: set[int] = set()
    for at, project in enumerate(town.projects["projects"], 1):
        if project["number"] in numbers:
            yield "projects", f"projects[{at}].number", f"No.{project['number']} が二つあります。"
        numbers.add(project["number"])
        if "tactic" in project and project["tactic"] not in known:
            reason = f"strategy.toml に戦術「{project['tactic']}」がありません。"
            yield "projects", f"projects[{at}].tactic", reason


def _agreements(town: Declaration) -> Found:
    for at, agreement in enumerate(town.agreements["agreements"], 1):
        parties = agreement.get("parties", [])
        for number, code in enumerate(parties, 1):
            if municipality(code) is None:
                key = f"agreements[{at}].parties[{number}]"
                yield "agreements", key, f"団体コード {code} の自治体は全国の一覧にありません。"
        if parties and town.code not in parties:
            reason = f"自分の団体コード {town.code} がありません。"
            yield "agreements", f"agreements[{at}].parties", reason


def _colour(town: Declaration) -> Found:
    token = town.theme["key_color"]
    color = themes.KEY_COLORS.get(token)
    if color is None:
        yield "theme", "key_color", f"「{token}」は色の一覧にありません。"
        return
    ratio = themes.contrast(color, themes.WHITE)
    if ratio < themes.LEAST_CONTRAST:
        reason = f"白との対比が {ratio:.2f} です。{themes.LEAST_CONTRAST} 以上の色にしてください。"
        yield "theme", "key_color", reason


_CHECKS = (
    _identity,
    _departments,
    _department_references,
    _strategy,
    _intake,
    _projects,
    _agreements,
    _colour,
)


def _periods(
    name: str,
    key: str,
    entries: Sequence[Mapping[str, Any]],
    same: Callable[[Mapping[str, Any]], Any],
    *,
    last: str = "until",
) -> Found:
    """Find periods that end before they begin, and two periods of one thing that share a day."""
    for at, entry in enumerate(entries, 1):
        if _reversed(entry):
            yield name, f"{key}[{at}].{last}", f"{last} が始まりより前です。"
        for before, earlier in enumerate(entries[: at - 1], 1):
            if same(earlier) == same(entry) and overlap(period_of(earlier), period_of(entry)):
                reason = f"「{same(entry)}」の時期が {before} 番目の項目と重なります。"
                yield name, f"{key}[{at}]", reason


def _reversed(entry: Mapping[str, Any]) -> bool:
    begin, end = period_of(entry)
    return begin is not None and end is not None and end < begin


def check_between_towns(declarations: Sequence[Declaration]) -> Iterator[Mistake]:
    """Find codes, slugs and host names that two towns claim."""

    def each(
        values: Callable[[Declaration], Sequence[str]], key: str, word: str
    ) -> Iterator[Mistake]:
        owner: dict[str, str] = {}
        for town in declarations:
            for value in values(town):
                if value in owner:
                    reason = f"{word}「{value}」は {owner[value]} も使っています。"
                    yield Mistake(f"{town.folder}/profile.toml", key, reason)
                owner.setdefault(value, town.folder)

    yield from each(lambda town: [town.code], "code", "団体コード")
    yield from each(lambda town: [town.slug], "slug", "名前")
    yield from each(lambda town: town.profile.get("hosts", []), "hosts", "ホスト名")


def check_town(town: Declaration) -> Iterator[Mistake]:
    """Find what the files of one town contradict, in each other or in the national list."""
    for check in _CHECKS:
        for name, key, reason in check(town):
            yield Mistake(f"{town.folder}/{FILES[name]}", key, reason)
