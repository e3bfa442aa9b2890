"""Runs it: the route of an event on one page."""
