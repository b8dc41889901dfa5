"""What was drawn once and is the same until its numbers change: kept in this process, bounded.

The key must hold all that decides what is drawn: whose rows, which revision, filters, language.
Then nothing has to be thrown away when something changes, and nobody gets what is another's.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable


class Remembered:
    """Texts, encoded, by their keys; the ones that nobody asked for longest go first."""

    def __init__(self, size: int) -> None:
        self.room = size
        self._texts: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """Return the text of a key, made now if it is not known."""
        with self._lock:
            if key in self._texts:
                self._texts.move_to_end(key)
                return self._texts[key]
        text = make()
        with self._lock:
            self.room += len(self._texts.pop(key, b""))
            self._texts[key] = text
            self.room -= len(text)
            while self.room < 0 and self._texts:
                _key, gone = self._texts.popitem(last=False)
                self.room += len(gone)
        return text

    def __len__(self) -> int:
        """Return how many texts are kept."""
        return len(self._texts)
