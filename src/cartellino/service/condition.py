"""Named conditions that tell operators what is wrong while the service goes on.

Code that watches something (the clock, outgoing messages, the database) states a condition with a sentence for the
operator, and clears it when the problem is solved. `/health/ready`, the metrics and the console show what is stated.
"""

from __future__ import annotations

from threading import Lock

import structlog

log = structlog.get_logger()


class Conditions:
    """The conditions that hold now. Any thread may state and clear them."""

    def __init__(self) -> None:
        """Start without conditions."""
        self._stated: dict[str, str] = {}
        self._lock = Lock()

    def state(self, name: str, sentence: str) -> None:
        """State that something is wrong.

        `name` is a short word for metrics, such as `clock`. `sentence` says what to do; since everybody can read it on
        `/health/ready`, it must not contain an account, an address or a secret.
        """
        with self._lock:
            is_new = name not in self._stated
            self._stated[name] = sentence
        if is_new:
            log.warning("degraded", condition=name, why=sentence)

    def clear(self, name: str) -> None:
        """Clear a condition; without effect if it is not stated."""
        with self._lock:
            was_stated = self._stated.pop(name, None) is not None
        if was_stated:
            log.info("no longer degraded", condition=name)

    @property
    def stated(self) -> dict[str, str]:
        """The sentences of the conditions that hold, by name."""
        with self._lock:
            return dict(self._stated)
