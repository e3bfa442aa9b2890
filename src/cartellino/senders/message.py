"""A message that somebody wants to send, and how people and categories are named."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

Category = Literal["marketing", "utility", "authentication", "service"]
"""What a message is for; `service` is anything free-form."""

CATEGORIES: tuple[Category, ...] = ("marketing", "utility", "authentication", "service")

Names: TypeAlias = tuple[str, ...]
"""The pseudonyms of one person, those of a user id before those of a phone number."""


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A message that somebody wants to send, without its text.

    `category` is `None` where the template is unknown. `content` is a keyed fingerprint of what is the same in all
    messages alike. `country` is of the person, by ISO 3166-1; `zone` their time zone, where it is known.
    """

    number: str
    person: Names
    kind: str
    category: Category | None = "service"
    template: str | None = None
    language: str | None = None
    campaign: str | None = None
    content: str | None = None
    country: str | None = None
    zone: str | None = None
    links: int = 0
    automated: bool | None = None

    @property
    def is_template(self) -> bool:
        """Whether it may open a conversation."""
        return self.kind == "template"

    @property
    def is_marketing(self) -> bool:
        """Whether it advertises; a template of unknown category is judged as one that does."""
        return self.category in ("marketing", None)
