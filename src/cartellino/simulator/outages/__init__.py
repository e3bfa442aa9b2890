"""Outages, one a file: what happens to honest people all at once, and must not be held against them (law 8)."""
