import pytest
from flask import Flask

from kyoso.municipal.strategy.rules import TacticKind


@pytest.mark.parametrize("kind", TacticKind)
def test_every_kind_has_a_label(kind: TacticKind, app: Flask) -> None:
    assert kind.label
