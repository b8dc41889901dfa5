"""Programmes for people from outside (外部人材の制度): what each asks, as the town declares it."""
