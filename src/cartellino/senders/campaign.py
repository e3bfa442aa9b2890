"""A campaign and its audience: one template to many people, from an instant on."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from cartellino.senders.facts import Category, Message, Names
from cartellino.vocabulary.times import Instant


class Campaign(msgspec.Struct, frozen=True):
    """What is to be sent, from which number."""

    number: str
    template: str
    language: str
    category: Category
    starts_at: Instant


class Recipient(msgspec.Struct, frozen=True):
    """A line of the audience: `to` as it was written, and who that is; `why` says why it is nobody."""

    to: str
    names: Names = ()
    country: str | None = None
    zone: str | None = None
    language: str | None = None
    why: str = ""

    def message(self, campaign: Campaign) -> Message:
        """Return the message that this person would get."""
        return Message(
            number=campaign.number, person=self.names, kind="template", category=campaign.category,
            template=campaign.template, language=self.language or campaign.language, country=self.country,
            zone=self.zone,
        )  # fmt: skip


def without_repeats(audience: Sequence[Recipient]) -> tuple[list[Recipient], list[tuple[Recipient, str]]]:
    """Split an audience into people, each once, and lines that are nobody or somebody again, with the reason."""
    people: list[Recipient] = []
    others: list[tuple[Recipient, str]] = []
    seen: set[str] = set()
    for recipient in audience:
        if recipient.why:
            others.append((recipient, recipient.why))
        elif seen.intersection(recipient.names):
            others.append((recipient, "stands in the audience before"))
        else:
            seen.update(recipient.names)
            people.append(recipient)
    return people, others
