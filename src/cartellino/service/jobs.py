"""Long computations in background threads, with their progress and a cache of their results.

A result is shared by everybody who asks until it is too old. By default that is a hundred times as long as it took to
compute, and results that took next to nothing are not cached at all: what is cheap is always fresh, and what is
expensive is computed seldom.

>>> jobs = Jobs()
>>> job = jobs.ask(("twice", 21), lambda progress: 42)
>>> job.wait(10).result, jobs.ask(("twice", 21), lambda progress: 0) is job
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
"""At most so many results are cached; the least recently used is dropped first."""

MOST_PENDING = 32
"""At most so many jobs may be pending, since each has a thread."""

WORTH, CHEAP = 100, 0.02
"""A result is cached for `WORTH` times as long as it took, and not at all if it took at most `CHEAP` seconds."""

Progress = Callable[[float], object]
Work = Callable[[Progress], Any]

log = structlog.get_logger()


class TooMany(Refusal):
    """Too many jobs are pending already."""

    code = "busy"


class Job:
    """One computation: the share that is done (0 to 1), and its result or the problem."""

    def __init__(self) -> None:
        """Start with nothing done."""
        self.share = 0.0
        self.result: Any = None
        self.problem = ""
        self._over = Event()
        self._ended = self._took = 0.0

    def is_older(self, seconds: float | None) -> bool:
        """Say whether the result is older than so many seconds; `None`: than its cost allows."""
        if self.problem:
            return True  # a failed job is tried again at the next request
        allowed = seconds if seconds is not None else WORTH * self._took if self._took > CHEAP else 0.0
        return self.is_over and monotonic() - self._ended >= allowed

    @property
    def is_over(self) -> bool:
        """Whether it has ended, with a result or a problem."""
        return self._over.is_set()

    def wait(self, seconds: float) -> Job:
        """Wait for the end, at most so many seconds."""
        self._over.wait(seconds)
        return self

    def run(self, work: Work) -> None:
        """Compute the result."""
        began = monotonic()
        try:
            self.result = work(self._progress)
        except Refusal as refusal:
            self.problem = str(refusal)
        except Exception as error:  # the page that asked shows the problem, and the service goes on
            log.exception("a long question failed", error=type(error).__name__)
            self.problem = "this could not be worked out; see the log of the service"
        self._ended = monotonic()
        self._took = self._ended - began
        self._over.set()

    def _progress(self, share: float) -> None:
        self.share = share


class Jobs:
    """The pending jobs, which run one at a time, and the latest results."""

    def __init__(self) -> None:
        """Start without jobs."""
        self._jobs: OrderedDict[Hashable, Job] = OrderedDict()
        self._lock = Lock()
        self._one = Semaphore(1)

    def ask(self, key: Hashable, work: Work, fresh: float | None = 600) -> Job:
        """Return the job of a key; start it if there is none, or its result is older than `fresh` seconds.

        Raises `TooMany` when too many others are pending.
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
        """Drop all results, as an account that they may name was erased."""
        with self._lock:
            self._jobs.clear()

    def _do(self, job: Job, work: Work) -> None:
        with self._one:
            job.run(work)
