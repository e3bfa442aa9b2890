"""What can fail for a person, and which columns of an event bear on it.

>>> feature_of("message_failed", "image"), feature_of("delivered", None), feature_of("blocked", None)
('media_up', None, None)
"""

from __future__ import annotations

from types import MappingProxyType

FEATURES = (
    "sending", "receiving", "media_up", "media_down", "voice", "calls", "sign_in", "registration", "status",
)  # fmt: skip
"""What a person can do and find broken, as in the contract."""

CORE = frozenset({"sending", "receiving"})
"""Without these there is no service: text goes out, text comes in."""

_OF_MEDIA = MappingProxyType(
    {"image": "media_up", "video": "media_up", "document": "media_up", "audio": "voice", "voice": "voice",
     "call": "calls", "text": "sending"}
)  # fmt: skip

_OF_KIND = MappingProxyType({"connected": "sign_in", "sign_in_failed": "sign_in", "registered": "registration"})

_RECEIVING = ("receive", "download", "fetch", "media_down")
"""In the reason of a failure: what failed was coming in, not going out."""

FAILURES = frozenset({"message_failed", "sign_in_failed"})
SUCCESSES = frozenset({"message_sent", "connected", "registered", "broadcast_sent", "status_posted"})
ARRIVALS = "delivered"
"""The kind of event that says that a message of the account has arrived."""

CAUSED = MappingProxyType(
    {
        "sign_in": frozenset({"sign_in_failed", "connected"}),
        "registration": frozenset({"sign_in_failed", "connected", "registered"}),
    }
)
"""Kinds of event that a failure of a feature brings about: retries and reconnects; of the others see `caused_by`."""


def feature_of(kind: str, media: str | None, reason: str | None = None) -> str | None:
    """Return the feature on which an event bears; `None` where it says nothing of any."""
    if kind in _OF_KIND:
        return "registration" if kind == "sign_in_failed" and "regist" in (reason or "") else _OF_KIND[kind]
    if kind == "status_posted":
        return "status"
    if kind not in ("message_sent", "message_failed", "broadcast_sent"):
        return None
    going_out = _OF_MEDIA.get(media or "text", "sending")
    if kind == "message_failed" and any(word in (reason or "").lower() for word in _RECEIVING):
        return "media_down" if going_out == "media_up" else "receiving"
    return going_out


def caused_by(feature: str) -> frozenset[str]:
    """Return the kinds of event that a failure of a feature explains: retry storms and reconnects, nothing else.

    >>> sorted(caused_by("media_up"))
    ['connected', 'message_failed', 'sign_in_failed']
    """
    return CAUSED.get(feature, frozenset({"message_failed", "connected", "sign_in_failed"}))
