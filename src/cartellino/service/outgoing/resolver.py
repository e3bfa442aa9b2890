"""Looks up the addresses of names in background threads, since getaddrinfo(3) has no timeout and can hang for long.

A name is looked up by one thread at a time, however many ask, and the number of threads is bounded, so that names whose
servers never answer cannot exhaust them. Nothing is cached.
"""

from __future__ import annotations

import socket
from concurrent.futures import Future
from threading import Lock, Thread

from cartellino.vocabulary.refusals import BadArgument


class Resolver:
    """Looks up names, a bounded number at a time."""

    def __init__(self, most: int) -> None:
        """Use at most `most` threads."""
        self._most = most
        self._lock = Lock()
        self._asked: dict[str, Future[list[str]]] = {}

    def ask(self, host: str) -> Future[list[str]]:
        """Start the look-up of a name's addresses, without duplicates.

        Raises `BadArgument` when too many look-ups are pending. The future raises `OSError` if the name has no address.
        """
        with self._lock:
            pending = self._asked.get(host)
            if pending is not None:
                return pending
            if len(self._asked) >= self._most:
                raise BadArgument("too many names are being looked up; try again in a minute")
            pending = self._asked[host] = Future()
        pending.set_running_or_notify_cancel()  # it is shared, so no single caller may cancel it
        Thread(target=self._look_up, args=(host, pending), name="resolver", daemon=True).start()
        return pending

    def _look_up(self, host: str, pending: Future[list[str]]) -> None:
        try:
            rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            answer: list[str] | Exception = list(dict.fromkeys(str(row[4][0]) for row in rows))
        except Exception as error:  # it is passed on to everybody who waits
            answer = error
        with self._lock:
            del self._asked[host]
        if isinstance(answer, Exception):
            pending.set_exception(answer)
        else:
            pending.set_result(answer)
