"""Basic types used everywhere: accounts, actors, ids, times, three-valued truth, refusals and diagnostics."""
