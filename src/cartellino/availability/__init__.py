"""Banned, down or restricted: what rows of health say of every country and feature, as pure functions of those rows."""
