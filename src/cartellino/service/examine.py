"""The checks of `cartellino doctor` on the folder of an installation; they change nothing.

A service may be running meanwhile: events that it has not acknowledged yet are no fault, and whatever may be ahead of
something else is read after it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Literal, NamedTuple

from cartellino.appeals.proof import SHORTEST
from cartellino.pipeline.folder_parts import read_part
from cartellino.pipeline.state_folder import StateFolder
from cartellino.service import keys
from cartellino.service.agreement import last_event, look
from cartellino.service.modes import all_of, beside, open_to_others
from cartellino.service.settings import Settings
from cartellino.service.watch import LEAST_FREE
from cartellino.storage import segments
from cartellino.storage.card import read_card
from cartellino.storage.database import Database
from cartellino.storage.files import Reading
from cartellino.storage.snapshots import Snapshots
from cartellino.vocabulary.refusals import Refusal

SHOWN = 3
"""At most so many files are named in a message."""


class Result(NamedTuple):
    """The result of a check. A `note` is no fault, but something that an operator should know."""

    state: Literal["well", "note", "wrong"]
    what: str
    advice: str = ""


Check = Callable[[Settings], Iterator[Result]]


def well_or(well: bool, what: str, advice: str, otherwise: Literal["note", "wrong"] = "wrong") -> Result:
    """Return a result: `well`, or `otherwise` with the advice."""
    return Result("well", what) if well else Result(otherwise, what, advice)


def guarded(check: Check, settings: Settings) -> Iterator[Result]:
    """Run a check; an error becomes a result, so that the other checks still run."""
    try:
        yield from check(settings)
    except Refusal as refusal:
        yield Result("wrong", str(refusal))
    except Exception as error:  # a damaged installation must not crash the tool that examines it
        said = (str(error).splitlines() or [""])[0][:200]
        yield Result("wrong", f"{check.__name__} cannot be looked at: {type(error).__name__}: {said}")


def folder(settings: Settings) -> Iterator[Result]:
    """The data folder exists, is writable, has one owner, and is closed to others."""
    there = settings.folder.is_dir()
    advice = "start `cartellino serve` once, or name it with --data"
    yield well_or(there, f"data folder {settings.folder}", advice)
    if not there:
        return
    writable = os.access(settings.folder, os.W_OK) and not os.statvfs(settings.folder).f_flag & os.ST_RDONLY
    yield well_or(writable, "the data folder can be written to", "give it to the user that runs the service")
    yield from _owners(settings.folder)
    files = beside(Database(settings.url).file)
    loose = [f"{path} ({mode:o})" for path, mode in open_to_others(settings.folder, *files)]
    advice = f"the next start closes them, or `chmod -R go= {settings.folder}`: {', '.join(loose[:SHOWN])}"
    yield well_or(not loose, f"{len(loose):,} files and folders are open to others than their owner", advice)


def _owners(at: Path) -> Iterator[Result]:
    owner = at.stat().st_uid
    advice = f"make a user for it, and `chown -R` {at} to that user: what breaks into the service is root otherwise"
    yield well_or(
        owner != 0, "the service has a user of its own" if owner else "the service runs as root", advice, "note"
    )
    others = [str(path) for path, status in all_of(at) if status.st_uid != owner]
    advice = (
        f"the service may not be able to write them: `chown -R --reference={at} {at}` ({', '.join(others[:SHOWN])})"
    )
    yield well_or(not others, f"{len(others):,} files belong to another user than the data folder", advice)


def room(settings: Settings) -> Iterator[Result]:
    """There is free space on the disk."""
    free = shutil.disk_usage(settings.folder if settings.folder.exists() else Path.cwd()).free
    advice = "make room, or forget old events with `cartellino log forget`"
    yield well_or(free >= LEAST_FREE, f"{free / 1e9:,.1f} GB are free on the disk", advice)


def secrets(settings: Settings) -> Iterator[Result]:
    """Salt and secret are readable and long enough, and the salt is the one that decided."""
    state = StateFolder(settings.folder / "state")
    for name, given in (("salt", settings.salt), ("secret", settings.secret)):
        file = settings.folder / name
        if not given and not file.exists():
            variable = f"CARTELLINO_{name.upper()}"
            what = f"there is no {name} in the folder, and {variable} is not set for this command"
            yield Result("note", what, f"set {variable} as the service has it, to have it checked; else restore {file}")
            continue
        if name == "salt" and state.decided.is_there:
            text = keys.salt_of(given, settings.folder, state.decided.has_salt)
            advice = "it decided here, so it stays; keep the folder from others all the more"
            yield well_or(len(text) >= SHORTEST, f"the salt has {len(text)} characters", advice, "note")
        else:
            keys.secret_of(given, settings.folder) if given else keys.read(file)
            yield Result("well", f"the {name} is whole and long enough")


def agreement(settings: Settings) -> Iterator[Result]:
    """Folder and database belong to one installation, and neither is an older copy."""
    with closing(Database(settings.url)) as database:
        comparison = look(settings.folder / "state", database, Reading())
    comparison.check()
    if comparison.card is None:
        advice = "it gets one at the next start of `cartellino serve`"
        yield Result("note", "the installation has no name yet", advice)
        return
    yield Result("well", f"folder, log and database belong to the installation {comparison.card.id}")
    yield Result(
        "well", f"the database knows {comparison.known.acts:,} acts, and events up to {comparison.known.reached:,}"
    )


def log(settings: Settings) -> Iterator[Result]:
    """Every checksum of the event log is right."""
    checked = segments.check(settings.folder / "state" / "log", Reading())
    yield Result("well", f"the event log is whole: {checked.rows:,} events, up to number {checked.last:,}")
    if checked.torn:
        what = f"{checked.torn:,} bytes behind the log's end were never acknowledged"
        yield Result(
            "note", what, "a service that was killed left them, or is writing now; the next start cuts them off"
        )


def found_journal(settings: Settings) -> Iterator[Result]:
    """The journal of findings is readable, and not ahead of the log."""
    state = StateFolder(settings.folder / "state", Reading())
    state.installation = _id_of(settings)
    noted = [record.through for record in state.noted()]
    reached = max(noted, default=0)
    last = last_event(state.folder / "log", Reading())
    advice = "restore folder and database from one backup"
    what = f"the journal of what was found is whole: {len(noted):,} records, up to event {reached:,}"
    yield well_or(reached <= last, what if reached <= last else f"{what}, and the log ends with {last:,}", advice)
    if state.torn:
        what = f"{state.torn:,} bytes at the journal's end are torn"
        yield Result("note", what, "a service that was killed left them, or is writing now; they are judged again")


def snapshots(settings: Settings) -> Iterator[Result]:
    """The kernel's snapshots are readable, and exist if events were forgotten, as the log alone is incomplete then."""
    state = settings.folder / "state"
    checked = Snapshots(state / "snapshots", Reading(), _id_of(settings)).check()
    whole = [number for number, readable in checked.items() if readable]
    damaged = len(checked) - len(whole)
    advice = "remove them: what they knew is worked out again from the log, unless events were forgotten"
    yield well_or(not damaged, f"{damaged} of {len(checked)} snapshots are damaged or of another installation", advice)
    through = read_part(state / "forgotten.json").get("through", 0)
    if through:
        advice = (
            f"restore {state / 'snapshots'} from a backup: without them, what needs the time before is unknown, and "
            "nobody is sanctioned on it"
        )
        what = f"events up to {through:,} may be forgotten, and snapshots know up to {max(whole, default=0):,}"
        yield well_or(max(whole, default=0) >= through, what, advice)


def _id_of(settings: Settings) -> str:
    card = read_card(settings.folder / "state" / "log")
    return card.id if card is not None else ""


FOLDER: tuple[Check, ...] = (folder, room, secrets, agreement, log, found_journal, snapshots)
"""The checks on the folder, in their order."""
