"""The public status of the service: a map of the world, levels by country and feature, incidents, feeds."""
