"""Searches of the talent pool that staff keep, with a weekly mail (保存した検索)."""
