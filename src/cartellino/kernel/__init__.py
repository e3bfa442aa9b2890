"""How it is run: `reference` is the meaning, one event at a time, in plain Python."""
