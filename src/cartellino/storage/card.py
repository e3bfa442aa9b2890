"""The card of a log folder: the installation that the log belongs to, and how far its database had come.

The card lies beside the segments, so that restoring another log restores its card as well. It is written only after the
database has committed. So after a crash the card may be behind the database; but a database that is behind the card has
been replaced by an older or another one.

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
    """What a folder states about itself and its database."""

    id: str
    acts: int = 0
    """Number of the last act that the database had."""
    ledger: int = 0
    """Number of the last row of the ledger."""
    seal: str = ""
    """Seal of that row."""
    written: int = 0
    """Number of transactions in which the service had written to the database."""
    restored: bool = False
    """Whether this is a restored backup that has not been started yet; then the database must match exactly."""
    accepted: str = ""
    """The reason why somebody accepted a database that does not match, until it is entered in the ledger."""
    lacking: int = 0
    """Number of acts and ledger rows whose loss somebody accepted."""
    format: int = FORMAT


def read_card(folder: Path, files: Files = DISK) -> Card | None:
    """Return the card of a log folder, `None` if there is none.

    Raises `BadFile` if it is damaged or of a newer format.
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
    """Replace the card of a folder.

    Raises `WriteFailed`.
    """
    make_folder(files, folder)
    with replacing(files, folder / NAME) as out:
        out.write(msgspec.json.encode(card) + b"\n")
