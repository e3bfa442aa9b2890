"""A call of a client as it came, and the answer that it gets."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec

from cartellino.simulator.cloud.errors import GraphError, error_of, missing

JSON = "application/json; charset=UTF-8"

DEEPEST = 40
"""So deep objects and lists may be nested."""


class Call(msgspec.Struct):
    """A call, its path without the version of the API."""

    method: str
    path: tuple[str, ...]
    version: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""

    @property
    def token(self) -> str:
        """The access token, from the header or the query."""
        kind, _, token = self.headers.get("authorization", "").partition(" ")
        if kind.lower() in ("bearer", "oauth") and token.strip():
            return token.strip()
        return self.query.get("access_token", "")

    @property
    def host(self) -> str:
        """The address under which the client reached us."""
        return self.headers.get("host", "localhost")

    def data(self) -> dict[str, Any]:
        """Return the parameters: those of the query, and over them those of the body, JSON or a form.

        Raises `GraphError` when the body is neither.
        """
        held: dict[str, Any] = {name: value for name, value in self.query.items() if name != "access_token"}
        if not self.body.strip():
            return held
        is_form = self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        if is_form and self.body.lstrip()[:1] not in (b"{", b"["):  # `curl -d` calls JSON a form
            text = self.body.decode("utf-8", "replace")
            return held | {name: _unfolded(value) for name, value in parse_qsl(text, keep_blank_values=True)}
        try:
            found = msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise error_of(100, f"The body is not JSON: {error}") from None
        except RecursionError:
            raise error_of(100, "The body is nested too deeply.") from None
        if not isinstance(found, dict):
            raise error_of(100, "The body is no JSON object.")
        if _is_deep(found, DEEPEST):
            raise error_of(100, "The body is nested too deeply.")
        return held | found


def _is_deep(held: object, most: int) -> bool:
    """Whether something is nested more deeply than so many levels."""
    inner = held.values() if isinstance(held, dict) else held if isinstance(held, list) else ()
    return most < 0 or any(_is_deep(one, most - 1) for one in inner)


def _unfolded(value: str) -> object:
    """Return a form's value; an object or array inside it is JSON."""
    if not value.startswith(("{", "[")):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError):
        return value


def call_of(method: str, path: str, query: bytes, headers: dict[str, str], body: bytes) -> Call:
    """Return a call; its path is taken apart, and the version taken from it."""
    parts = tuple(unquote(part) for part in path.split("/") if part)
    version = ""
    if parts and parts[0][:1] == "v" and parts[0][1:].replace(".", "", 1).isdigit():
        version, parts = parts[0], parts[1:]
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=200)
    return Call(method, parts, version, dict(pairs), headers, body)


class Answer(msgspec.Struct):
    """What is answered: an object that becomes JSON, or bytes of a media type."""

    held: Any
    status: int = 200
    media_type: str = JSON
    headers: dict[str, str] = msgspec.field(default_factory=dict)

    def bytes(self) -> bytes:
        """Return the body."""
        return self.held if isinstance(self.held, bytes) else msgspec.json.encode(self.held)


def refusal(error: GraphError, trace: str) -> Answer:
    """Return the answer of an error."""
    headers = {"www-authenticate": f'OAuth "Facebook Platform" "{error.code}"'} if error.http == 401 else {}
    return Answer(error.body(trace), error.http, headers=headers)


def text_of(data: dict[str, Any], name: str, most: int = 4_096, *, needed: bool = True) -> str:
    """Return a text among parameters.

    Raises `GraphError` when it is missing, not a text, or too long.
    """
    value = data.get(name)
    if value is None or value == "":
        if needed:
            raise missing(name)
        return ""
    if not isinstance(value, str):
        raise error_of(100, f"Param {name} must be a string.")
    if len(value) > most:
        raise error_of(100, f"Param {name} must be at most {most} characters long.")
    return value
