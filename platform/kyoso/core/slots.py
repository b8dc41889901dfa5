"""Places on a page where features above add what the feature of the page does not know.

As an event tells upward what happened, a slot asks upward what else there is to show.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

#: Returns what goes into which place of the page.
Filler = Callable[..., Mapping[str, Markup]]

_fillers: dict[str, list[Filler]] = defaultdict(list)


def fills(page: str) -> Callable[[Filler], Filler]:
    """Ask the function below whenever a page is shown: it gets what the page is about.

    And, by name, what the page has loaded already.
    """

    def register(filler: Filler) -> Filler:
        if filler not in _fillers[page]:
            _fillers[page].append(filler)
        return filler

    return register


def parts_of(page: str, subject: Any, **loaded: Any) -> dict[str, Markup]:
    """Return what others have to show on a page, by place."""
    parts: dict[str, Markup] = defaultdict(Markup)
    for filler in _fillers[page]:
        for place, words in filler(subject, **loaded).items():
            parts[place] += words
    return parts
