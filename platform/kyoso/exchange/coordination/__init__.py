"""Coordinators (広域事務局): who coordinates a network, and the pages they work on."""
