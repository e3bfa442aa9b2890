"""Long questions: each is worked out once, in a thread beside serving, and whoever asks sees how far it is.

An answer serves everybody until it is too old: where nothing else is said, a hundred times as long as it took to work
out, and not at all if that was next to nothing. So what is cheap is always new, and what is dear is asked for seldom.

>>> jobs = Jobs()
>>> job = jobs.ask(("twice", 21), lambda told: 42)
>>> job.wait(10).result, jobs.ask(("twice", 21), lambda told: 0) is job
(42, True)
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Event, Lock, Semaphore, Thread
from time import monotonic
from typing import Any

import structlog

from cartellino.vocabulary.refusals import Refusal

KEPT = 64
"""Answers that are kept; the one that was not asked for longest goes first."""

MOST_PENDING = 32
"""Questions that may wait to be worked out: each has a thread."""

WORTH, CHEAP = 100, 0.02
"""How many times as long as it took an answer is good for, and the seconds up to which it is always worked out anew."""

Told = Callable[[float], object]
Work = Callable[[Told], Any]

log = structlog.get_logger()


class TooMany(Refusal):
    """Too many long questions wait already."""

    code = "busy"


class Job:
    """One question: how far it is, and its answer or what went wrong."""

    def __init__(self) -> None:
        """Nothing is done yet."""
        self.share = 0.0
        self.result: Any = None
        self.problem = ""
        self._over = Event()
        self._ended = self._took = 0.0

    def is_older(self, seconds: float | None) -> bool:
        """Say whether it ended longer ago than that; `None`: than its cost allows."""
        if self.problem:
            return True  # what failed may go well when it is asked again
        allowed = seconds if seconds is not None else WORTH * self._took if self._took > CHEAP else 0.0
        return self.is_over and monotonic() - self._ended >= allowed

    @property
    def is_over(self) -> bool:
        """Whether there is an answer, or none will come."""
        return self._over.is_set()

    def wait(self, seconds: float) -> Job:
        """Wait for the answer, at most so long."""
        self._over.wait(seconds)
        return self

    def run(self, work: Work) -> None:
        """Work it out."""
        began = monotonic()
        try:
            self.result = work(self._told)
        except Refusal as refusal:
            self.problem = str(refusal)
        except Exception as error:  # it was asked for by a page: that says so, and the service goes on
            log.exception("a long question failed", error=type(error).__name__)
            self.problem = "this could not be worked out; see the log of the service"
        self._ended = monotonic()
        self._took = self._ended - began
        self._over.set()

    def _told(self, share: float) -> None:
        self.share = share


class Jobs:
    """The questions that are being worked out, one at a time, and the latest answers."""

    def __init__(self) -> None:
        """Nothing was asked yet."""
        self._jobs: OrderedDict[Hashable, Job] = OrderedDict()
        self._lock = Lock()
        self._one = Semaphore(1)

    def ask(self, key: Hashable, work: Work, fresh: float | None = 600) -> Job:
        """Return the job of a question. Who asks first, or finds the answer older than `fresh` seconds, begins it.

        Raises `TooMany` when too many others wait to be worked out.
        """
        with self._lock:
            job = self._jobs.get(key)
            is_new = job is None or job.is_older(fresh)
            if is_new and sum(not each.is_over for each in self._jobs.values()) >= MOST_PENDING:
                raise TooMany("many long questions wait to be worked out; ask again in a minute")
            job = Job() if job is None or is_new else job
            self._jobs[key] = job
            self._jobs.move_to_end(key)
            while len(self._jobs) > KEPT and next(iter(self._jobs.values())).is_over:
                self._jobs.popitem(last=False)
        if is_new:
            Thread(target=self._do, args=(job, work), name="job", daemon=True).start()
        return job

    def forget(self) -> None:
        """Keep no answer: somebody who may be named in one was erased."""
        with self._lock:
            self._jobs.clear()

    def _do(self, job: Job, work: Work) -> None:
        with self._one:
            job.run(work)
