"""Attacks, one a file. Each says what it costs its victims and what gives it away."""
