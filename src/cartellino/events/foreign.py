"""Recognises other file formats by their first bytes, and says how to convert them.

Such a file is refused as a whole. Read as NDJSON, each of its lines would be a fault of its own, and none would name
the cause.

>>> foreign(b"BZh91AY&SY", "events.bz2").show()
'events.bz2: row: unreadable: expected NDJSON, Arrow IPC or Parquet, got bzip2 (unpack it first: bunzip2)'
>>> foreign(b'[{"id": "e1"}]', "-").faults[0].got
"a JSON array (write one object a line: jq -c '.[]')"
"""

from __future__ import annotations

import re

from cartellino.events.columns import COLUMNS
from cartellino.events.rejection import Rejection
from cartellino.events.validation import Fault

_BINARY: tuple[tuple[bytes, str, str], ...] = (
    (b"BZh", "bzip2", "unpack it first: bunzip2"),
    (b"\x1f\x8b", "gzip within a compressed file", "unpack it once"),
    (b"\x28\xb5\x2f\xfd", "zstd within a compressed file", "unpack it once"),
    (b"\xfd7zXZ\x00", "xz", "unpack it first: unxz"),
    (b"\x5d\x00\x00", "lzma", "unpack it first: unlzma"),
    (b"\x04\x22\x4d\x18", "lz4", "unpack it first: unlz4"),
    (b"\xff\x06\x00\x00sNaPpY", "snappy", "pack it with gzip or zstd instead"),
    (b"\x78\x9c", "zlib", "pack it with gzip instead"),
    (b"\x78\xda", "zlib", "pack it with gzip instead"),
    (b"\xd0\xcf\x11\xe0", "a workbook of old Excel", "write it as NDJSON or Parquet"),
    (b"\x1f\x9d", "compress (.Z)", "unpack it first: uncompress"),
    (b"PK\x03\x04", "a zip archive or a spreadsheet", "unpack it, and give the files that are inside"),
    (b"PK\x05\x06", "an empty zip archive", "there is nothing inside"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it, and give the files that are inside"),
    (b"Rar!\x1a\x07", "a RAR archive", "unpack it, and give the files that are inside"),
    (b"Obj\x01", "Avro", "write it as Parquet"),
    (b"ORC", "ORC", "write it as Parquet"),
    (b"FEA1", "Feather, version 1", "write it as version 2, which is Arrow IPC"),
    (b"PARE", "encrypted Parquet", "write it without encryption"),
    (b"SQLite format 3\x00", "an SQLite database", "export the table as NDJSON or Parquet"),
    (b"\x89HDF", "HDF5", "write it as Parquet"),
    (b"\xff\xfe\x00\x00", "text in UTF-32", "write it in UTF-8: iconv -f UTF-32 -t UTF-8"),
    (b"\x00\x00\xfe\xff", "text in UTF-32", "write it in UTF-8: iconv -f UTF-32 -t UTF-8"),
    (b"\xff\xfe", "text in UTF-16", "write it in UTF-8: iconv -f UTF-16 -t UTF-8"),
    (b"\xfe\xff", "text in UTF-16", "write it in UTF-8: iconv -f UTF-16 -t UTF-8"),
    (b"{\x00", "text in UTF-16", "write it in UTF-8: iconv -f UTF-16LE -t UTF-8"),
    (b"\x00{", "text in UTF-16", "write it in UTF-8: iconv -f UTF-16BE -t UTF-8"),
    (b"[\x00", "text in UTF-16", "write it in UTF-8, one object a line"),
    (b"\x00[", "text in UTF-16", "write it in UTF-8, one object a line"),
    (b"\x1e", "a JSON text sequence (RFC 7464)", "take the separators out: tr -d '\\036'"),
    (b"\x00\x00\x00{", "text in UTF-32", "write it in UTF-8: iconv -f UTF-32BE -t UTF-8"),
)
"""The first bytes of a format, its name, and what to do with such a file."""

_TAR = 257
"""The offset of the magic number in a tar archive."""

_ARRAY = re.compile(rb"\s*\[\s*\{")
_SPREAD = re.compile(rb"\s*\{[ \t]*\r?\n")
_OLD_LINES = re.compile(rb"[^\n]*\}[ \t]*\r(?!\n)\s*\{")
_SEPARATORS = re.compile(r"[,;\t|]")


def foreign(head: bytes, source: str) -> Rejection | None:
    """Return the refusal of a file with these first bytes, `None` if it may contain events."""
    match = _binary(head) or _text(head.removeprefix(b"\xef\xbb\xbf"))
    if match is None:
        return None
    what, hint = match
    return Rejection(source, 0, (Fault("unreadable", "", "NDJSON, Arrow IPC or Parquet", f"{what} ({hint})"),))


def _binary(head: bytes) -> tuple[str, str] | None:
    if head[_TAR : _TAR + 5] == b"ustar":
        return "a tar archive", "unpack it, and give the files that are inside"
    return next(((what, hint) for magic, what, hint in _BINARY if head.startswith(magic)), None)


def _text(head: bytes) -> tuple[str, str] | None:
    if _ARRAY.match(head):
        return "a JSON array", "write one object a line: jq -c '.[]'"
    if _SPREAD.match(head):
        return "JSON that is spread over lines", "write one object a line: jq -c ."
    if _OLD_LINES.match(head):
        return "lines that end with a carriage return alone", "write line feeds: tr '\\r' '\\n'"
    line = head.lstrip().partition(b"\n")[0].decode("utf-8", "replace")
    names = {name.strip(" \r\"'").lower() for name in _SEPARATORS.split(line)}
    if "{" not in line and len(names & set(COLUMNS)) >= 2:
        return "CSV", "write it as NDJSON or Parquet, such as with DuckDB or pandas"
    return None
