"""Consultations (相談): a question put to a network, its answers, and the one that is accepted.

A town may ask without its name: then no other town can learn whose question it is, from the pages
or from the database. The coordinators may know. See migration 0032.
"""
