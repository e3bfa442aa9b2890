"""The content of honest messages: mostly text, some media, and forwards that half the town passes on.

All shares are assumptions. A popular forward is sent by hundreds of honest people in a day, so equal content alone
proves nothing, and rules have to stand this.
"""

from __future__ import annotations

from random import Random
from typing import Any

from cartellino.simulator.town import Town
from cartellino.vocabulary.times import DAY

MIX = ("text",) * 78 + ("image",) * 9 + ("voice",) * 5 + ("call",) * 4 + ("video",) * 2 + ("audio", "document")
"""The media of one hundred messages."""

PLAIN = frozenset({"text", "voice", "call"})
FORWARDED_TEXTS = 0.01
FINGERPRINTED_MEDIA = 0.3


def dress(town: Town, rng: Random) -> dict[str, Any]:
    """Draw the columns that describe the content of a message; a few percent have a fingerprint."""
    media = MIX[int(rng.random() * len(MIX))]
    if media == "text" and rng.random() < FORWARDED_TEXTS:
        return {"media": media, "content_by": "client", **_forward(town, rng)}
    if media in PLAIN or rng.random() >= FINGERPRINTED_MEDIA:
        return {"media": media}
    return {"media": media, "content_by": "server", **(_forward(town, rng) if rng.random() < 0.6 else _own(rng))}


def _own(rng: Random) -> dict[str, Any]:
    return {"content": f"c{rng.getrandbits(48):012x}", "forwards": 0}


def _forward(town: Town, rng: Random) -> dict[str, Any]:
    """Draw one of the forwards of the last three days, of which a few are very frequent and most are rare."""
    born = town.now // DAY - rng.randrange(3)
    rank = min(int(rng.paretovariate(0.7)), 2_000)
    return {"content": f"f{born}-{rank}", "forwards": min(int(rng.paretovariate(0.9)), 5_000)}
