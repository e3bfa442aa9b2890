"""Notices to holders: their facts, their texts in each language, and the codes on them."""
