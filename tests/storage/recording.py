"""What a program did to a disk, from the system calls that strace recorded: in order, with every byte."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.storage.disk_model import (
    Acknowledged,
    Change,
    Create,
    Mkdir,
    Remove,
    Rename,
    Synced,
    Syncing,
    Truncate,
    Write,
)

CALLS = (
    "openat,open,creat,write,pwrite64,writev,pwritev,pwritev2,lseek,truncate,ftruncate,fallocate,fsync,fdatasync,"
    "sync_file_range,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,link,linkat,symlink,symlinkat,"
    "sendfile,copy_file_range"
)
"""The system calls that change what a disk holds, or wait for it."""

_LINE = re.compile(r"(\d+) +(?:<\.\.\. )?(\w+)(?: resumed>|\()(.*)")
_RESULT = re.compile(r"(.*)\) += (-?\d+|\?)")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_NUMBER = re.compile(r"(\w+)<((?:\\x[0-9a-f]{2})*)>(\(deleted\))?")


class UnknownCallError(Exception):
    """A system call that the model of a disk does not know."""


class Call(NamedTuple):
    """A system call that succeeded, or (`ended` is false) the beginning of one."""

    name: str
    arguments: str
    result: int
    ended: bool = True

    def texts(self) -> list[bytes]:
        return [_bytes(found[1]) for found in _TEXT.finditer(self.arguments)]

    def path(self) -> Path | None:
        """The file that the first argument, a number, stands for."""
        found = _NUMBER.match(self.arguments)
        return None if found is None or found[3] else Path(os.fsdecode(_bytes(found[2])))

    def number(self) -> int:
        return int(self.arguments.partition("<")[0])

    def last(self) -> int:
        return int(self.arguments.rpartition(", ")[2])


def is_there() -> bool:
    """Say whether strace works here: it may be missing, or forbidden in a container."""
    if shutil.which("strace") is None:
        return False
    return subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, check=False).returncode == 0


def record(command: Sequence[str], root: Path, acknowledged: Path, trace: Path, **more: object) -> list[Change]:
    """Run a command, and return what it did to the files below `root`, with what it wrote to `acknowledged`."""
    strace = ["strace", "-f", "--seccomp-bpf", "-qq", "-y", "-xx", "-s", "16777216", "-o", str(trace), "-e", CALLS]
    ran = subprocess.run([*strace, *command], capture_output=True, text=True, check=False, timeout=300, **more)  # type: ignore[call-overload]
    assert ran.returncode == 0, ran.stderr[-3_000:]
    return list(changes(trace.read_text("ascii").splitlines(), root, acknowledged))


def changes(lines: Sequence[str], root: Path, acknowledged: Path) -> Iterator[Change]:
    """Read what strace wrote."""
    reader = _Reader(root, acknowledged)
    for call in _calls(lines):
        yield from reader.read(call)


def _calls(lines: Sequence[str]) -> Iterator[Call]:
    begun: dict[str, str] = {}
    for line in lines:
        found = _LINE.match(line)
        if found is None:
            continue  # a signal, the end of a process
        process, name, rest = found.groups()
        if rest.endswith("<unfinished ...>"):
            begun[process] = rest.removesuffix("<unfinished ...>")
            yield Call(name, begun[process], 0, ended=False)
            continue
        resumed = process in begun
        result = _RESULT.match(begun.pop(process, "") + rest)
        if result is None or result[2] == "?" or int(result[2]) < 0:
            continue
        if not resumed:
            yield Call(name, result[1], int(result[2]), ended=False)
        yield Call(name, result[1], int(result[2]))


class _Reader:
    """Knows which numbers of files append, and where the others are."""

    def __init__(self, root: Path, acknowledged: Path) -> None:
        self._root, self._acknowledged = root, acknowledged
        self._places: dict[tuple[int, Path], int] = {}

    def read(self, call: Call) -> Iterator[Change]:
        """Yield what a call changes: an acknowledgement counts from its beginning, all else at its end."""
        if call.name in ("write", "writev") and call.path() == self._acknowledged:
            if not call.ended:
                yield from (Acknowledged(line) for line in b"".join(call.texts()).decode().splitlines())
        elif call.name in ("fsync", "fdatasync"):
            path = call.path()
            if path is not None and self._is_ours(path):
                yield Synced(path) if call.ended else Syncing(path)
        elif call.ended:
            yield from self._changed(call)

    def _is_ours(self, path: Path) -> bool:
        return path.is_relative_to(self._root) and not path.name.endswith("-shm")  # shared memory, made anew

    def _changed(self, call: Call) -> Iterator[Change]:
        """Yield what a call changed, where it is about our files."""
        if call.name in ("openat", "open", "creat"):
            yield from self._opened(call)
        elif _NUMBER.match(call.arguments) and not call.arguments.startswith("AT_FDCWD"):
            path = call.path()
            if path is not None and self._is_ours(path):
                yield from self._on_number(call, path)
        else:
            yield from self._on_paths(call)

    def _opened(self, call: Call) -> Iterator[Change]:
        path = self._named(call, 0)
        if not self._is_ours(path) or "O_DIRECTORY" in call.arguments:
            return
        if "O_APPEND" in call.arguments:
            self._places.pop((call.result, path), None)
        else:
            self._places[call.result, path] = 0
        if "O_CREAT" in call.arguments or call.name == "creat":
            yield Create(path)
        if "O_TRUNC" in call.arguments:
            yield Truncate(path, 0)

    def _on_number(self, call: Call, path: Path) -> Iterator[Change]:
        key = (call.number(), path)
        if call.name in ("write", "writev"):
            data = b"".join(call.texts())[: call.result]
            yield Write(path, self._places.get(key), data)
            if key in self._places:
                self._places[key] += len(data)
        elif call.name == "pwrite64":
            yield Write(path, call.last(), call.texts()[0][: call.result])
        elif call.name == "ftruncate":
            yield Truncate(path, call.last())
        elif call.name == "lseek":
            if key in self._places:
                self._places[key] = call.result
        else:
            raise UnknownCallError(call.name)

    def _on_paths(self, call: Call) -> Iterator[Change]:
        paths = [self._named(call, index) for index in range(len(call.texts()))]
        if not any(map(self._is_ours, paths)):
            return
        if call.name in ("rename", "renameat", "renameat2"):
            yield Rename(*paths)
        elif call.name in ("unlink", "unlinkat", "rmdir"):
            yield Remove(paths[0])
        elif call.name in ("mkdir", "mkdirat"):
            yield Mkdir(paths[0])
        else:
            raise UnknownCallError(call.name)

    def _named(self, call: Call, index: int) -> Path:
        folder = call.path() if call.arguments.startswith("AT_FDCWD") else None
        named = Path(os.fsdecode(call.texts()[index]))
        return named if folder is None else folder / named


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))
