"""Honest habits, one per file. Each describes a life, and says which abuse it could be mistaken for."""
