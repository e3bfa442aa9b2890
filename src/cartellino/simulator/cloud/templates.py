"""Templates of an account, and what became of them."""

from __future__ import annotations

import re
from typing import Any, Literal

import msgspec

from cartellino.simulator.cloud.feedback import Feedback
from cartellino.vocabulary.times import SECOND, Instant

Category = Literal["marketing", "utility", "authentication"]
CATEGORIES: tuple[Category, ...] = ("marketing", "utility", "authentication")

_PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_ADVERTISES = re.compile(
    r"\b(sale|discount|offer|promo|promotion|coupon|deal|shop now|buy now|sconto|saldi|offerta|promozione|diskon)\b"
    r"|% off\b",
    re.I,
)


class Template(msgspec.Struct):
    """A template in one language."""

    id: str
    name: str
    language: str
    category: Category
    components: list[dict[str, Any]]
    status: str = "APPROVED"
    quality: str = "UNKNOWN"
    rated_at: Instant = 0
    """Since when it has this quality."""
    previous_category: str | None = None
    parameter_format: str = "POSITIONAL"
    rejected_reason: str = "NONE"
    pauses: int = 0
    feedback: Feedback = msgspec.field(default_factory=Feedback)
    is_paced: bool = False
    paced: int = 0
    judged_at: Instant | None = None
    """When the messages that are held are judged."""

    def shown(self) -> dict[str, Any]:
        """Return it as the Graph API shows it."""
        held = {
            "id": self.id, "name": self.name, "language": self.language, "status": self.status,
            "category": self.category.upper(), "components": self.components,
            "parameter_format": self.parameter_format, "rejected_reason": self.rejected_reason,
            "quality_score": {"score": self.quality, "date": self.rated_at // SECOND},
        }  # fmt: skip
        return held | ({"previous_category": self.previous_category} if self.previous_category else {})

    def text(self, kind: str = "BODY") -> str:
        """Return the text of a component."""
        return next((str(one.get("text", "")) for one in self.components if one.get("type") == kind), "")

    def places(self, kind: str) -> list[str]:
        """Return the placeholders in a component's text, each once."""
        return list(dict.fromkeys(_PLACE.findall(self.text(kind))))


def advertises(components: list[dict[str, Any]]) -> bool:
    """Say whether the words of a template advertise."""
    return any(_ADVERTISES.search(str(one.get("text", ""))) for one in components)


def is_only_a_place(components: list[dict[str, Any]]) -> bool:
    """Say whether the body is nothing but a placeholder, so that nobody can tell what it says."""
    body = next((str(one.get("text", "")) for one in components if one.get("type") == "BODY"), "")
    return bool(body) and not _PLACE.sub("", body).strip()
