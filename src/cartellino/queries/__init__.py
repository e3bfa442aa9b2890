"""Reads the database: every question has a name and a sentence, in the module of the noun that it asks about."""
