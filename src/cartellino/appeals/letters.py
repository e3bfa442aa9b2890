"""A mail that came in: its text, and whether a machine wrote it (RFC 5322, RFC 2045 to 2047, RFC 3834).

The standard library reads it. What comes from outside may be wrong in every way, so nothing of it is believed: what
cannot be decoded is replaced, and parts, depth and lengths are bounded.

>>> raw = b"From: a@example.org\\nSubject: =?utf-8?q?Perch=C3=A9=3F?=\\nContent-Type: text/plain\\n\\nNon ero io.\\n"
>>> letter = read(raw)
>>> letter.sender, letter.subject, letter.text, machine_made(letter)
('a@example.org', 'Perché?', 'Non ero io.\\n', '')
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage, Message
from email.parser import BytesParser
from typing import Any

from cartellino.appeals.pages import text_of_page

LARGEST = 10 << 20
"""Bytes of a raw mail."""

LONGEST = 200_000
"""Letters of its text; what is beyond is left out."""

MOST_PARTS = 100
MOST_NESTED = 50
"""Of parts that hold parts; a mail with more is read as one text."""

MOST_LOOKS = 5_000_000
"""How often a line may be looked at."""

_LONG = re.compile(rb"^content-[a-z-]+:(?:[^\n]|\n[ \t]){1000}", re.IGNORECASE | re.MULTILINE)
"""A header whose parameters take the library a time that grows with the square of their number."""

_NESTED = re.compile(rb"boundary\s*+\*?\d*+\*?\s*+=|message/(?:rfc822|partial|external-body)", re.IGNORECASE)
DEEPEST = 12
LONGEST_HEAD = 100_000
LONGEST_HEADER = 2_000

_NO_TEXT = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "utf_7"})
"""Codecs of Python that no mail is written in."""


@dataclass(frozen=True)
class Letter:
    """A mail: who sent it, its subject and text, and its headers by their names in small letters."""

    sender: str
    subject: str
    text: str
    forwarded: str = ""
    headers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    media_type: str = "text/plain"


def read(raw: bytes) -> Letter:
    """Read a mail as a mail server hands it over; never raises for what is inside."""
    message = _parsed(raw[:LARGEST])
    headers = _headers(message)
    sender = address_in((headers.get("from") or headers.get("sender") or ("",))[0])
    own, forwarded = _texts(message)
    subject = (headers.get("subject") or ("",))[0]
    return Letter(sender, subject, own[:LONGEST], forwarded[:LONGEST], headers, message.get_content_type())


def address_in(text: str) -> str:
    """Return the address of `Ann <ann@example.org>`, or a text that is one."""
    return (found[1] if (found := _ADDRESS.search(text)) else text).strip()


_ADDRESS = re.compile(r"<([^<>]*)>")


def _parsed(raw: bytes) -> Message[Any, Any]:
    try:
        _must_be_of_few_parts(raw)
        return BytesParser(EmailMessage, policy=policy.default).parsebytes(raw)
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError):  # what nobody could send by accident
        return _as_one_text(raw)


def _as_one_text(raw: bytes) -> Message[Any, Any]:
    """Read the head of a mail, and all below as its text."""
    head, _, below = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    message = BytesParser(EmailMessage, policy=policy.compat32).parsebytes(head[:LONGEST_HEAD], headersonly=True)
    for name in ("content-type", "content-transfer-encoding", "content-disposition"):
        del message[name]
    message.set_payload(below[:LONGEST].decode("utf-8", "replace"))
    return message


def _must_be_of_few_parts(raw: bytes) -> None:
    """Look whether the library can read a mail in a moment: each level makes it look at every line once more.

    Raises `ValueError`.
    """
    nested = len(_NESTED.findall(raw))
    if nested > MOST_NESTED or raw.count(b"\n--") > 10 * MOST_PARTS or nested * raw.count(b"\n") > MOST_LOOKS:
        raise ValueError("there are too many parts")
    if len(raw.partition(b"\n\n")[0].partition(b"\r\n\r\n")[0]) > LONGEST_HEAD or _LONG.search(raw):
        raise ValueError("a head is too long")


def _headers(message: Message[Any, Any]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for name, value in list(message.raw_items())[:500]:
        found.setdefault(name.lower(), []).append(str(value)[:LONGEST_HEADER])
    read = {name: _header(name, found[name][0]) for name in ("from", "sender", "subject") if name in found}
    return {name: (read[name],) if name in read else tuple(values) for name, values in found.items()}


def _header(name: str, value: str) -> str:
    """Decode a header; the library raises for some that are broken."""
    try:
        return str(policy.default.header_factory(name, re.sub(r"\r?\n", "", value)))
    except Exception:
        return value.encode("utf-8", "replace").decode()


# The text


def _texts(message: Message[Any, Any]) -> tuple[str, str]:
    """Return what the mail says, and what the mails say that it forwards."""
    own: list[str] = []
    forwarded: list[str] = []
    for number, (part, is_forwarded) in enumerate(_parts(message, 0, forwarded=False)):
        if number >= MOST_PARTS:
            break
        (forwarded if is_forwarded else own).append(_text(part))
    return "\n".join(own), "\n".join(forwarded)


def _parts(message: Message[Any, Any], depth: int, *, forwarded: bool) -> Iterator[tuple[Message[Any, Any], bool]]:
    """Yield the parts with text to read; of alternatives only the plainest."""
    kind = message.get_content_type()
    if depth > DEEPEST or message.get_content_disposition() == "attachment":
        return
    if not message.is_multipart():
        if kind in ("text/plain", "text/html") or message.get_content_maintype() == "text":
            yield message, forwarded
        return
    inside = [one for one in message.get_payload() if isinstance(one, Message)]
    if kind == "multipart/alternative":
        inside = _plainest(inside)
    elif kind == "multipart/related":
        inside = inside[:1]
    for one in inside:
        yield from _parts(one, depth + 1, forwarded=forwarded or kind == "message/rfc822")


def _plainest(choices: list[Message[Any, Any]]) -> list[Message[Any, Any]]:
    plain = [one for one in choices if one.get_content_type() == "text/plain" and _text(one).strip()]
    return plain[:1] or [one for one in choices if one.get_content_type() != "text/plain"][-1:]


def _text(part: Message[Any, Any]) -> str:
    payload = part.get_payload(decode=True)
    held = payload if isinstance(payload, bytes) else b""
    text = _decoded(held[: 4 * LONGEST], part.get_content_charset("utf-8") or "utf-8")
    return text_of_page(text[:LONGEST]) if part.get_content_type() == "text/html" else text


def _decoded(held: bytes, charset: str) -> str:
    """Decode a text; of an unknown charset as UTF-8, and where it is not that, as most of the West writes."""
    try:
        codec = codecs.lookup(charset)
        if codec.name.replace("-", "_") in _NO_TEXT:
            raise LookupError
        return held.decode(charset, "replace")
    except (LookupError, ValueError):
        try:
            return held.decode("utf-8")
        except UnicodeDecodeError:
            return held.decode("cp1252", "replace")


# Machines

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
"""What programs put before the subject that they answer, by their language."""

_SUBJECTS = re.compile(
    rf"\s*(?:[\[(]\s*(?:{_PHRASES})\s*[\])].*|(?:{_PHRASES})\s*(?:[:\uff1a].*|[.!]?\s*|\s[-–—]\s.*)|"
    r"(?:auto|abwesend|afwezig|assente)\s*[:\uff1a].*|"
    r"undelivered mail returned to sender|failure notice|delivery status notification(?: \([a-z]+\))?|"
    r"mail delivery (?:subsystem|system)|mail system error - returned mail)\s*",
    re.IGNORECASE | re.DOTALL,
)
"""A subject as programs write one: such a phrase alone, in brackets, or before a colon or a dash. People who write
*about* automatic replies write sentences."""


def machine_made(letter: Letter) -> str:
    """Say by what one sees that a machine sent a mail; empty where a person may have (RFC 3834, section 2).

    The subject is no such sign: anybody may write any, see `answers_by_itself`.
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
    """Say whether a subject has exactly the form in which programs write those of automatic replies and returned mail.

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
