"""Outages, one per file: they befall many honest people at once, and must not be held against them (law 8)."""
