"""What was drawn once is kept, within bounds, and never mixed up."""

from hypothesis import given
from hypothesis import strategies as st

from kyoso.core.remembering import Remembered


def test_a_text_is_made_once_for_each_key():
    made, kept = [], Remembered(100)
    for key in ("a", "b", "a"):
        assert (
            kept.get(key, lambda key=key: made.append(key) or key.encode() * 3) == key.encode() * 3
        )
    assert made == ["a", "b"]


def test_what_nobody_asked_for_longest_goes_first():
    kept = Remembered(20)
    for key in ("a", "b"):
        kept.get(key, lambda: b"x" * 9)
    kept.get("a", lambda: b"")
    kept.get("c", lambda: b"x" * 9)
    assert kept.get("a", lambda: b"anew") == b"x" * 9
    assert kept.get("b", lambda: b"anew") == b"anew"


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 40)), max_size=60))
def test_it_never_keeps_more_than_it_may(asked):
    kept, sizes = Remembered(100), {}
    for key, size in asked:
        said = kept.get(key, lambda size=size: b"x" * size)
        sizes[key] = len(said)
        assert sum(len(text) for text in kept._texts.values()) <= 100
        assert kept.room == 100 - sum(len(text) for text in kept._texts.values())
