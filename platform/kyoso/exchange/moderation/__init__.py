"""Moderation (通報と非表示): what is wrong in the exchange is reported, hidden and shown again.

Anything that is published can be moderated: a kind of `exchange.finding` and an id name it. A
feature whose table is moderated has a column ``hidden_in`` (networks, not writable by the
application), leaves those out in its policies, names itself in migration 0036, and says beside
its pages what an item is: see `queries.describes`. It hears `OwnItemShown` to be found again.
"""
