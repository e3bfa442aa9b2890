"""Complaints: what anybody may file about accounts, groups and content, and how far one has come.

    received → verified → referred | decided → closed

A complaint names up to `MOST_SUBJECTS` subjects. Each is a case of its own, which all complaints about the same subject
share while it is open; a complaint is as far as the least of its subjects.

>>> Subject("account", "  rita ").plain(), Subject("link", "javascript:alert(1)").lacks()
(Subject(kind='account', value='rita', service='main'), 'a link begins with https:// or http:// and names a host')
>>> progress(["decided", "received"]), progress(["closed", "referred"])
('received', 'referred')
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal, get_args

import msgspec

from cartellino.appeals.categories import FAST, WITHOUT_FILES, Category
from cartellino.appeals.hearing import MEDIA_TYPES, NotReadable, TooMuch
from cartellino.appeals.plain_text import line, text
from cartellino.vocabulary.refusals import BadArgument, Refusal

SubjectKind = Literal["account", "group", "link", "other"]

State = Literal["received", "verified", "referred", "decided", "closed"]
STATES: tuple[State, ...] = get_args(State)

_NEXT: dict[State, frozenset[State]] = {
    "received": frozenset({"verified", "referred", "decided"}),
    "verified": frozenset({"referred", "decided"}),
    "referred": frozenset({"decided", "closed"}),
    "decided": frozenset({"closed"}),
    "closed": frozenset(),
}

Outcome = Literal["acted", "dismissed", "unfounded"]
"""How a complaint is decided: something was done; no breach was found; or it was manifestly unfounded, which counts
against whoever filed it (DSA, article 23)."""

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

MOST_SUBJECTS = 20
LONGEST_TEXT, SHORTEST_TEXT = 4_000, 20
LONGEST_SUBJECT = 2_048
LONGEST_NAME = 128
MOST_FILES = 3
LARGEST_FILE = 1 << 20
MOST_OPEN = 20
"""Complaints of one address that may wait at a time."""

ADDRESS = re.compile(r"[^\s@<>(),;:\\\"\[\]]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")
"""A mail address: not all that RFC 5321 allows, but all that people have."""

_LINK = re.compile(r"https?://[^\s/@?#]+\.[^\s/@?#]+([/?#]\S*)?", re.IGNORECASE)
_SIGNS: dict[str, tuple[bytes, ...]] = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/webp": (b"RIFF",),
    "application/pdf": (b"%PDF-",),
}


class Subject(msgspec.Struct, frozen=True):
    """What a complaint is about: an account, a group, content at an address, or something else."""

    kind: SubjectKind
    value: str
    service: str = "main"

    def plain(self) -> Subject:
        """Return it without what nobody sees, so that one subject is not filed as two."""
        return Subject(self.kind, line(self.value), self.service)

    def lacks(self) -> str | None:
        """Return what is wrong with it; `None` if nothing is."""
        most = LONGEST_NAME if self.kind in ("account", "group") else LONGEST_SUBJECT
        if not self.value:
            return "a subject needs a name or an address"
        if len(self.value) > most:
            return f"a subject of the kind {self.kind} has at most {most:,} letters"
        if self.kind == "link" and not _LINK.fullmatch(self.value):
            return "a link begins with https:// or http:// and names a host"
        return None


class Complaint(msgspec.Struct, frozen=True, kw_only=True):
    """A complaint as it was filed. `country` is that of whoever files it, whose law sets the deadline."""

    category: Category
    text: str
    subjects: tuple[Subject, ...]
    mail: str = ""
    country: str = ""
    language: str = "en"
    good_faith: bool = False
    law: str = ""
    """The law that it says is broken, in the words of whoever files it."""

    @property
    def is_fast(self) -> bool:
        """Whether it is looked at before all others."""
        return self.category in FAST


class File(msgspec.Struct, frozen=True):
    """A file of evidence."""

    name: str
    media_type: str
    content: bytes


def plain(complaint: Complaint) -> Complaint:
    """Return a complaint with its text and subjects tidied; the same subject counts once."""
    subjects = tuple(dict.fromkeys(subject.plain() for subject in complaint.subjects))
    return msgspec.structs.replace(
        complaint, subjects=subjects, text=text(complaint.text), law=line(complaint.law), mail=complaint.mail.strip()
    )


Fault = tuple[str, Refusal]
"""What a fault is about, and the refusal."""

_FIELDS = {"long": "text", "many": "subjects"}
"""The field that a fault is about, where the fault has a name of its own."""


def lacks(complaint: Complaint, files: Sequence[File] = ()) -> Refusal | None:
    """Return why a complaint (tidied) cannot be filed; `None` if it can (DSA, article 16(2))."""
    wrong = fault(complaint, files)
    return None if wrong is None else wrong[1].at(f"/{_FIELDS.get(wrong[0], wrong[0])}")


def fault(complaint: Complaint, files: Sequence[File] = ()) -> Fault | None:
    """Return what is wrong about a complaint (tidied), and what that is about; `None` if nothing is."""
    said, subjects = complaint.text, complaint.subjects
    if len(said.encode()) < SHORTEST_TEXT:  # bytes, since a Chinese character says as much as three Latin letters
        return "text", BadArgument(f"say in at least {SHORTEST_TEXT} letters what happened, and why it is against the"
                                   " law or our rules")  # fmt: skip
    if len(said) > LONGEST_TEXT:
        return "long", TooMuch(f"a text has at most {LONGEST_TEXT:,} letters; this one has {len(said):,}")
    if not subjects:
        return "subjects", BadArgument("name at least one account, group or address that the complaint is about")
    if len(subjects) > MOST_SUBJECTS:
        return "many", TooMuch(f"a complaint has at most {MOST_SUBJECTS} subjects; file another for the rest")
    if wrong := next((wrong for subject in subjects if (wrong := subject.lacks())), None):
        return "subjects", BadArgument(wrong)
    if not complaint.mail and not complaint.is_fast:
        return "mail", BadArgument("an e-mail address is needed, to tell you what became of it")
    if complaint.mail and not is_address(complaint.mail):
        return "mail", BadArgument("this is no e-mail address")
    if not complaint.good_faith:
        return "good_faith", BadArgument("confirm that what you say is true and complete, as far as you know")
    refusal = _files(complaint, files)
    return None if refusal is None else ("files", refusal)


def is_address(text: str) -> bool:
    """Say whether a text is a mail address."""
    return len(text) <= 254 and ADDRESS.fullmatch(text) is not None


def _files(complaint: Complaint, files: Sequence[File]) -> Refusal | None:
    if files and complaint.category in WITHOUT_FILES:
        return NotReadable("send no picture or file of this: to have or send one can be an offence; name the address")
    if len(files) > MOST_FILES:
        return TooMuch(f"a complaint has at most {MOST_FILES} files")
    for file in files:
        if len(file.content) > LARGEST_FILE:
            return TooMuch(f"`{file.name}` is larger than {LARGEST_FILE:,} bytes")
        if file.media_type not in MEDIA_TYPES:
            return NotReadable(f"`{file.name}` is {file.media_type}; files may be {', '.join(sorted(MEDIA_TYPES))}")
        if not is_what_it_says(file):
            return NotReadable(f"`{file.name}` is not {file.media_type}, although it says so")
    return None


def is_what_it_says(file: File) -> bool:
    """Say whether the first bytes of a file are those of its type."""
    signs = _SIGNS.get(file.media_type)
    return b"\x00" not in file.content if signs is None else file.content.startswith(signs)


def may_move(now: State, to: State) -> bool:
    """Say whether a state can follow."""
    return to in _NEXT[now]


def progress(states: Iterable[str]) -> State:
    """Return how far a complaint is: as far as the least of its subjects."""
    return min((state for state in states if state in STATES), key=STATES.index, default="received")
