"""A model of a disk that knows what was synced: which images of it can a power cut leave?

A file's bytes are durable after a sync of the file, and a name after a sync of its folder; of all else each part may be
on the disk or not, in any order, and a write may be torn. POSIX promises no more (`man 2 fsync`), and
file systems differ in what they do beyond it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

SECTOR = 512
"""Bytes that a disk writes as one."""


class Write(NamedTuple):
    """Bytes were written at an offset, or (None) at the end."""

    path: Path
    offset: int | None
    data: bytes


class Truncate(NamedTuple):
    path: Path
    size: int


class Create(NamedTuple):
    """A file was opened that is made where there is none."""

    path: Path


class Mkdir(NamedTuple):
    path: Path


class Rename(NamedTuple):
    path: Path
    to: Path


class Remove(NamedTuple):
    path: Path


class Syncing(NamedTuple):
    """A sync began: what was done before it will be durable when it has ended."""

    path: Path


class Synced(NamedTuple):
    path: Path


class Acknowledged(NamedTuple):
    """Somebody was told something."""

    text: str


Change = Write | Truncate | Create | Mkdir | Rename | Remove | Syncing | Synced | Acknowledged


class _Bytes(NamedTuple):
    """A write to a file; `data` is None where the file was cut off or extended to `offset`."""

    offset: int
    data: bytes | None

    def apply(self, content: bytearray) -> None:
        if self.data is None:
            del content[self.offset :]
        content.extend(bytes(max(0, self.offset - len(content))))
        if self.data is not None:
            content[self.offset : self.offset + len(self.data)] = self.data


@dataclass(eq=False)
class File:
    """What the disk has for sure, what may be on it, and the bytes as the system shows them."""

    durable: bytes = b""
    pending: list[_Bytes] = field(default_factory=list)
    now: bytearray = field(default_factory=bytearray)
    syncing: int = 0

    def change(self, change: _Bytes) -> None:
        change.apply(self.now)
        self.pending.append(change)

    def settle(self) -> None:
        content = bytearray(self.durable)
        for change in self.pending[: self.syncing]:
            change.apply(content)
        self.durable, self.pending = bytes(content), self.pending[self.syncing :]


@dataclass(eq=False)
class Folder:
    """The same for names; each change sets some of them, in one step."""

    durable: dict[str, File | Folder] = field(default_factory=dict)
    pending: list[dict[str, File | Folder | None]] = field(default_factory=list)
    now: dict[str, File | Folder] = field(default_factory=dict)
    syncing: int = 0

    def change(self, names: dict[str, File | Folder | None]) -> None:
        self.now = _with(self.now, names)
        self.pending.append(names)

    def settle(self) -> None:
        for names in self.pending[: self.syncing]:
            self.durable = _with(self.durable, names)
        self.pending = self.pending[self.syncing :]


def _with(names: dict[str, File | Folder], changed: dict[str, File | Folder | None]) -> dict[str, File | Folder]:
    kept = {name: node for name, node in names.items() if name not in changed}
    return kept | {name: node for name, node in changed.items() if node is not None}


Image = dict[str, bytes | None]
"""What a disk holds: by path below the root, the bytes of a file, or None for a folder."""


class Fate(NamedTuple):
    """How likely it is that something is on the disk that was not synced: a name, a write, a cut; else a torn write."""

    name: float
    write: float
    cut: float
    torn: float


ALL = Fate(1, 1, 1, 0)
"""What a new process finds after another died: the system lives."""
LOST = (Fate(0, 0, 0, 0), Fate(1, 0, 0, 0), Fate(0, 1, 1, 0), Fate(1, 1, 0, 0), Fate(1, 0.3, 0.3, 0.9))
"""Nothing is left; the names alone; the bytes alone; all but where files were cut; names with torn writes."""
FATES = (ALL, *LOST, Fate(0.6, 0.5, 0.5, 0.5))


class Disk:
    """Everything below a folder that was there, durable and empty, at the beginning."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._top = Folder()

    def apply(self, change: Change) -> None:
        """Do what was done."""
        match change:
            case Write(path, offset, data):
                file = self._file(path)
                file.change(_Bytes(len(file.now) if offset is None else offset, data))
            case Truncate(path, size):
                self._file(path).change(_Bytes(size, None))
            case Create(path):
                if path.name not in self._folder(path.parent).now:
                    self._folder(path.parent).change({path.name: File()})
            case Mkdir(path):
                self._folder(path.parent).change({path.name: Folder()})
            case Rename(path, to):
                assert path.parent == to.parent, "the model renames within a folder"
                folder = self._folder(path.parent)
                folder.change({path.name: None, to.name: folder.now[path.name]})
            case Remove(path):
                self._folder(path.parent).change({path.name: None})
            case Syncing(path):
                node = self._node(path)
                node.syncing = len(node.pending)
            case Synced(path):
                self._node(path).settle()

    def image(self, fate: Fate, chance: random.Random) -> Image:
        """Return what a power cut may leave now."""
        return dict(_left(self._top, "", fate, chance))

    def _node(self, path: Path) -> File | Folder:
        node: File | Folder = self._top
        for name in path.relative_to(self._root).parts:
            assert isinstance(node, Folder)
            node = node.now[name]
        return node

    def _folder(self, path: Path) -> Folder:
        node = self._node(path)
        assert isinstance(node, Folder)
        return node

    def _file(self, path: Path) -> File:
        node = self._node(path)
        assert isinstance(node, File)
        return node


def write(image: Image, folder: Path) -> None:
    """Make files of an image, in a folder that is there."""
    for name, content in image.items():
        if content is None:
            (folder / name).mkdir()
        else:
            (folder / name).write_bytes(content)


def read(folder: Path) -> Image:
    """Return the image that a folder is."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
        if not path.name.endswith("-shm")
    }


def _left(folder: Folder, prefix: str, fate: Fate, chance: random.Random) -> Iterator[tuple[str, bytes | None]]:
    names = dict(folder.durable)
    for changed in folder.pending:
        if chance.random() < fate.name:
            names = _with(names, changed)
    for name, node in sorted(names.items()):
        if isinstance(node, Folder):
            yield prefix + name, None
            yield from _left(node, f"{prefix}{name}/", fate, chance)
        else:
            yield prefix + name, _content(node, fate, chance)


def _content(file: File, fate: Fate, chance: random.Random) -> bytes:
    content = bytearray(file.durable)
    for change in file.pending:
        if chance.random() < (fate.cut if change.data is None else fate.write):
            change.apply(content)
        elif change.data and chance.random() < fate.torn:
            _tear(content, change.offset, change.data, chance)
    return bytes(content)


def _tear(content: bytearray, offset: int, data: bytes, chance: random.Random) -> None:
    """Leave a part of a write: its beginning; its length alone; some sectors; or any bytes, where a file system makes a
    file longer before it writes what stands there."""
    kind = chance.choice(("beginning", "length", "sectors", "any"))
    if kind == "beginning":
        _Bytes(offset, data[: chance.randrange(len(data))]).apply(content)
    elif kind == "any":
        _Bytes(offset, chance.randbytes(len(data))).apply(content)
    else:
        content.extend(bytes(max(0, offset + len(data) - len(content))))
        for begin in range(-(offset % SECTOR), len(data), SECTOR) if kind == "sectors" else ():
            if chance.random() < 0.5:
                piece = slice(max(0, begin), min(len(data), begin + SECTOR))
                _Bytes(offset + piece.start, data[piece]).apply(content)
