"""Enforcement: actions, standings, brakes, the pure function `decide`, and the sequencer, which alone changes state."""
