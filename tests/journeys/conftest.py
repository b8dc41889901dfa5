"""The product as it is served, and a real browser in front of it."""

from support.live import chromium, live, open_page

__all__ = ["chromium", "live", "open_page"]
