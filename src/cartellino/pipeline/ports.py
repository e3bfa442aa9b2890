"""Who keeps what the route takes: an interface, so that the route knows nothing of files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import pyarrow as pa

from cartellino.kernel.arrays import Array
from cartellino.pipeline.order import Wish


class EventStore(Protocol):
    """Keeps events before they are judged, and what was found before it is decided."""

    def keep(self, batch: pa.RecordBatch, numbers: Array, sources: pa.Array, first: int) -> None:
        """Keep events that were taken, the first of them under this number; they are durable when it returns.

        `numbers` and `sources` say of each where it came from.
        """

    def note(self, through: int, wishes: Sequence[Wish]) -> None:
        """Keep what the events up to a number led to."""
