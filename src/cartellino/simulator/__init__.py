"""A small town with known truth: honest habits, attacks and outages, deterministic by seed."""
