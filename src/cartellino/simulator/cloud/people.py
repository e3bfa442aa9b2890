"""The people who have WhatsApp: their mood, and what stands between them and each number of a business."""

from __future__ import annotations

import re
from collections import deque
from functools import lru_cache
from typing import Any

import msgspec
import phonenumbers

from cartellino.senders.platform import Pair
from cartellino.simulator.cloud.thresholds import Mood
from cartellino.vocabulary.times import Instant

KEPT = 1_000
"""So many of the latest messages that somebody received are remembered."""

_WRITTEN = re.compile(r"\+?[0-9 ()\-.]{5,40}")


class Pairing(msgspec.Struct):
    """How fast a number writes to a person: a debt of `every` for each message, which a young burst may run up."""

    began: Instant = 0
    count: int = 0
    paid_at: Instant = 0

    def refused(self, now: Instant, pair: Pair) -> bool:
        """Whether the next message comes too fast."""
        may_borrow = now < self.began + pair.every and self.count < pair.burst
        return now < self.paid_at and not may_borrow

    def take(self, now: Instant, pair: Pair) -> None:
        """Count a message."""
        if now >= self.paid_at:
            self.began, self.count, self.paid_at = now, 0, now
        self.count += 1
        self.paid_at += pair.every


class Thread(msgspec.Struct):
    """One person and one number of a business."""

    window_until: Instant = 0
    free_until: Instant = 0
    """Until when messages are free since the person came by an advertisement."""
    pairing: Pairing = msgspec.field(default_factory=Pairing)
    has_blocked: bool = False
    is_blocked: bool = False
    """The business has blocked the person."""
    stopped_marketing: bool = False
    answered: int = 0
    """Messages answered since the window was opened anew."""
    wrote_at: Instant | None = None

    @property
    def open_until(self) -> Instant:
        """Until when anything may be written."""
        return max(self.window_until, self.free_until)


class Recipient(msgspec.Struct):
    """One person."""

    wa_id: str
    bsuid: str
    mood: Mood
    name: str
    chance: float = 1.0
    country: str = ""
    on_whatsapp: bool = True
    in_experiment: bool = False
    is_allowed: bool = True
    """On the list of a test number."""
    threads: dict[str, Thread] = msgspec.field(default_factory=dict)
    marketing: list[Instant] = msgspec.field(default_factory=list)
    """When marketing templates that were not answered reached them."""
    held_until: Instant = 0
    retries: int = 0
    received: deque[dict[str, Any]] = msgspec.field(default_factory=lambda: deque(maxlen=KEPT))
    sent: deque[dict[str, Any]] = msgspec.field(default_factory=lambda: deque(maxlen=KEPT))
    received_count: int = 0
    written_count: int = 0

    def thread(self, number: str) -> Thread:
        """Return what is between them and a number."""
        return self.threads.setdefault(number, Thread())


def wa_id_of(written: str) -> str | None:
    """Return the digits of a phone number as people write it; `None` for something else.

    >>> wa_id_of("+62 (811) 000-0001"), wa_id_of("US.123")
    ('628110000001', None)
    """
    if not _WRITTEN.fullmatch(written.strip()):
        return None
    return re.sub(r"\D", "", written) or None


@lru_cache(maxsize=65_536)
def country_of(wa_id: str) -> str:
    """Return the country of a phone number by ISO 3166-1, or nothing.

    >>> country_of("628112345678"), country_of("12")
    ('ID', '')
    """
    try:
        parsed = phonenumbers.parse(f"+{wa_id}")
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.region_code_for_number(parsed) or phonenumbers.region_code_for_country_code(
        parsed.country_code or 0
    ).replace("ZZ", "").replace("001", "")
