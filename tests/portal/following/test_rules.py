"""How a proposal's way is told to its proposer."""

import pytest

from kyoso.core.events import label_of
from kyoso.municipal.proposals.rules import ProposalStatus
from kyoso.portal.following import rules


@pytest.mark.parametrize("status", ProposalStatus)
def test_every_status_is_explained(status: ProposalStatus) -> None:
    assert rules.meaning_of(status).endswith("。")


@pytest.mark.parametrize("kind", rules.HAPPENED)
def test_every_line_of_the_history_is_a_real_event(kind: str) -> None:
    assert label_of(kind) != "記録"


def test_reviews_and_decisions_never_reach_the_history() -> None:
    private = ("Review", "Assign", "Interest", "Decision", "Letter", "Saved")
    told = [kind for kind in rules.HAPPENED if any(word in kind for word in private)]
    assert told == ["ReviewStarted"]


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("2026-0012", (2026, 12)),
        (" ２０２６－００１２ ", (2026, 12)),
        ("2026ー0012", (2026, 12)),
        ("2026 0012", (2026, 12)),
        ("20260012", (2026, 12)),
        ("2026-12345", (2026, 12345)),
        ("0000-0001", None),
        ("9999-0001", None),
        ("2026-", None),
        ("2026-0012; DROP", None),
        ("受付番号", None),
        ("", None),
    ],
)
def test_a_receipt_number_is_read_as_people_write_it(
    typed: str, number: tuple[int, int] | None
) -> None:
    assert rules.number_of(typed) == number
