"""Reads arguments that name events and policies: files, folders, standard input, shipped packs."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Container, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from io import BufferedReader
from math import isfinite
from pathlib import Path
from stat import S_ISREG
from typing import cast

from cartellino.cli.terminal import complain
from cartellino.events.arrow import has_complete_history
from cartellino.events.batches import ROWS, Chunk, read_batches, unreadable
from cartellino.events.peeking import LOOK
from cartellino.events.reading import passed_over
from cartellino.events.reading_ahead import ahead
from cartellino.events.rejection import Rejection
from cartellino.policies.packs import PACKS, pack
from cartellino.vocabulary.diagnostics import Text
from cartellino.vocabulary.refusals import BadArgument

ENDINGS = (".ndjson", ".jsonl", ".json", ".parquet", ".arrow", ".arrows", ".feather", ".ipc", ".gz", ".zst")
"""Endings of files that are events, in any case of letters; other files of a folder are recognised by content."""

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
"""Codes of rejections whose rows are no events; rows with other codes are events at a wrong time, or repeated."""


def now() -> int:
    """Return the time by this machine's clock, in ms. Nothing else in the command line reads a clock."""
    return time.time_ns() // 1_000_000


class Sources:
    """The given files of events, in order; `-` is standard input, and a folder stands for its files, sorted by name.

    A file in a folder without a known ending is included if its content begins like events; otherwise it is named
    on standard error, and so is a broken link. A file that is named twice, by any path or link, is read once.
    Hidden files are skipped, and so are files that other programs keep beside their data: names that begin with `.`
    (such as `._NAME` of macOS) or `_` (such as `_SUCCESS` of Spark).
    """

    def __init__(self, named: Sequence[str]) -> None:
        """Find the files.

        Raises `BadArgument` when a file does not exist, or a folder has no events.
        """
        found = {path: _files(path) for path in dict.fromkeys(named)}
        first = _first_names(file for files in found.values() for file in files)
        self._files = list(dict.fromkeys(first.values()))
        self._sources = {path: {_source(first[file]) for file in files} for path, files in found.items()}
        self.size = sum(_size(file) for file in self._files)

    @property
    def have_complete_history(self) -> bool:
        """Whether every file declares that it contains the whole past of every account."""
        return all(file is not None and file.is_file() and _is_complete(file) for file in self._files)

    def without(self, sources: Container[str]) -> list[str]:
        """Return those of the given names that have none of these sources in them."""
        return [path for path, inside in self._sources.items() if not any(source in sources for source in inside)]

    @property
    def are_several(self) -> bool:
        """Whether there are several files, which might repeat events, such as a file and its compressed copy."""
        return len(self._files) > 1

    def chunks(self, rows: int = ROWS) -> Iterator[tuple[str, Chunk, int]]:
        """Yield source, chunk of rows, and how many bytes of all sources were read, for each chunk.

        A file that cannot be opened, or no longer exists, is one refused row, so that the others are read.
        """
        for name, stream, before in self.streams():
            if isinstance(stream, BadArgument):
                yield name, unreadable(name, str(stream)), before
                continue
            with closing(_read(stream, name, rows)) as chunks:
                for chunk in chunks:
                    yield name, chunk, before + chunk.behind

    def streams(self) -> Iterator[tuple[str, BufferedReader | BadArgument, int]]:
        """Yield each source: its name, its open stream or why there is none, and the size of the sources before it."""
        before = 0
        for file in self._files:
            name, size = _source(file), _size(file)
            try:
                stream = _opened(file)
            except BadArgument as closed:
                yield name, closed, before
                continue
            with stream:
                yield name, stream, before
            before += size


def _read(stream: BufferedReader, source: str, rows: int) -> Generator[Chunk]:
    """Read a stream in chunks, files one ahead: a pipe could keep the thread that reads waiting for good."""
    chunks = read_batches(stream, source, rows)
    if not _is_of_disk(stream):
        yield from chunks
        return
    with closing(ahead(chunks)) as coming:
        yield from coming


def _is_of_disk(stream: BufferedReader) -> bool:
    try:
        return S_ISREG(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):  # it has no number
        return False


def policy_texts(named: str) -> list[Text]:
    """Return the policy files of a shipped pack (given by name), a folder or a file.

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
    """Return the policy text that declares that events contain every account's whole past, if `declared`."""
    return [Text("complete-history.yaml", "history: complete")] if declared else []


def town_texts(named: str = "messenger") -> list[Text]:
    """Return policy files for a simulated town, whose events contain every account's whole past."""
    return [*policy_texts(named), *complete_history(True)]


def named_within(named: str) -> list[Text]:
    """Return policy files under the names that a service stores: relative to their folder."""
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
    """Parse `name=value` pairs.

    Raises `BadArgument` for another form.
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
    """Return the name of a file as text; bytes that are not UTF-8 are escaped as `\\xff`, so that it can be stored."""
    return os.fsencode(file).decode("utf-8", "backslashreplace")


class Outcome:
    """The result for all inputs: which could not be read or were empty, and whether any row was accepted."""

    def __init__(self, sources: Sources) -> None:
        """Start with nothing read."""
        self._sources = sources
        self._broken: dict[str, None] = {}
        self._holds_events: dict[str, bool] = {}
        self._taken = 0

    def note(self, source: str, rejections: Iterable[Rejection], taken: int) -> None:
        """Record the result for rows of a source; rows that were known before count as accepted."""
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
        """What is wrong with the inputs; empty if nothing is."""
        empty = [source for source, holds in self._holds_events.items() if not holds]
        if unread := list(dict.fromkeys([*self._broken, *empty])):
            return f"{_listed(unread)} could not be read"
        if rowless := self._sources.without(self._holds_events):
            return f"there is no row in {_listed(rowless)}"
        return "" if self._taken else "no row was accepted"


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
    """Say whether a file of a folder is to be read; if not, print the reason."""
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
    """Return the files of a folder with such endings, sorted by name. Links are followed; each folder is visited once.

    Broken links and entries that are no files are included, for the caller to judge. Raises `OSError` for a folder that
    cannot be read.
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
    """Return the first name of each file, so that a file with two names is read once."""
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
