"""Reads incoming mail: its text, and whether a program wrote it (RFC 5322, RFC 2045 to 2047, RFC 3834).

The standard library parses it. Mail from outside may be malformed in every way, so nothing in it is trusted: characters
that cannot be decoded are replaced, and the number and depth of parts and all lengths are bounded.

>>> raw = b"From: a@example.org\\nSubject: =?utf-8?q?Perch=C3=A9=3F?=\\nContent-Type: text/plain\\n\\nNon ero io.\\n"
>>> letter = read(raw)
>>> letter.sender, letter.subject, letter.text, machine_made(letter)
('a@example.org', 'Perché?', 'Non ero io.\\n', '')
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage, Message
from email.parser import BytesParser
from itertools import islice
from typing import Any, Literal

from cartellino.appeals.pages import text_of_page

LARGEST = 10 << 20
"""Most bytes of a raw mail that are read."""

LONGEST = 200_000
"""Most characters of its text; the rest is left out."""

MOST_PARTS = 100
MOST_NESTED = 50
"""Most parts that contain parts; a mail with more is read as a single text."""

MOST_LOOKS = 5_000_000
"""Most visits of lines by the parser, which reads every line once per level of nesting."""

_LONG = re.compile(rb"^content-[a-z-]+:(?:[^\n]|\n[ \t]){1000}", re.IGNORECASE | re.MULTILINE)
"""A long header with parameters, which the library parses in time quadratic in their number."""

_NESTED = re.compile(rb"boundary\s*+\*?\d*+\*?\s*+=|message/(?:rfc822|partial|external-body)", re.IGNORECASE)
DEEPEST = 12
LONGEST_HEAD = 100_000
LONGEST_HEADER = 2_000

_NO_TEXT = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "utf_7"})
"""Python's codecs that are not charsets of mail."""


@dataclass(frozen=True)
class Letter:
    """A mail: its sender, subject, own text and forwarded text, and its headers by lower-case name.

    `beside` holds texts that are not displayed: alternative forms of the text, and attachments. They are not the
    sender's words, but may be the only place of our code.
    """

    sender: str
    subject: str
    text: str
    forwarded: str = ""
    beside: str = ""
    headers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    media_type: str = "text/plain"


def read(raw: bytes) -> Letter:
    """Read a raw mail, as a mail server delivers it; no content makes this raise."""
    message = _parsed(raw[:LARGEST])
    headers = _headers(message)
    sender = address_in((headers.get("from") or headers.get("sender") or ("",))[0])
    texts = _texts(message)
    subject = (headers.get("subject") or ("",))[0]
    return Letter(sender, subject, **texts, headers=headers, media_type=message.get_content_type())


def files_of(raw: bytes, most: int, largest: int, types: Collection[str]) -> list[tuple[str, str, bytes]]:
    """Return the attached files of a raw mail that are of these types and not too large: name, type and content."""
    kept: list[tuple[str, str, bytes]] = []
    for part in islice(_attached(_parsed(raw[:LARGEST]), 0), MOST_PARTS):
        content = part.get_payload(decode=True)
        kind = part.get_content_type()
        if kind in types and isinstance(content, bytes) and 0 < len(content) <= largest and len(kept) < most:
            kept.append((str(part.get_filename() or "file")[:200], kind, content))
    return kept


def _attached(message: Message[Any, Any], depth: int) -> Iterator[Message[Any, Any]]:
    if depth > DEEPEST:
        return
    if message.get_content_disposition() == "attachment" and not message.is_multipart():
        yield message
    for part in message.get_payload() if message.is_multipart() else ():
        if isinstance(part, Message):
            yield from _attached(part, depth + 1)


def address_in(text: str) -> str:
    """Return the address in a text such as `Ann <ann@example.org>`, or the text itself if it has no brackets."""
    return (match[1] if (match := _ADDRESS.search(text)) else text).strip()


_ADDRESS = re.compile(r"<([^<>]*)>")


def _parsed(raw: bytes) -> Message[Any, Any]:
    try:
        _must_be_of_few_parts(raw)
        return BytesParser(EmailMessage, policy=policy.default).parsebytes(raw)
    except (
        RecursionError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
    ):  # only mail made to break parsers raises these
        return _as_one_text(raw)


def _as_one_text(raw: bytes) -> Message[Any, Any]:
    """Parse only the head of a mail, and take everything below as its text."""
    head, _, below = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    message = BytesParser(EmailMessage, policy=policy.compat32).parsebytes(head[:LONGEST_HEAD], headersonly=True)
    for name in ("content-type", "content-transfer-encoding", "content-disposition"):
        del message[name]
    message.set_payload(below[:LONGEST].decode("utf-8", "replace"))
    return message


def _must_be_of_few_parts(raw: bytes) -> None:
    """Check that the library can parse a mail quickly: every level of nesting makes it read every line once more.

    Raises `ValueError` if it cannot.
    """
    nested = len(_NESTED.findall(raw))
    if nested > MOST_NESTED or raw.count(b"\n--") > 10 * MOST_PARTS or nested * raw.count(b"\n") > MOST_LOOKS:
        raise ValueError("there are too many parts")
    if len(raw.partition(b"\n\n")[0].partition(b"\r\n\r\n")[0]) > LONGEST_HEAD or _LONG.search(raw):
        raise ValueError("a head is too long")


def _headers(message: Message[Any, Any]) -> dict[str, tuple[str, ...]]:
    raw: dict[str, list[str]] = {}
    for name, value in list(message.raw_items())[:500]:
        raw.setdefault(name.lower(), []).append(str(value)[:LONGEST_HEADER])
    read = {name: _header(name, raw[name][0]) for name in ("from", "sender", "subject") if name in raw}
    return {name: (read[name],) if name in read else tuple(values) for name, values in raw.items()}


def _header(name: str, value: str) -> str:
    """Return a header decoded, or as it is if the library raises, which it does for some that are malformed."""
    try:
        return str(policy.default.header_factory(name, re.sub(r"\r?\n", "", value)))
    except Exception:
        return value.encode("utf-8", "replace").decode()


# The text

_Place = Literal["text", "forwarded", "beside"]


def _texts(message: Message[Any, Any]) -> dict[_Place, str]:
    """Return the mail's own text, the text of the mails that it forwards, and the texts beside them."""
    texts: dict[_Place, list[str]] = {"text": [], "forwarded": [], "beside": []}
    for part, place in islice(_parts(message, 0, "text"), MOST_PARTS):
        texts[place].append(_text(part))
    return {place: "\n".join(parts)[:LONGEST] for place, parts in texts.items()}


def _parts(message: Message[Any, Any], depth: int, place: _Place) -> Iterator[tuple[Message[Any, Any], _Place]]:
    """Yield the parts with text, each with its place; of alternatives the plainest is displayed, others go beside."""
    if depth > DEEPEST:
        return
    if message.get_content_disposition() == "attachment":
        place = "beside"
    kind = message.get_content_type()
    if not message.is_multipart():
        if message.get_content_maintype() == "text":
            yield message, place
        return
    inside = [part for part in message.get_payload() if isinstance(part, Message)]
    shown = _plainest(inside) if kind == "multipart/alternative" else inside
    shown = inside[:1] if kind == "multipart/related" else shown
    for part in sorted(inside, key=lambda part: part not in shown):
        lies: _Place = "forwarded" if kind == "message/rfc822" and place == "text" else place
        yield from _parts(part, depth + 1, lies if part in shown else "beside")


def _plainest(choices: list[Message[Any, Any]]) -> list[Message[Any, Any]]:
    plain = [choice for choice in choices if choice.get_content_type() == "text/plain" and _text(choice).strip()]
    return plain[:1] or [choice for choice in choices if choice.get_content_type() != "text/plain"][-1:]


def _text(part: Message[Any, Any]) -> str:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    text = _decoded(content[: 4 * LONGEST], part.get_content_charset("utf-8") or "utf-8")
    return text_of_page(text[:LONGEST]) if part.get_content_type() == "text/html" else text


def _decoded(raw: bytes, charset: str) -> str:
    """Decode a text; if its charset is unknown, as UTF-8, and if it is not UTF-8, as Windows-1252, the most common
    legacy charset."""
    try:
        codec = codecs.lookup(charset)
        if codec.name.replace("-", "_") in _NO_TEXT:
            raise LookupError
        return raw.decode(charset, "replace")
    except (LookupError, ValueError):
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            return raw.decode("cp1252", "replace")


# Mail from programs

_ANSWERS = (
    "x-autoreply", "x-autorespond", "x-auto-response-suppress", "x-autoreply-from", "x-mail-autoreply",
    "x-autogenerated", "x-loop", "x-fc-machinegenerated", "x-ms-exchange-inbox-rules-loop",
)  # fmt: skip
_TYPES = ("multipart/report", "message/delivery-status", "message/disposition-notification", "text/calendar")
_SENDERS = re.compile(
    r"(?:mailer-daemon|postmaster|no-?_?reply|do-?not-?reply|bounces?|auto-?reply|autoresponder)(?:[+-][^@]*)?(?:@.*)?",
    re.IGNORECASE,
)
_PHRASES = (
    r"auto(?:matic|mated)?[ -]?(?:reply|response|answer)|auto[ -]?(?:respond(?:er)?|balas)|"
    r"out of (?:the )?office(?: auto[ -]?reply)?|away from (?:the|my) (?:office|desk)|"
    r"risposta automatica|fuori (?:sede|ufficio)|balasan otomatis|jawaban otomatis|di luar kantor|"
    r"automatische (?:antwort|abwesenheitsnotiz)|abwesenheits(?:notiz|meldung)|r[ée]ponse automatique|"
    r"absen(?:t|ce) du bureau|respuesta autom[áa]tica|fuera de (?:la )?oficina|resposta autom[áa]tica|"
    r"fora do escrit[óo]rio|automatisch (?:antwoord|bericht)|autosvar|автоматический ответ|автоответ|"
    r"undeliver(?:able|ed)|non recapitabile|messaggio non recapitato|tidak terkirim|unzustellbar|non remis|"
    r"no se puede entregar|mail delivery (?:failed|failure)|delivery (?:failure|has failed)|returned mail"
)
"""Phrases with which programs begin the subject of a reply, in several languages."""

_SUBJECTS = re.compile(
    rf"\s*(?:[\[(]\s*(?:{_PHRASES})\s*[\])].*|(?:{_PHRASES})\s*(?:[:\uff1a].*|[.!]?\s*|\s[-–—]\s.*)|"
    r"(?:auto|abwesend|afwezig|assente)\s*[:\uff1a].*|"
    r"undelivered mail returned to sender|failure notice|delivery status notification(?: \([a-z]+\))?|"
    r"mail delivery (?:subsystem|system)|mail system error - returned mail)\s*",
    re.IGNORECASE | re.DOTALL,
)
"""A subject as programs write it: such a phrase alone, in brackets, or before a colon or a dash. People who write
*about* automatic replies write sentences."""


def machine_made(letter: Letter) -> str:
    """Return the sign that a program sent a mail, empty if a person may have (RFC 3834, section 2).

    The subject is not considered, since a person may write any subject; see `answers_by_itself`.
    """
    headers = {name.lower(): " ".join(values).strip().lower() for name, values in letter.headers.items()}
    by_header = _by_header(headers)
    if by_header:
        return by_header
    if letter.media_type.lower() in _TYPES:
        return f"it is a {letter.media_type.lower()}"
    sender = address_in(letter.sender[:LONGEST_HEADER])
    return "its sender is no person" if not sender or _SENDERS.fullmatch(sender) else ""


def answers_by_itself(subject: str) -> bool:
    """Return whether a subject has exactly the form of automatic replies or returned mail.

    >>> answers_by_itself("Automatic reply: Your notice"), answers_by_itself("Auto reply bot banned me")
    (True, False)
    """
    return _SUBJECTS.fullmatch(subject[:LONGEST_HEADER]) is not None


def _by_header(headers: Mapping[str, str]) -> str:
    if headers.get("auto-submitted", "no").partition(";")[0].strip() not in ("no", ""):
        return "Auto-Submitted"
    if headers.get("precedence", "") in ("bulk", "list", "junk", "auto_reply", "auto-reply"):
        return "Precedence"
    if headers.get("return-path", "").replace(" ", "") == "<>":
        return "its return path is empty"
    lists = [name for name in headers if name.startswith("list-") and headers[name]]
    answers = [name for name in _ANSWERS if headers.get(name, "no") not in ("no", "")]
    return next(iter(lists + answers), "")
