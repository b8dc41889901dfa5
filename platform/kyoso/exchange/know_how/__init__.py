"""Know-how (ノウハウ): playbooks, forms, templates, guidelines, cases and lessons that towns share.

A town writes and keeps its own (`KnowHow`, with versions and files); what it publishes is a copy
in a row of its own (`KnowHowListing`), which is all that others ever see. A town may publish
without its name: then nobody can ask the database whose it is (migration 0031).
"""
