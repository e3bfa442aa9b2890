"""Reads arguments that name events and policies: files, folders, standard input, shipped packs."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from io import BufferedReader
from math import isfinite
from pathlib import Path
from typing import cast

from cartellino.cli.terminal import complain
from cartellino.events.arrow import has_complete_history
from cartellino.events.batches import ROWS, Chunk, read_batches
from cartellino.events.peeking import LOOK
from cartellino.events.reading import passed_over
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
    """The named files of events, in order; `-` is standard input, and a folder stands for its files, sorted by name.

    A file in a folder without a known ending is included if its content begins like events; otherwise standard error
    names it. A file that is named twice, by any path or link, is read once. Hidden files are skipped, and so are files
    that other programs keep beside their data: names that begin with `.` (such as `._NAME` of macOS) or `_` (such as
    `_SUCCESS` of Spark).
    """

    def __init__(self, named: Sequence[str]) -> None:
        """Find the files.

        Raises `BadArgument` when a file does not exist, or a folder has no events.
        """
        self._files = _once(file for path in named for file in _files(path))
        self.size = sum(file.stat().st_size for file in self._files if file is not None)

    @property
    def have_complete_history(self) -> bool:
        """Whether every file declares that it contains the whole past of every account."""
        return all(file is not None and file.is_file() and _is_complete(file) for file in self._files)

    @property
    def are_several(self) -> bool:
        """Whether there are several files, which might repeat events, such as a file and its compressed copy."""
        return len(self._files) > 1

    def chunks(self, rows: int = ROWS) -> Iterator[tuple[str, Chunk, int]]:
        """Yield source, chunk of rows, and how many bytes of all sources were read, for each chunk."""
        for name, stream, before in self.streams():
            for chunk in read_batches(stream, name, rows):
                yield name, chunk, before + chunk.behind

    def streams(self) -> Iterator[tuple[str, BufferedReader, int]]:
        """Yield each source with its name, its open stream, and the size in bytes of the sources before it."""
        before = 0
        for file in self._files:
            with _opened(file) as stream:
                yield "-" if file is None else name_of(file), stream, before
            before += 0 if file is None else file.stat().st_size


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
    files = _within(path, (".yaml", ".yml"), hidden=(".",)) if path.is_dir() else [path]
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
    """The result for all inputs: which could not be read, and whether any row was accepted."""

    def __init__(self) -> None:
        """Start with nothing read."""
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
        return "not one row was taken" if self._holds_events and not self._taken else ""


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
    if file.name.lower().endswith(ENDINGS):
        return True
    with _opened(file) as stream:
        why = passed_over(stream.peek(LOOK)[:LOOK])
    if why:
        complain(f"passed over `{name_of(file)}`: {why}")
    return not why


def _within(folder: Path, endings: tuple[str, ...], hidden: tuple[str, ...]) -> list[Path]:
    """Return the files of a folder with such endings, sorted by name. Links are followed; each folder is visited once.

    A broken link is included, so that opening it raises an error. Raises `OSError` for a folder that cannot be read.
    """
    within, seen = list[Path](), set[tuple[int, int]]()
    for above, folders, files in os.walk(folder, onerror=_raise, followlinks=True):
        known = _identity(Path(above)) in seen
        seen.add(_identity(Path(above)))
        folders[:] = [] if known else [folder for folder in folders if not folder.startswith(hidden)]
        named = [Path(above, file) for file in files if not file.startswith(hidden) and file.lower().endswith(endings)]
        within += [] if known else [file for file in named if file.is_file() or not file.exists()]
    return sorted(within)


def _raise(error: OSError) -> None:
    raise error


def _is_complete(file: Path) -> bool:
    with _opened(file) as stream:
        return has_complete_history(stream)


def _once(files: Iterable[Path | None]) -> list[Path | None]:
    once: dict[tuple[int, int] | None, Path | None] = {}
    for file in files:
        once.setdefault(None if file is None else _identity(file), file)
    return list(once.values())


def _identity(file: Path) -> tuple[int, int]:
    status = file.stat()
    return status.st_dev, status.st_ino


def _opened(file: Path | None) -> BufferedReader:
    if file is None:
        return cast(BufferedReader, sys.stdin.buffer)
    try:
        return file.open("rb")
    except OSError as error:
        raise BadArgument(f"`{file}` cannot be opened: {error.strerror}") from None
