"""The documents that are written from the code, so that they cannot fall behind it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from pathlib import Path

from kyoso.core.access import GRANTS, MEMBER_ROLES, Permission, Role
from kyoso.core.i18n import jp_month
from kyoso.joint_metrics.month_lines import catalogue
from kyoso.registry import load_parts

HEAD = "<!-- Made by `kyoso docs` from the code; edits are lost. -->\n"
#: Those who come in without a membership, and the platform itself.
OTHERS = (Role.COORDINATOR, Role.GUEST, Role.LINK_HOLDER, Role.SYSTEM)


def permission_table() -> str:
    """Return docs/permissions.md: role × permission, as the code grants them."""
    load_parts()
    roles = (*MEMBER_ROLES, *OTHERS)
    lines = [
        HEAD,
        "# Permissions (権限の一覧)",
        "",
        "Everything that is not granted here is refused. Every route names one of these permissions;",
        "`public`, `link` and `signed-in` stand for pages that need none.",
        "",
    ]
    for noun, permissions in groupby(sorted(GRANTS), key=lambda each: each.partition(":")[0]):
        lines += [f"## {noun}", "", "| | " + " | ".join(role.label for role in roles) + " |"]
        lines.append("|---|" + ":-:|" * len(roles))
        lines += [_row(permission, roles) for permission in permissions]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _row(permission: Permission, roles: tuple[Role, ...]) -> str:
    held = ("○" if role in GRANTS[permission] else "" for role in roles)
    return f"| {permission.label} `{permission}` | " + " | ".join(held) + " |"


def metric_catalogue() -> str:
    """Return docs/metrics.md: each metric with its definition, as the code declares it."""
    load_parts()
    lines = [
        HEAD,
        "# Metrics (指標の一覧と定義)",
        "",
        "What a town counts of its month and publishes to its networks. A town's number is as of the",
        "month's end: counted again later, the same month gives the same number. What was not",
        "published is missing (未提出), never 0. A rate over fewer than 5 cases is said as its fraction.",
        "",
    ]
    for heading, definitions in catalogue():
        lines += [f"## {heading}", ""]
        for metric in (one.metric for one in definitions):
            lines += [
                f"### {metric.label} `{metric.id}`",
                "",
                str(metric.formula),
                "",
                f"- 単位: {metric.unit.label}",
                f"- まとめ方: {metric.kind.label}",
                f"- 良し悪し: {metric.direction.label}",
                f"- 数えられる月: {jp_month(metric.since)}から",
                f"- 数え方の版: {metric.version}",
                "",
            ]
    return "\n".join(lines).rstrip() + "\n"


DOCUMENTS: dict[str, Callable[[], str]] = {
    "docs/permissions.md": permission_table,
    "docs/metrics.md": metric_catalogue,
}


def write_documents(root: Path, *, check: bool = False) -> list[str]:
    """Write what differs, or with `check` only name it; returns those that differed."""
    differing = []
    for name, make in DOCUMENTS.items():
        wanted, file = make(), root / name
        if not file.exists() or file.read_text("utf-8") != wanted:
            differing.append(name)
            if not check:
                file.write_text(wanted, "utf-8")
    return differing
