"""Media: what was uploaded, and the parts of an upload."""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import sha256

import msgspec

from cartellino.simulator.cloud.errors import error_of

MOST = 256 << 20
"""Bytes of all media together; the oldest give way."""

LARGEST = {"image": 5 << 20, "audio": 16 << 20, "video": 16 << 20, "sticker": 500 << 10, "document": 100 << 20}
"""Bytes of one file by its kind."""

TYPES = {
    "image": ("image/jpeg", "image/png"),
    "audio": (
        "audio/aac",
        "audio/amr",
        "audio/mpeg",
        "audio/mp4",
        "audio/ogg",
        "audio/opus",
        "audio/wav",
        "audio/x-wav",
    ),
    "video": ("video/mp4", "video/3gp", "video/3gpp"),
    "sticker": ("image/webp",),
}
"""What can be uploaded; anything that is of no kind here is a document."""

_NAME = re.compile(rb'name="([^"]*)"')
_FILE = re.compile(rb'filename="([^"]*)"')


class File(msgspec.Struct, frozen=True):
    """One file."""

    id: str
    mime_type: str
    content: bytes
    number: str
    name: str = ""

    @property
    def digest(self) -> str:
        """The digest by which a client can see that nothing was lost."""
        return sha256(self.content).hexdigest()


class Files:
    """Files by their ids."""

    def __init__(self, new_id: Callable[[], str]) -> None:
        self._held: dict[str, File] = {}
        self._new_id = new_id

    def __len__(self) -> int:
        return len(self._held)

    def find(self, file_id: str) -> File | None:
        """Return a file."""
        return self._held.get(file_id)

    def keep(self, number: str, mime_type: str, content: bytes, name: str = "") -> File:
        """Keep a file; the oldest go where there are too many.

        Raises `GraphError` for one that is empty, too large or of a type that cannot be sent.
        """
        kind = kind_of(mime_type)
        if not content:
            raise error_of(100, "Param file must be a file that is not empty.")
        if len(content) > LARGEST[kind]:
            raise error_of(131053, f"{kind}: {len(content)} bytes, and at most {LARGEST[kind]} are taken")
        if kind == "document" and mime_type.partition("/")[0] in ("image", "audio", "video"):
            raise error_of(100, f"Param file must be a file with one of the supported types, and not {mime_type}")
        held = File(self._new_id(), mime_type, content, number, name)
        self._held[held.id] = held
        while sum(len(one.content) for one in self._held.values()) > MOST:
            del self._held[next(iter(self._held))]
        return held

    def drop(self, file_id: str) -> None:
        """Forget a file."""
        self._held.pop(file_id, None)


def kind_of(mime_type: str) -> str:
    """Return which kind of message a type is sent in."""
    plain = mime_type.partition(";")[0].strip().lower()
    return next((kind for kind, types in TYPES.items() if plain in types), "document")


class Part(msgspec.Struct, frozen=True):
    """One part of a form."""

    content: bytes
    file_name: str | None
    media_type: str


def parts_of(body: bytes, content_type: str) -> dict[str, Part]:
    """Take a form with files apart.

    Raises `GraphError` when it is none.

    >>> form = b'--x\\r\\nContent-Disposition: form-data; name="type"\\r\\n\\r\\nimage/png\\r\\n--x--\\r\\n'
    >>> parts_of(form, "multipart/form-data; boundary=x")["type"].content
    b'image/png'
    """
    match = re.search(r'boundary="?([^";,]+)"?', content_type)
    if match is None or not content_type.lower().startswith("multipart/form-data"):
        raise error_of(100, "Upload files as multipart/form-data with a boundary.")
    found: dict[str, Part] = {}
    for piece in (b"\r\n" + body).split(b"\r\n--" + match[1].encode("latin-1"))[1:101]:
        head, gap, content = piece.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if not gap or name is None:
            continue
        file_name = _FILE.search(head)
        kind = re.search(rb"content-type:\s*([^\r\n]+)", head, re.I)
        found[name[1].decode("utf-8", "replace")] = Part(
            content, file_name[1].decode("utf-8", "replace") if file_name else None,
            kind[1].decode("latin-1").strip() if kind else "",
        )  # fmt: skip
    return found
