"""Snapshots of the kernel's state, one file each, written atomically; the latest two are kept.

A file is a head (JSON: the names, types, shapes and lengths of the arrays, the kernel's texts, and the CRC-32 of the
rest) and the arrays, each compressed with zstd, since the tables are mostly zeros. A snapshot that is damaged or of
another version is passed over: the one before it is used, or the whole log is judged again.

>>> import tempfile, numpy as np
>>> folder = Path(tempfile.mkdtemp())
>>> Snapshots(folder).write(7, Snapshot({"a": np.arange(3)}, ("d1",), ("main",)))
>>> latest = Snapshots(folder).latest(at_most=9)
>>> latest and (latest[0], latest[1].arrays["a"].tolist(), latest[1].names)
(7, [0, 1, 2], ('d1',))
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from zlib import crc32

import msgspec
import numpy as np
import pyarrow as pa

from cartellino.kernel.arrays import Array
from cartellino.kernel.state import Snapshot
from cartellino.storage.files import DISK, Files
from cartellino.storage.growing import make_folder
from cartellino.storage.replacing import replacing

FORMAT = 3
"""Version of the format, which changes with the kernel's tables. A snapshot of another format is not read."""
KEPT = 2
_CODEC = pa.Codec("zstd", compression_level=1)


class _ArrayHead(msgspec.Struct, frozen=True):
    name: str
    kind: str
    shape: tuple[int, ...]
    size: int


class _Head(msgspec.Struct, frozen=True):
    format: int
    arrays: tuple[_ArrayHead, ...]
    names: tuple[str, ...]
    services: tuple[str, ...]
    checksum: int
    version: str = ""
    installation: str = ""


class Snapshots:
    """The snapshots of one folder, each identified by the number of the last event that it includes."""

    def __init__(self, folder: Path, files: Files = DISK, installation: str = "") -> None:
        """The folder is created with the first snapshot. Snapshots of another installation are passed over."""
        self._folder = folder
        self._files = files
        self._installation = installation

    def write(self, through: int, snapshot: Snapshot) -> None:
        """Write a snapshot that includes the events up to `through`, and remove all but the latest two.

        Raises `WriteFailed` if it cannot be written.
        """
        make_folder(self._files, self._folder)
        with replacing(self._files, self._path(through)) as out:
            for piece in _pieces(snapshot, self._installation):
                out.write(piece)
        for old in self._numbers()[:-KEPT]:
            self._files.remove(self._path(old))
        for left in self._files.list(self._folder):
            if left.endswith(".tmp"):  # left by a process that died while it wrote
                self._files.remove(self._folder / left)

    def keep_latest(self) -> None:
        """Remove all snapshots but the latest, since the others contain data that an erasure must remove."""
        for old in self._numbers()[:-1]:
            self._files.remove(self._path(old))

    def latest(self, at_most: int) -> tuple[int, Snapshot] | None:
        """Return the number of the latest readable snapshot up to event `at_most`, and the snapshot; else `None`."""
        for number in reversed(self._numbers()):
            if (
                number <= at_most
                and (snapshot := _read(self._files.map(self._path(number)), self._installation)) is not None
            ):
                return number, snapshot
        return None

    def check(self) -> dict[int, bool]:
        """Return whether each snapshot of this format can be read, by the number of its last event."""
        readable = {}
        for number in self._numbers():
            with suppress(FileNotFoundError):  # removed meanwhile
                data = self._files.map(self._path(number))
                head = _head(data)
                if head is None or head.format == FORMAT:
                    readable[number] = _read(data, self._installation) is not None
        return readable

    def _numbers(self) -> list[int]:
        if not self._folder.is_dir():
            return []
        return sorted(int(name[:16]) for name in self._files.list(self._folder) if name.endswith(".snapshot"))

    def _path(self, through: int) -> Path:
        return self._folder / f"{through:016d}.snapshot"


def _pieces(snapshot: Snapshot, installation: str) -> Iterator[bytes]:
    packed = {name: _packed(array) for name, array in snapshot.arrays.items()}
    checksum = 0
    for piece in packed.values():
        checksum = crc32(piece, checksum)
    heads = tuple(
        _ArrayHead(name, array.dtype.str, array.shape, len(packed[name])) for name, array in snapshot.arrays.items()
    )
    head = msgspec.json.encode(
        _Head(FORMAT, heads, snapshot.names, snapshot.services, checksum, snapshot.version, installation)
    )
    yield len(head).to_bytes(8, "big") + crc32(head).to_bytes(4, "big") + head
    yield from packed.values()


def _packed(array: Array) -> bytes:
    packed: bytes = _CODEC.compress(np.ascontiguousarray(array).tobytes(), asbytes=True)
    return packed


def _head(data: memoryview) -> _Head | None:
    size = int.from_bytes(data[:8], "big")
    text = data[12 : 12 + size]
    if len(text) != size or crc32(text) != int.from_bytes(data[8:12], "big"):
        return None
    return msgspec.json.decode(text, type=_Head)


def _read(data: memoryview, installation: str) -> Snapshot | None:
    head = _head(data)
    if head is None or head.format != FORMAT:
        return None
    body = data[12 + int.from_bytes(data[:8], "big") :]
    if crc32(body) != head.checksum:
        return None
    if installation and head.installation not in ("", installation):
        return None
    return Snapshot(dict(_arrays(head, body)), head.names, head.services, head.version)


def _arrays(head: _Head, body: memoryview) -> Iterator[tuple[str, Array]]:
    at = 0
    for entry in head.arrays:
        size = int(np.prod(entry.shape)) * np.dtype(entry.kind).itemsize
        raw = _CODEC.decompress(body[at : at + entry.size], size, asbytes=True) if size else b""
        yield entry.name, np.frombuffer(raw, entry.kind).reshape(entry.shape)
        at += entry.size
