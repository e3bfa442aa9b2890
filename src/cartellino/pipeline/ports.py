"""The interface of the route's storage, so that the route does not depend on files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import pyarrow as pa

from cartellino.kernel.arrays import Array
from cartellino.pipeline.order import Wish


class EventStore(Protocol):
    """Stores events before they are judged, and findings before they are decided on."""

    def keep(self, batch: pa.RecordBatch, numbers: Array, sources: pa.Array, first: int) -> None:
        """Store accepted events, numbered from `first`; they are durable when this returns.

        `numbers` and `sources` hold for each event its row and its source.
        """

    def note(self, through: int, wishes: Sequence[Wish]) -> None:
        """Store the wishes that follow from the events up to the number `through`."""
