"""Attacks, one per file. Each says what it costs its victims, and which traits give it away."""
