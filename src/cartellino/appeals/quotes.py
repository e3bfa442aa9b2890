"""Separates the sender's own words in a mail from quotations above, below or between them.

Mail programs mark a quotation with `>` on every line (RFC 3676, section 4.5), or once at its beginning: with a line
such as `On Monday Ann wrote:`, a separator (`-----Original Message-----`), or the head of the quoted mail.

>>> parts("It was not me.\\n\\nOn Monday, Cartellino wrote:\\n> Your account is limited.\\n> Code: ABCD-EFGH-JKMN")
Parts(own='It was not me.', quoted='On Monday, Cartellino wrote:\\n> Your account is limited.\\n> Code: ABCD-EFGH-JKMN')
"""

from __future__ import annotations

import re
from typing import NamedTuple

_MARKED = re.compile(r"\s{0,3}[>|]")
_WROTE = "wrote|ha scritto|menulis|schrieb|a écrit|escribió|escreveu|schreef|написал|написала"
_SAYS_WHO = re.compile(rf"\s*\S.{{0,400}}\b(?:{_WROTE})\s*:?\s*", re.IGNORECASE | re.DOTALL)
_BEGINS = re.compile(r"\s*(?:on|il|lo|pada|am|le|el|em|op|den|в)\b", re.IGNORECASE)
_ENDS = re.compile(rf"(?:{_WROTE})\s*:?\s*$", re.IGNORECASE)
_RULE = re.compile(
    r"\s*(?:[-_=*]{2,}\s*[^\W\d_][^-_=*]{2,60}\s*[-_=*]{2,}|begin forwarded message:|inizio messaggio inoltrato:|"
    r"mulai pesan terusan:|pesan diteruskan:)\s*",
    re.IGNORECASE,
)
"""`-----Original Message-----`, `---------- Forwarded message ---------`, in any language."""

_OF_A_PROGRAM = re.compile(r"@|\d{1,2}[:.]\d\d")
"""An address or a time of day, which mail programs write in `On ... wrote:`, and people who tell a story do not."""

_HEAD = re.compile(
    r"\s*[*_]?(?:from|sent|date|to|cc|subject|da|inviato|data|a|oggetto|dari|dikirim|tanggal|kepada|ke|subjek|perihal|"
    r"hal)\s*[*_]?\s*:[*_]?\s*\S?.*",
    re.IGNORECASE,
)
"""A line of the head of a mail, as programs write it above a quotation."""

_LINE = re.compile(r"\s*[-_=*]{5,}\s*")
"""A horizontal rule, which some programs put above that head."""

_HEADS = 3
"""Least number of such lines in a row that are taken for the head of a mail."""

_SPREAD = 3
"""Most lines over which `On ... wrote:` may be wrapped."""


class Parts(NamedTuple):
    """The sender's own words, and the quotations."""

    own: str
    quoted: str


def parts(text: str) -> Parts:
    """Separate the text of a mail into own words and quotations."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    own: list[str] = []
    quoted: list[str] = []
    at = 0
    while at < len(lines):
        if _begins_quotation(lines, at):
            quoted += lines[at:]
            break
        taken = _attribution(lines, at) or (1 if _MARKED.match(lines[at]) else 0)
        quoted += lines[at : at + taken]
        own += [] if taken else [lines[at]]
        at += taken or 1
    return Parts(_tidy(own), _tidy(quoted))


def _begins_quotation(lines: list[str], at: int) -> bool:
    """Return whether everything from a line on is one quotation whose lines are not marked."""
    begins = at + 1 if _LINE.fullmatch(lines[at][:200]) else at
    if _heads(lines, begins) >= _HEADS or (_RULE.fullmatch(lines[at][:200]) and _follows(lines, at + 1)):
        return True
    taken = _attribution(lines, at)
    if not taken or _marked_follows(lines, at + taken) or not _follows(lines, at + taken):
        return False
    return bool(_OF_A_PROGRAM.search("\n".join(lines[at : at + taken])))


def _heads(lines: list[str], at: int) -> int:
    """Return the number of lines of a mail head from `at` on; empty lines between them are not counted."""
    heads = 0
    for line in lines[at : at + 2 * _HEADS + 2]:
        if _HEAD.fullmatch(line[:300]):
            heads += 1
        elif line.strip():
            break
    return heads


def _attribution(lines: list[str], at: int) -> int:
    """Return the number of lines from `at` on that form `On ... wrote:`, 0 if they do not."""
    if not _BEGINS.match(lines[at][:40]) and not _ENDS.search(lines[at][-80:]):
        return 0
    for count in range(1, _SPREAD + 1):
        joined = "\n".join(lines[at : at + count])
        if not lines[min(at + count, len(lines)) - 1].strip() or len(joined) > 500:
            return 0
        if _ENDS.search(joined[-80:]):
            is_one = _OF_A_PROGRAM.search(joined) or _marked_follows(lines, at + count)
            return count if is_one and _SAYS_WHO.fullmatch(joined) else 0
    return 0


def _marked_follows(lines: list[str], at: int) -> bool:
    following = next((line for line in lines[at:] if line.strip()), "")
    return bool(_MARKED.match(following))


def _follows(lines: list[str], at: int) -> bool:
    return any(line.strip() for line in lines[at:])


def _tidy(lines: list[str]) -> str:
    return re.sub(r"\n\s*\n\s*\n+", "\n\n", "\n".join(line.rstrip() for line in lines)).strip()
