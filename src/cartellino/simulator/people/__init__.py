"""Honest habits, one a file. Each says whose life it is and which rule it could be mistaken for."""
