"""Keeps it: tables and migrations, the event log, and every file that has to survive."""
