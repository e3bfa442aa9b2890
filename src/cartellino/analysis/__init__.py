"""Answers questions from the log and writes nothing: backtests, threshold sweeps, explanations, signals over time."""
