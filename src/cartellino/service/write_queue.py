"""The queue before the writer: rows of senders, units of work, and work on the files themselves.

A job is answered through its future. A caller may cancel it while it is in the queue, and then it is not done. Once the
writer has claimed it, cancelling has no effect (`concurrent.futures`), so that the writer can always answer it.

>>> from cartellino.vocabulary.actors import SERVICE
>>> queue = WriteQueue(most_rows=10, most_jobs=2)
>>> kept, withdrawn = queue.put_work(lambda unit: 1, SERVICE), queue.put_work(lambda unit: 2, SERVICE)
>>> withdrawn.cancel(), [job.by for job in (*queue.gather(0.01, 10), *queue.gather(0.01, 10))]
(True, ['service'])
>>> queue.refuse_everything(Unavailable("the disk is gone"))
>>> kept.exception()
Unavailable('the disk is gone')
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from queue import Empty, Queue
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from cartellino.vocabulary.actors import Actor
from cartellino.vocabulary.refusals import Refusal

if TYPE_CHECKING:
    from cartellino.commands.unit_of_work import UnitOfWork
    from cartellino.events.batches import Chunk
    from cartellino.pipeline.route import Step

MOST_JOBS = 10_000
"""Most jobs other than rows that may wait; beyond it callers are refused."""

Result = TypeVar("Result")


class Busy(Refusal):
    """Too much waits already; it may be sent again a little later."""

    code = "busy"


class Unavailable(Refusal):
    """The service cannot do this now."""

    code = "unavailable"


class RowsJob(NamedTuple):
    """Rows of a source to accept."""

    source: str
    chunks: list[Chunk]
    size: int
    done: Future[list[Step]]
    past: bool = False
    """Whether they are the source's past, on which nothing is decided."""


class WorkJob(NamedTuple):
    """A unit of work by an actor."""

    what: Callable[[UnitOfWork], Any]
    by: Actor
    done: Future[Any]


class FilesJob(NamedTuple):
    """Work on the files themselves, during which nothing else is done, and after which everything is recovered."""

    what: Callable[[], Any]
    done: Future[Any]


Job = RowsJob | WorkJob | FilesJob


class WriteQueue:
    """Jobs that wait for the writer, in order of arrival, and jobs it has claimed and not answered yet."""

    def __init__(self, most_rows: int, most_jobs: int = MOST_JOBS) -> None:
        """Let at most so many rows and so many other jobs wait."""
        self._most_rows = most_rows
        self._most_jobs = most_jobs
        self._queue: Queue[Job | None] = Queue()
        self._claimed: dict[Future[Any], Job] = {}
        self._rows = 0
        self._lock = Lock()

    @property
    def rows(self) -> int:
        """How many rows wait or are being processed."""
        return self._rows

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return self._queue.empty()

    # For callers

    def put_rows(self, source: str, chunks: list[Chunk], *, past: bool = False) -> Future[list[Step]]:
        """Queue rows.

        Raises `Busy` when too many wait.
        """
        size = sum(chunk.batch.num_rows for chunk in chunks)
        with self._lock:
            if self._rows and self._rows + size > self._most_rows:
                raise Busy(f"{self._rows:,} events wait to be taken; send these again a little later")
            self._rows += size
        done: Future[list[Step]] = Future()
        self._queue.put(RowsJob(source, chunks, size, done, past))
        return done

    def put_work(self, what: Callable[[UnitOfWork], Result], by: Actor) -> Future[Result]:
        """Queue a unit of work.

        Raises `Busy` when too many jobs wait.
        """
        done: Future[Result] = Future()
        self._put(WorkJob(what, by, done))
        return done

    def put_files(self, what: Callable[[], Result]) -> Future[Result]:
        """Queue work on the files.

        Raises `Busy` when too many jobs wait.
        """
        done: Future[Result] = Future()
        self._put(FilesJob(what, done))
        return done

    def wake(self) -> None:
        """Wake the writer without a job."""
        self._queue.put(None)

    def _put(self, job: Job) -> None:
        if self._queue.qsize() >= self._most_jobs:
            raise Busy("too much waits to be done; try again a little later")
        self._queue.put(job)

    # For the writer

    def gather(self, seconds: float, most_rows: int) -> list[Job]:
        """Claim the next jobs: a single one, or rows of many senders that share one fsync and one transaction.

        Waits at most `seconds` for the first job, and for no other: what has come while the last rows were written is
        taken together, up to `most_rows`. So a lone sender is answered at once, and many share the more, the more the
        writer has to do.
        """
        until, size = monotonic() + seconds, 0
        claimed: list[Job] = []
        while size < most_rows:
            job = self._next(0.0 if claimed else until - monotonic())
            if job is None:
                break
            if not self._claim(job):
                continue
            claimed.append(job)
            if not isinstance(job, RowsJob):
                break
            size += job.size
        return claimed

    def finished(self, jobs: Iterable[Job]) -> None:
        """Release jobs that were answered."""
        for job in jobs:
            del self._claimed[job.done]
            self._release(job)

    def refuse(self, jobs: Iterable[Job], why: Refusal) -> None:
        """Answer the jobs that were not answered yet with a refusal."""
        for job in jobs:
            if not job.done.done():
                job.done.set_exception(why)

    def refuse_everything(self, why: Refusal) -> None:
        """Answer all jobs, waiting or claimed, with a refusal."""
        while not self._queue.empty():
            job = self._queue.get_nowait()
            if job is not None:
                self._claim(job)
        jobs = list(self._claimed.values())
        self.refuse(jobs, why)
        self.finished(jobs)

    def _next(self, seconds: float) -> Job | None:
        """Return the next job, `None` if there is none within `seconds`, or the writer is woken."""
        try:
            return self._queue.get(timeout=seconds) if seconds > 0 else self._queue.get_nowait()
        except Empty:
            return None

    def _claim(self, job: Job) -> bool:
        """Claim a job, unless the caller has cancelled it."""
        if not job.done.set_running_or_notify_cancel():
            self._release(job)
            return False
        self._claimed[job.done] = job
        return True

    def _release(self, job: Job) -> None:
        if isinstance(job, RowsJob):
            with self._lock:
                self._rows -= job.size
