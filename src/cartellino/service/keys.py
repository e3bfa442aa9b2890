"""The two secrets of an installation: the salt that keys its hashes, and the key that signs holders' tokens.

Each is given as a setting, or generated at the first start and stored in a file of the data folder. Files are written
atomically. A file that is empty, truncated or damaged is refused: only a backup still has its content.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

from cartellino.appeals.proof import SHORTEST
from cartellino.storage.files import DISK, Files
from cartellino.storage.replacing import replacing
from cartellino.vocabulary.refusals import BadArgument, BadFile

LOST = {
    "salt": "pseudonyms, canaries and hold-outs follow from it, so what was decided cannot go on with another one",
    "secret": "if there is no backup, remove the file: a new one is made, and every holder has to be let in anew",
}
"""The consequence of losing each secret, for messages."""


FEWEST_DIFFERENT = 4
"""The fewest different characters of a secret; no generator produces fewer."""


class ShortSecret(BadArgument):
    """A secret is so short or so repetitive that it can be guessed."""


def can_be_guessed(text: str, shortest: int = SHORTEST) -> bool:
    """Say whether a given secret is too short or too repetitive.

    >>> can_be_guessed("a" * 40), can_be_guessed(" " * 40), can_be_guessed("0123456789abcdef" * 2)
    (True, True, False)
    """
    return len(text.strip()) < shortest or len(set(text)) < FEWEST_DIFFERENT


def salt_of(given: str, folder: Path, decided_with: Callable[[str], bool] | None, files: Files = DISK) -> str:
    """Return the salt of an installation.

    `decided_with` says whether a salt is the one that decided in this folder; it is `None` for a new folder. A salt
    that has decided stays valid even if it is too short, since it cannot be replaced.

    Raises `BadFile` for a file that is missing or damaged, `BadArgument` for a salt that is given and is another,
    `ShortSecret` for a short one that is given to a new folder.
    """
    if decided_with is not None:
        return _that_decided(given, folder / "salt", decided_with)
    if given and can_be_guessed(given):
        raise _short("CARTELLINO_SALT", given)
    return given or kept(folder / "salt", files)


def _that_decided(given: str, file: Path, decided_with: Callable[[str], bool]) -> str:
    if given:
        if not decided_with(given):
            raise BadArgument(f"{file.parent} was decided with another salt; set CARTELLINO_SALT to that one")
        return given
    if not file.exists():
        raise BadFile(f"{file} is missing: {LOST['salt']}. Restore it from a backup, or set CARTELLINO_SALT to it")
    text = _text(file)
    if not decided_with(text):
        raise BadFile(f"{file} does not hold the salt that decided here: {LOST['salt']}. Restore it from a backup")
    return text


def secret_of(given: str, folder: Path, files: Files = DISK) -> bytes:
    """Return the key that signs tokens.

    Raises `BadFile` for a file that cannot be used, `ShortSecret` for a short one that is given.
    """
    if given and can_be_guessed(given):
        raise _short("CARTELLINO_SECRET", given)
    return (given or kept(folder / "secret", files)).encode()


def kept(file: Path, files: Files = DISK) -> str:
    """Return the secret in a file, which is created if it does not exist, readable by its owner alone.

    Raises `BadFile` when the content is no secret.
    """
    if not file.exists():
        with replacing(files, file) as out:
            out.write(secrets.token_urlsafe(32).encode())
    return read(file)


def read(file: Path) -> str:
    """Return the secret in an existing file.

    Raises `BadFile` when the content is no secret.
    """
    text = _text(file)
    if len(text) < SHORTEST:
        raise BadFile(
            f"{file} is damaged: it holds {len(text)} characters of text, and a secret has at least {SHORTEST}. "
            f"Restore it from a backup; {LOST[file.name]}"
        )
    return text


def _text(file: Path) -> str:
    """Return the text of a file, empty if it is no text: a full disk may leave an empty file, or one of zeros."""
    try:
        text = file.read_text("utf-8").strip()
    except UnicodeDecodeError:
        return ""
    return text if text.isprintable() else ""


def _short(variable: str, text: str) -> ShortSecret:
    return ShortSecret(
        f"{variable} has {len(text)} characters, of which {len(set(text))} differ, and needs at least {SHORTEST} that "
        "nobody can guess: take what `openssl rand -base64 32` prints, or leave it out and one is made"
    )
