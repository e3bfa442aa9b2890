"""What a complaint or an order is about: the categories, and those that come before all others."""

from __future__ import annotations

from typing import Literal, get_args

Category = Literal[
    "threat_to_life", "child_safety", "terrorism", "intimate_imagery", "impersonation", "scam", "hate", "harassment",
    "illegal_goods", "personal_data", "intellectual_property", "spam", "other_illegal", "terms",
]  # fmt: skip

CATEGORIES: tuple[Category, ...] = get_args(Category)

FAST: frozenset[Category] = frozenset({"threat_to_life", "child_safety"})
"""Those that are looked at before anything else, whose data are preserved, and that are shown to nobody without need.

Whoever files one need not confirm their address, and it is handled even while the handling of their other complaints
is suspended."""

WITHOUT_FILES: frozenset[Category] = frozenset({"child_safety"})
"""Those with which no file is taken: to have such a picture is an offence in most countries, to send one as well."""
