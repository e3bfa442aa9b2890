"""Carries an event from the wire to a decision: intake, log, kernel, sequencer; no SQL and no HTTP."""
