"""Numba's cache, made safe against other processes, against being killed, and against damage.

Numba keeps an index for each function, and a file for each of its signatures. It replaces files whole, but reads,
changes and writes the index without a lock: of two processes that compile other signatures at the same time, both take
the next number, and one signature's code is loaded for the other. It also trusts what it reads. Here one process writes
at a time, each file of code ends with its digest, and what cannot be read is compiled again.
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

from numba.core.caching import IndexDataCacheFile
from numba.core.dispatcher import Dispatcher

_SIZE = 16
"""Bytes of a digest."""


def guard(module: ModuleType) -> None:
    """Let the compiled functions of a module use the safe cache."""
    for function in vars(module).values():
        if isinstance(function, Dispatcher):
            cache: Any = vars(function)["_cache"]
            made = cache._impl
            cache._cache_file = Overloads(cache.cache_path, made.filename_base, made.locator.get_source_stamp())


class Overloads(IndexDataCacheFile):
    """The index and the files of one function."""

    def save(self, key: object, data: object) -> None:
        """Keep what a signature was compiled to; where the disk is full, the next process compiles it again."""
        with suppress(OSError), _alone(Path(self._cache_path)):
            super().save(key, data)

    def _load_index(self) -> dict[object, str]:
        try:
            index: dict[object, str] = super()._load_index()
            return index
        except Exception:  # whatever a damaged pickle raises: it is as if nothing had been compiled
            return {}

    def load(self, key: object) -> object:
        """Return what a signature was compiled to, or nothing if that is not there whole."""
        try:
            return super().load(key)
        except Exception:  # as above
            return None

    def _dump(self, obj: object) -> bytes:
        """Numba reads a pickle up to its end, so the digest may stand behind it."""
        pickled: bytes = super()._dump(obj)
        return pickled + _digest(pickled)

    def _load_data(self, name: str) -> object:
        content = Path(self._data_path(name)).read_bytes()
        if _digest(content[:-_SIZE]) != content[-_SIZE:]:
            raise OSError(f"{name} is damaged")  # Numba takes this as: it is not there
        return super()._load_data(name)


def _digest(pickled: bytes) -> bytes:
    return blake2b(pickled, digest_size=_SIZE).digest()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder. The system lets go of it when the process ends, however it does."""
    with (folder / "lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
