"""Reads the log and writes nothing: backtests, threshold sweeps, explanations and the history of signals."""
