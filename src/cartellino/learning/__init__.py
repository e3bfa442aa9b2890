"""How often we were wrong: precision and recall, with their intervals."""
