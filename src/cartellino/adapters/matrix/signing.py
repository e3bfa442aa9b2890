"""Signatures of Matrix (server-server API, "Signing events" and "Request Authentication"): Ed25519 over canonical JSON.

>>> canonical({"b": 1, "a": {"ü": [True, None]}})
b'{"a":{"\\xc3\\xbc":[true,null]},"b":1}'
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from cartellino.vocabulary.refusals import BadArgument

KEY_ID = "ed25519:policy_server"
"""The only key id under which a policy server signs."""

_ALWAYS = ("event_id", "type", "room_id", "sender", "state_key", "content", "hashes", "signatures", "depth",
           "prev_events", "auth_events", "origin_server_ts")  # fmt: skip
_OLD = ("origin", "membership", "prev_state")
"""Keys of the event itself that redaction keeps; the old ones up to room version 10."""

_POWERS = ("ban", "events", "events_default", "kick", "redact", "state_default", "users", "users_default")

_FIELD = re.compile(r'\s*([a-zA-Z0-9_]+)\s*=\s*(?:"([^"]*)"|([^,\s]*))\s*(?:,|$)')


def canonical(value: object) -> bytes:
    """Return a value as canonical JSON: sorted keys, no white space, UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False).encode()


def unpadded(data: bytes) -> str:
    """Return bytes as Base64 without padding."""
    return base64.b64encode(data).rstrip(b"=").decode()


def padded(text: str) -> bytes:
    """Return the bytes of Base64, with or without padding, in either alphabet.

    Raises `ValueError`.
    """
    return base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)


class Key:
    """The private key of a policy server."""

    def __init__(self, text: bytes) -> None:
        """`text` is a seed of 32 bytes in Base64.

        Raises `BadArgument` for anything else.
        """
        try:
            self._private = Ed25519PrivateKey.from_private_bytes(padded(text.decode().strip()))
        except (ValueError, UnicodeDecodeError):
            raise BadArgument("the key of the policy server is no Ed25519 seed in Base64") from None

    @property
    def public(self) -> str:
        """The public key, as it stands in `m.room.policy`."""
        return unpadded(self._private.public_key().public_bytes_raw())

    def sign_event(self, event: Mapping[str, Any], version: str) -> str:
        """Return the signature of an event in a room of a version."""
        signed = {
            key: value for key, value in redacted(event, version).items() if key not in ("signatures", "unsigned")
        }
        return unpadded(self._private.sign(canonical(signed)))


def redacted(event: Mapping[str, Any], version: str) -> dict[str, Any]:
    """Return what redaction leaves of an event (room versions, "Redactions")."""
    number = int(version) if version.isdigit() else 11
    keys = _ALWAYS if number >= 11 else (*_ALWAYS, *_OLD)
    kept = {key: event[key] for key in keys if key in event}
    content = event.get("content")
    kept["content"] = _content(str(event.get("type")), content if isinstance(content, dict) else {}, number)
    return kept


def _content(kind: str, content: dict[str, Any], number: int) -> dict[str, Any]:
    if kind == "m.room.create":
        return content if number >= 11 else _some(content, "creator")
    if kind == "m.room.member":
        kept = _some(content, "membership", *(("join_authorised_via_users_server",) if number >= 9 else ()))
        invite = content.get("third_party_invite")
        if number >= 11 and isinstance(invite, dict) and "signed" in invite:
            kept["third_party_invite"] = {"signed": invite["signed"]}
        return kept
    names: dict[str, tuple[str, ...]] = {
        "m.room.join_rules": ("join_rule", *(("allow",) if number >= 8 else ())),
        "m.room.power_levels": (*_POWERS, *(("invite",) if number >= 11 else ())),
        "m.room.history_visibility": ("history_visibility",),
        "m.room.aliases": ("aliases",) if number <= 5 else (),
        "m.room.redaction": ("redacts",) if number >= 11 else (),
    }
    return _some(content, *names.get(kind, ()))


def _some(content: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: content[name] for name in names if name in content}


def x_matrix(header: str) -> dict[str, str]:
    """Return the fields of an `Authorization: X-Matrix ...` header; none for another one.

    >>> x_matrix('X-Matrix origin="a.example",key="ed25519:1",sig="c2ln"')
    {'origin': 'a.example', 'key': 'ed25519:1', 'sig': 'c2ln'}
    """
    scheme, _, rest = header.partition(" ")
    if scheme.casefold() != "x-matrix" or len(rest) > 2_048:
        return {}
    return {match[1].casefold(): match[2] if match[2] is not None else match[3] for match in _FIELD.finditer(rest)}


def is_signed(request: Mapping[str, Any], signature: str, public: str) -> bool:
    """Say whether a request was signed with the private half of a public key (both in Base64)."""
    try:
        Ed25519PublicKey.from_public_bytes(padded(public)).verify(padded(signature), canonical(request))
    except (InvalidSignature, ValueError, RecursionError):
        return False
    return True
