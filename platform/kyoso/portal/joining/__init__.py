"""Joining a project (参加の申し出): a form without an account, on the page of a project."""
