"""Signals: windows made of panes, the keys that signals are counted by, derived columns, and the catalogue."""
