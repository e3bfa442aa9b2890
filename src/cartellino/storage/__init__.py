"""Durable storage: the database with its tables and migrations, the event log, and every other file that must last."""
