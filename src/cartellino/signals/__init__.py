"""What it adds up to: windows made of panes, the keys that signals can have, derived columns, and the catalogue."""
