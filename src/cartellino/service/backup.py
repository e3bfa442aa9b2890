"""Saves and restores backups of an installation: folder and database together, with a manifest of all files.

The database is copied first and the log last, so that the log of a copy is never behind its database; events that the
log has more are decided again at the start. The card of a copy records the state of its database, so that a folder
restored beside another database, newer or older, does not start. A copy appears under its name only when complete.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path, PurePosixPath

import msgspec

import cartellino
from cartellino.service.agreement import Known, known_of
from cartellino.storage.card import NAME, Card, write_card
from cartellino.storage.copying import copy_from_file, copy_to_file
from cartellino.storage.database import Database
from cartellino.storage.faults import write_failed
from cartellino.storage.files import DISK
from cartellino.storage.segments import check
from cartellino.vocabulary.refusals import BadArgument, BadFile

DATABASE = "cartellino.db"
MANIFEST = "manifest.json"
FORMAT = 1
TRIES = 5
_CHUNK = 1 << 20


class Copied(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of a copy."""

    path: str
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The content of a copy: which installation, its last act, row of the ledger and event, and every file."""

    installation: str
    program: str
    acts: int
    ledger: int
    seal: str
    events: int
    """The last event in the copy of the log."""
    files: tuple[Copied, ...]
    format: int = FORMAT
    checksum: str = ""
    """SHA-256 of the manifest without this field."""

    def sealed(self) -> Manifest:
        """Return the manifest with its checksum."""
        plain = msgspec.structs.replace(self, checksum="")
        return msgspec.structs.replace(self, checksum=sha256(msgspec.json.encode(plain)).hexdigest())


def save(data: Path, database: Database, to: Path) -> Manifest:
    """Copy an installation, which may be running, into a folder that is new or empty.

    Raises `BadArgument` when there is nothing to copy or the folder is not empty, `WriteFailed` when the disk is full.
    """
    if not (data / "state" / "policies.json").exists():
        raise BadArgument(f"there is no service in {data}; name its folder with --data")
    for _ in range(TRIES):
        before = _rewritten(data)
        with _appearing(to) as part:
            manifest = _filled(part, data, database)
            if _rewritten(data) == before:
                _put(part, to)
                return manifest
    raise BadArgument("events were forgotten or an account erased during every try to copy; try again later")


def restore(copy: Path, data: Path, database: Database | None) -> Manifest:
    """Restore a copy into a folder that is new or empty, and its tables into an empty database, if one is given.

    Raises `BadFile` for a copy that is incomplete or damaged, `BadArgument` when folder or database are not empty.
    """
    manifest = read_manifest(copy)
    with _appearing(data) as part:
        for file in manifest.files:
            if _copied(copy / file.path, part / file.path) != (file.size, file.sha256):
                raise BadFile(f"{copy / file.path} is damaged: it is not what {MANIFEST} says. Use another copy")
        if database is not None:
            copy_from_file(part / DATABASE, database)
            (part / DATABASE).unlink()
        _put(part, data)
    return manifest


def read_manifest(copy: Path) -> Manifest:
    """Return the manifest of a copy, and check that all its files exist.

    Raises `BadFile` when the folder is no copy, or is incomplete or damaged.
    """
    path = copy / MANIFEST
    if not path.is_file():
        raise BadFile(f"{copy} is no whole copy of a service: it has no {MANIFEST}. Use another copy")
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except msgspec.MsgspecError as error:
        raise BadFile(f"{path} is damaged ({error}); use another copy") from None
    if manifest != manifest.sealed():
        raise BadFile(f"{path} is damaged: its checksum does not hold; use another copy")
    names = {file.path for file in manifest.files}
    if any(PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts for name in names):
        raise BadFile(f"{path} names files outside of the copy; it was not made by `cartellino backup save`")
    missing = sorted(name for name in {*names, DATABASE, f"state/log/{NAME}"} if not _is_here(copy, name, names))
    if missing:
        raise BadFile(f"{copy} is not whole: {missing[0]} is missing. Use another copy")
    return manifest


def _is_here(copy: Path, name: str, names: set[str]) -> bool:
    return name in names and (copy / name).is_file() and not (copy / name).is_symlink()


# One copy


def _filled(part: Path, data: Path, database: Database) -> Manifest:
    copy_to_file(database, part / DATABASE)
    known = _known(part / DATABASE)
    if not known.id:
        raise BadArgument("the database names no installation yet; start `cartellino serve` once with this version")
    for source in _in_order(data):
        _copied(source, part / source.relative_to(data))
    card = Card(
        id=known.id, acts=known.acts, ledger=known.ledger, seal=known.seal, written=known.written, restored=True
    )
    write_card(part / "state" / "log", card)
    events = check(part / "state" / "log").last  # reads every checksum: a damaged log is not copied over a whole one
    if events < known.reached:
        raise BadArgument("the log ends before what the database knows of it; see `cartellino doctor`")
    files = tuple(_described(path, part) for path in sorted(part.rglob("*")) if path.is_file())
    manifest = Manifest(
        installation=known.id, program=cartellino.__version__, acts=known.acts, ledger=known.ledger, seal=known.seal,
        events=events, files=files,
    )  # fmt: skip
    with DISK.open(part / MANIFEST) as out:
        out.write(msgspec.json.format(msgspec.json.encode(manifest.sealed())) + b"\n")
        out.sync()
    return manifest


def _known(file: Path) -> Known:
    copy = Database(f"sqlite:///{file}")
    try:
        with copy.begin() as rows:
            if rows.exec_driver_sql("PRAGMA quick_check(1)").scalar() != "ok":
                raise BadFile("the database is damaged, and so would a copy be; see `cartellino doctor`")
            return known_of(rows)
    finally:
        copy.close()


def _in_order(data: Path) -> Iterator[Path]:
    """Yield the files to copy. Journal and snapshots come before the log, so that they are never ahead of it."""
    state = data / "state"
    yield from (data / name for name in ("salt", "secret") if (data / name).exists())
    named = ("policies.json", "told.ndjson", "forgotten.json", "found.journal")
    yield from (state / name for name in named if (state / name).exists())
    yield from sorted((data / "quarantine").glob("*.ndjson"))
    yield from sorted((state / "snapshots").glob("*.snapshot"))
    yield from sorted((state / "log").glob("events-*.arrows"))


def _rewritten(data: Path) -> tuple[int, int]:
    """Return a value that changes when events are forgotten or an account is erased, which rewrites the log."""
    file = data / "state" / "forgotten.json"
    return (file.stat().st_ino, file.stat().st_mtime_ns) if file.exists() else (0, 0)


def _described(path: Path, part: Path) -> Copied:
    digest, size = sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    with DISK.open(path) as written:
        written.sync()
    return Copied(path.relative_to(part).as_posix(), size, digest.hexdigest())


def _copied(source: Path, target: Path) -> tuple[int, str]:
    """Copy a file durably; return its size and digest, or `(0, "")` if it was removed meanwhile."""
    digest, size = sha256(), 0
    DISK.make_folder(target.parent)
    try:
        with source.open("rb") as file, DISK.open(target) as out:
            while chunk := file.read(_CHUNK):
                out.write(chunk)
                digest.update(chunk)
                size += len(chunk)
            out.sync()
    except FileNotFoundError:
        return 0, ""
    except OSError as error:
        raise write_failed(target.parent, f"a copy of {source.name}", error) from error
    return size, digest.hexdigest()


# Whole or not at all


@contextmanager
def _appearing(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder beside the target; it is removed at the end, unless it was renamed to the target.

    Raises `BadArgument` when the target is not empty.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadArgument(f"{folder} is not empty; name another folder, or move it away")
    part = folder.with_name(f"{folder.name}.partial")
    if part.exists():
        shutil.rmtree(part)  # left by an earlier try that was killed
    DISK.make_folder(part)
    try:
        yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _put(part: Path, folder: Path) -> None:
    """Rename a folder durably."""
    for path in (*(folder for folder in part.rglob("*") if folder.is_dir()), part):
        DISK.sync_folder(path)
    try:
        part.rename(folder)
    except OSError as error:
        raise BadArgument(
            f"{folder} cannot be made: {error.strerror}. Name a folder that is not a mount point"
        ) from None
    DISK.sync_folder(folder.parent)
