"""The card of a folder: which installation its log belongs to, and how far the database had come when it was last seen.

It lies beside the segments of the log, so whoever puts back another log puts back its card as well. It is written after
the database has committed, never before: what it says that the database knew, the database knew. So after a crash it
may be behind, and a database that is behind the card is an older one, or another.

>>> import tempfile
>>> folder = Path(tempfile.mkdtemp())
>>> read_card(folder) is None
True
>>> write_card(folder, Card(id="i_1", acts=7, ledger=9, seal="sha256:...", written=12))
>>> read_card(folder).acts
7
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from cartellino.storage.files import DISK, Files
from cartellino.storage.growing import make_folder
from cartellino.storage.replacing import replacing
from cartellino.vocabulary.refusals import BadFile

FORMAT = 1
NAME = "installation.json"


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """What a folder says of itself and of its database."""

    id: str
    acts: int = 0
    """Number of the last act that the database had."""
    ledger: int = 0
    """Number of the last row of the ledger that it had, and that row's seal."""
    seal: str = ""
    written: int = 0
    """How often the service had written to it."""
    restored: bool = False
    """Whether this is a copy put back that has not been started since: then the database has come exactly so far."""
    accepted: str = ""
    """Why somebody accepted a database that did not agree, until the ledger says so."""
    lacking: int = 0
    """Acts and rows of the ledger whose removal somebody accepted."""
    format: int = FORMAT


def read_card(folder: Path, files: Files = DISK) -> Card | None:
    """Return the card of a log's folder; `None` where there is none.

    Raises `BadFile` for one that cannot be read.
    """
    path = folder / NAME
    if NAME not in files.list(folder):
        return None
    try:
        card = msgspec.json.decode(bytes(files.map(path)), type=Card)
    except msgspec.MsgspecError as error:
        raise BadFile(
            f"{path} is damaged ({error}); restore it from a backup, together with what lies beside it"
        ) from None
    if card.format > FORMAT:
        raise BadFile(f"{path} was written by a newer version of this program (format {card.format}); use that one")
    return card


def write_card(folder: Path, card: Card, files: Files = DISK) -> None:
    """Put a card in place of the one before.

    Raises `WriteFailed`.
    """
    make_folder(files, folder)
    with replacing(files, folder / NAME) as out:
        out.write(msgspec.json.encode(card) + b"\n")
