"""A message of a business on its way."""

from __future__ import annotations

from typing import Any

import msgspec

from cartellino.simulator.cloud.errors import GraphError
from cartellino.simulator.cloud.templates import Template
from cartellino.vocabulary.times import Instant


class Message(msgspec.Struct):
    """A message that was accepted."""

    id: str
    number: str
    person: str
    at: Instant
    kind: str
    category: str
    """`marketing`, `utility`, `authentication` or `service`."""
    content: dict[str, Any]
    began: bool
    """It is a template outside a window, so that the business began."""
    template: Template | None = None
    opaque: str | None = None
    answers: str | None = None
    lite: bool = False
    """It went by the Marketing Messages API."""
    status: str = "accepted"
    fails: GraphError | None = None
    """Why it is going to fail, where that is known already."""


class Outcome(msgspec.Struct, frozen=True):
    """What a client is told of a message that was accepted."""

    message: Message
    status: str
