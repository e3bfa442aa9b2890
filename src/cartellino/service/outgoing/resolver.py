"""Looking up the addresses of names, in threads beside: getaddrinfo(3) knows no deadline and can hang for long.

A name is looked up once at a time, whoever asks, and there is a bound on the look-ups that hang; so names whose servers
never answer cost a bounded number of threads. Nothing is remembered: each call looks up anew.
"""

from __future__ import annotations

import socket
from concurrent.futures import Future
from threading import Lock, Thread

from cartellino.vocabulary.refusals import BadArgument


class Resolver:
    """Looks up names; at most `most` at a time."""

    def __init__(self, most: int) -> None:
        """`most` is the bound on threads."""
        self._most = most
        self._lock = Lock()
        self._asked: dict[str, Future[list[str]]] = {}

    def ask(self, host: str) -> Future[list[str]]:
        """Begin to look up the addresses of a name, each once.

        Raises `BadArgument` when too many look-ups wait for an answer. The future raises `OSError` where the name has
        no address.
        """
        with self._lock:
            pending = self._asked.get(host)
            if pending is not None:
                return pending
            if len(self._asked) >= self._most:
                raise BadArgument("too many names are being looked up; try again in a minute")
            pending = self._asked[host] = Future()
        pending.set_running_or_notify_cancel()  # whoever waits can give up waiting, but cancels it for nobody else
        Thread(target=self._look_up, args=(host, pending), name="resolver", daemon=True).start()
        return pending

    def _look_up(self, host: str, pending: Future[list[str]]) -> None:
        try:
            rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            answer: list[str] | Exception = list(dict.fromkeys(str(row[4][0]) for row in rows))
        except Exception as error:  # whoever asked is told, whatever it was
            answer = error
        with self._lock:
            del self._asked[host]
        if isinstance(answer, Exception):
            pending.set_exception(answer)
        else:
            pending.set_result(answer)
