"""Arguments that name events and policies: files, folders, standard input, shipped packs."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Container, Iterable, Iterator, Sequence
from io import BufferedReader
from math import isfinite
from pathlib import Path
from typing import cast

from cartellino.cli.terminal import complain
from cartellino.events.arrow import has_complete_history
from cartellino.events.batches import ROWS, Chunk, read_batches, unreadable
from cartellino.events.peeking import LOOK
from cartellino.events.reading import passed_over
from cartellino.events.rejection import Rejection
from cartellino.policies.packs import PACKS, pack
from cartellino.vocabulary.diagnostics import Text
from cartellino.vocabulary.refusals import BadArgument

ENDINGS = (".ndjson", ".jsonl", ".json", ".parquet", ".arrow", ".arrows", ".feather", ".ipc", ".gz", ".zst")
"""Which files of a folder are surely meant as events, whatever the case of their letters; others show it by content."""

FAULTY = frozenset(
    {
        "invalid-json",
        "too-long",
        "missing",
        "wrong-type",
        "wrong-name",
        "too-many-columns",
        "unknown-column",
        "unreadable",
    }
)
"""Codes of rows that are no events; others are, and were not taken for when or how often they came."""


def now() -> int:
    """Return the time by this machine's clock, in ms: the only place of the command line that reads one."""
    return time.time_ns() // 1_000_000


class Sources:
    """The files that were named, in order; `-` is standard input, a folder is all its files of events by name.

    What in a folder is called otherwise is one if it begins like one. What is none, or a link that leads nowhere, is
    named on standard error.

    A file that is named twice, by whatever path or link, is one. Hidden files are passed over, as are those that other
    programs keep beside their data: names that begin with `.` (also `._NAME` of macOS) or `_` (`_SUCCESS` of Spark).
    """

    def __init__(self, named: Sequence[str]) -> None:
        """Find the files.

        Raises `BadArgument` when one is not there, or a folder holds no events.
        """
        found = {path: _files(path) for path in dict.fromkeys(named)}
        first = _first_names(file for files in found.values() for file in files)
        self._files = list(dict.fromkeys(first.values()))
        self._sources = {path: {_source(first[file]) for file in files} for path, files in found.items()}
        self.size = sum(_size(file) for file in self._files)

    @property
    def have_complete_history(self) -> bool:
        """Whether every file says of itself that it holds the whole past of every account."""
        return all(file is not None and file.is_file() and _is_complete(file) for file in self._files)

    def without(self, sources: Container[str]) -> list[str]:
        """Return which of what was named has none of these sources in it."""
        return [path for path, inside in self._sources.items() if not any(source in sources for source in inside)]

    @property
    def are_several(self) -> bool:
        """Whether the same events can come from two of them, such as from a file and its packed copy."""
        return len(self._files) > 1

    def chunks(self, rows: int = ROWS) -> Iterator[tuple[str, Chunk, int]]:
        """Yield the rows of all sources by chunks: the source, the chunk, and how many bytes of all lie behind it.

        A file that cannot be opened, or is gone by now, is one refused row, so that the others are read.
        """
        before = 0
        for file in self._files:
            name, size = _source(file), _size(file)
            try:
                stream = _opened(file)
            except BadArgument as closed:
                yield name, unreadable(name, str(closed)), before
                continue
            with stream:
                for chunk in read_batches(stream, name, rows):
                    yield name, chunk, before + chunk.behind
            before += size


def policy_texts(named: str) -> list[Text]:
    """Return the policy files of a shipped pack (by name), a folder or a file.

    Raises `BadArgument` when there are none.
    """
    if named in PACKS and not Path(named).exists():
        return pack(named)
    path = Path(named)
    if not named or not path.exists():
        known = ", ".join(f"`{pack}`" for pack in PACKS)
        raise BadArgument(f"there is no policy file or folder `{named}`; shipped packs: {known}")
    return [_text(file, name_of(file)) for file in _policy_files(path)]


def complete_history(declared: bool) -> list[Text]:
    """Return what is to be added to the policies where the events are declared to hold every account's whole past."""
    return [Text("complete-history.yaml", "history: complete")] if declared else []


def town_texts(named: str = "messenger") -> list[Text]:
    """Return policy files for a simulated town, whose events hold every account's whole past."""
    return [*policy_texts(named), *complete_history(True)]


def named_within(named: str) -> list[Text]:
    """Return policy files as a service keeps them: named from their folder on, not by where that lies."""
    path = Path(named)
    if not path.exists():
        return policy_texts(named)
    return [_text(file, name_of(file.relative_to(path.parent))) for file in _policy_files(path)]


def _policy_files(path: Path) -> list[Path]:
    within = _within(path, (".yaml", ".yml"), hidden=(".",)) if path.is_dir() else [path]
    files = [file for file in within if file.is_file() or not file.exists()]
    if not files:
        raise BadArgument(f"the folder `{path}` holds no .yaml files")
    return files


def parameters(written: Sequence[str]) -> dict[str, float]:
    """Read `name=value` pairs.

    Raises `BadArgument` when one is not of that form.
    """
    chosen: dict[str, float] = {}
    for setting in written:
        name, _, value = setting.partition("=")
        try:
            chosen[name] = float(value)
            if not isfinite(chosen[name]):
                raise ValueError
        except ValueError:
            raise BadArgument(f"`--set {setting}` is not of the form name=number, such as strangers=80") from None
    return chosen


def name_of(file: Path | bytes) -> str:
    """Return the name of a file as text; bytes that are not UTF-8 are written as `\\xff`, so that it can be kept."""
    return os.fsencode(file).decode("utf-8", "backslashreplace")


class Outcome:
    """How inputs fared: which of them could not be read or held nothing, and whether anything of all was taken."""

    def __init__(self, sources: Sources) -> None:
        """Nothing was read yet."""
        self._sources = sources
        self._broken: dict[str, None] = {}
        self._holds_events: dict[str, bool] = {}
        self._taken = 0

    def note(self, source: str, rejections: Iterable[Rejection], taken: int) -> None:
        """Note what became of some rows of a source; those that had come before count as taken."""
        codes = [rejection.code for rejection in rejections]
        known = codes.count("duplicate") + taken
        self._taken += known
        if "unreadable" in codes:
            self._broken[source] = None
        if known or codes:
            events = known > 0 or any(code not in FAULTY for code in codes)
            self._holds_events[source] = events or self._holds_events.get(source, False)

    @property
    def fault(self) -> str:
        """What is wrong with the inputs, in words; empty where nothing is."""
        empty = [source for source, holds in self._holds_events.items() if not holds]
        if unread := list(dict.fromkeys([*self._broken, *empty])):
            return f"{_listed(unread)} could not be read"
        if rowless := self._sources.without(self._holds_events):
            return f"there is no row in {_listed(rowless)}"
        return "" if self._taken else "not one row was taken"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3:,} more" if len(names) > 3 else ""
    return ", ".join(f"`{name}`" for name in names[:3]) + more


def _text(file: Path, named: str) -> Text:
    try:
        return Text(named, file.read_text("utf-8"))
    except (UnicodeDecodeError, OSError) as error:
        raise BadArgument(f"`{file}` cannot be read as UTF-8 text: {error}") from None


def _files(named: str) -> list[Path | None]:
    if named == "-":
        return [None]
    if not named:
        raise BadArgument("an input has an empty name; `.` is the folder that you are in")
    path = Path(named)
    if path.is_dir():
        files = [file for file in _within(path, ("",), hidden=(".", "_")) if _is_of_events(file)]
        if not files:
            raise BadArgument(f"the folder `{named}` holds no files of events ({', '.join(ENDINGS)})")
        return [*files]
    if not path.exists():
        raise BadArgument(f"there is no file `{named}`")
    return [path]


def _is_of_events(file: Path) -> bool:
    """Say whether a file of a folder is to be read; one that is not is named, with the reason."""
    why = _passed_over(file)
    if why:
        complain(f"passed over `{name_of(file)}`: {why}")
    return not why


def _passed_over(file: Path) -> str:
    if file.is_symlink() and not file.exists():
        return "it is a link that leads nowhere"
    if file.exists() and not file.is_file():
        return "it is no file"
    if file.name.lower().endswith(ENDINGS):
        return ""
    try:
        with _opened(file) as stream:
            return passed_over(stream.peek(LOOK)[:LOOK])
    except BadArgument as closed:
        return str(closed)


def _within(folder: Path, endings: tuple[str, ...], hidden: tuple[str, ...]) -> list[Path]:
    """Return what a folder holds that ends so, by name, also behind links; each folder is looked into once.

    Links that lead nowhere and what is no file are among it, for the caller to judge. Raises `OSError` for a folder
    that cannot be read.
    """
    within, seen = list[Path](), set[tuple[int, int] | str]()
    for above, folders, files in os.walk(folder, onerror=_raise, followlinks=True):
        known = _identity(Path(above)) in seen
        seen.add(_identity(Path(above)))
        folders[:] = [] if known else [folder for folder in folders if not folder.startswith(hidden)]
        named = [Path(above, file) for file in files if not file.startswith(hidden) and file.lower().endswith(endings)]
        within += [] if known else named
    return sorted(within)


def _raise(error: OSError) -> None:
    raise error


def _is_complete(file: Path) -> bool:
    try:
        with _opened(file) as stream:
            return has_complete_history(stream)
    except BadArgument:
        return False


def _first_names(files: Iterable[Path | None]) -> dict[Path | None, Path | None]:
    """Return for each file the first of its names: one that is named twice is one."""
    once: dict[tuple[int, int] | str | None, Path | None] = {}
    return {file: once.setdefault(None if file is None else _identity(file), file) for file in files}


def _identity(file: Path) -> tuple[int, int] | str:
    try:
        status = file.stat()
    except OSError:  # gone since
        return str(file)
    return status.st_dev, status.st_ino


def _size(file: Path | None) -> int:
    try:
        return 0 if file is None else file.stat().st_size
    except OSError:
        return 0


def _source(file: Path | None) -> str:
    return "-" if file is None else name_of(file)


def _opened(file: Path | None) -> BufferedReader:
    if file is None:
        return cast(BufferedReader, sys.stdin.buffer)
    try:
        return file.open("rb")
    except OSError as error:
        raise BadArgument(f"`{file}` cannot be opened: {error.strerror}") from None
