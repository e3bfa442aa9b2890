"""Keeps it: the event log."""
