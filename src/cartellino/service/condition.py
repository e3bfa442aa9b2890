"""The condition of the service: what is not as it should be while it goes on.

Whatever watches something (the clock, outgoing messages, the database) states a named condition with a sentence for the
operator, and clears it when the matter is mended. `/health/ready`, the metrics and the console show what is stated.
"""

from __future__ import annotations

from threading import Lock

import structlog

log = structlog.get_logger()


class Conditions:
    """The conditions that are stated now. Any thread may state and clear them."""

    def __init__(self) -> None:
        """Nothing is wrong."""
        self._stated: dict[str, str] = {}
        self._lock = Lock()

    def state(self, name: str, sentence: str) -> None:
        """State that something is not as it should be, and what to do.

        `name` is a short word for metrics, such as `clock`. `sentence` is shown to everybody on `/health/ready`: it
        names no account, no address and no secret.
        """
        with self._lock:
            is_new = name not in self._stated
            self._stated[name] = sentence
        if is_new:
            log.warning("degraded", condition=name, why=sentence)

    def clear(self, name: str) -> None:
        """Take a condition back; one that is not stated is nothing."""
        with self._lock:
            was_stated = self._stated.pop(name, None) is not None
        if was_stated:
            log.info("no longer degraded", condition=name)

    @property
    def stated(self) -> dict[str, str]:
        """Each condition that is stated, by its name."""
        with self._lock:
            return dict(self._stated)
