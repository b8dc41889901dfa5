"""Needs (求めていること): what a town's departments look for, told to those who may propose."""
