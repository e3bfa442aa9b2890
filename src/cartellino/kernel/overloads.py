"""Makes Numba's cache safe for concurrent processes, crashes and damaged files.

Numba has an index file for each function, and a data file for each signature. It replaces files atomically, but reads,
changes and writes the index without a lock: if two processes compile different signatures at the same time, both choose
the same number, and the code of one is later loaded for the other. It also trusts what it reads. Here one process
writes at a time, each data file ends with a digest, and what cannot be read is compiled again.
"""

# mypy: disallow-untyped-calls=False

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from types import ModuleType
from typing import Any

from numba.core.caching import FunctionCache, IndexDataCacheFile
from numba.core.dispatcher import Dispatcher

_SIZE = 16
"""Size of a digest, in bytes."""


def guard(module: ModuleType) -> None:
    """Make the compiled functions of a module use the safe cache."""
    for function in vars(module).values():
        cache: Any = vars(function)["_cache"] if isinstance(function, Dispatcher) else None
        if isinstance(cache, FunctionCache):
            made: Any = cache._impl
            cache._cache_file = Overloads(cache.cache_path, made.filename_base, made.locator.get_source_stamp())


class Overloads(IndexDataCacheFile):
    """The index and the data files of one function."""

    def save(self, key: object, data: object) -> None:
        """Store the code of a signature; if that fails (disk full), the next process compiles it again."""
        with suppress(OSError), _alone(Path(self._cache_path)):
            super().save(key, data)

    def _load_index(self) -> dict[object, str]:
        try:
            index: dict[object, str] = super()._load_index()
            return index
        except Exception:  # a damaged pickle may raise anything: treat it as an empty index
            return {}

    def load(self, key: object) -> object:
        """Return the code of a signature; `None` if it is missing or damaged."""
        try:
            return super().load(key)
        except Exception:  # as above
            return None

    def _dump(self, obj: object) -> bytes:
        """Return the pickle with its digest appended; Numba ignores what follows a pickle."""
        pickled: bytes = super()._dump(obj)
        return pickled + _digest(pickled)

    def _load_data(self, name: str) -> object:
        content = Path(self._data_path(name)).read_bytes()
        if _digest(content[:-_SIZE]) != content[-_SIZE:]:
            raise OSError(f"{name} is damaged")  # which Numba treats as a missing file
        return super()._load_data(name)


def _digest(pickled: bytes) -> bytes:
    return blake2b(pickled, digest_size=_SIZE).digest()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder. The system releases it when the process ends, even if it is killed."""
    with (folder / "lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
