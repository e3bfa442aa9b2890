"""Whether a mail comes from the domain that it names, as the receiving server has found (RFC 8601).

Only the topmost `Authentication-Results` of our own server counts: it has to remove those that a sender put in under
its name, and writes its own above all others. A domain is shown by DMARC; where the server says nothing of DMARC, by a
DKIM signature or an SPF result of exactly this domain.

>>> header = "mx.example.net; dmarc=pass header.from=komdigi.go.id; dkim=pass header.d=komdigi.go.id"
>>> shown_domain([header], "mx.example.net", "office@komdigi.go.id")
'komdigi.go.id'
>>> shown_domain([header], "mx.other.net", "office@komdigi.go.id"), shown_domain([header], "mx.example.net", "a@b.id")
(None, None)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

LONGEST = 4_000
"""Characters of a header that are read."""

_OPEN = re.compile(r"[^A-Za-z0-9.@_+-]")
"""What ends a word; within a quoted string it is only a letter."""

_RESULT = re.compile(r"\s*([a-z0-9-]+)(?:/\d+)?\s*=\s*([a-z]+)", re.IGNORECASE)
_PROPERTY = re.compile(r"([a-z]+\.[a-z-]+)\s*=\s*([^\s;]+)", re.IGNORECASE)


class Result(NamedTuple):
    """A method, its result, and the domains that it names by property."""

    method: str
    result: str
    named: dict[str, str]


def results(header: str, server: str) -> list[Result] | None:
    """Return what a header says; `None` if another server wrote it, or if it cannot be read."""
    parts = _split(header[:LONGEST])
    words = parts.pop(0).split() if parts else []
    if not server or not words or words[0].lower().rstrip(".") != server.lower().rstrip("."):
        return None
    found = []
    for part in parts:
        match = _RESULT.match(part)
        if match is not None:
            named = {key.lower(): _domain(value) for key, value in _PROPERTY.findall(part[match.end() :])}
            found.append(Result(match[1].lower(), match[2].lower(), named))
    return found


def _split(header: str) -> list[str]:
    """Return the parts between semicolons without their comments; nothing if a string or a comment does not end.

    Whoever sends a mail chooses what is quoted, such as the name before the `@`: nothing in it is taken for a result.

    >>> _split('mx; spf=pass smtp.mailfrom="a; dkim=pass header.d=b.id (c"@d.org (as (it) says)')
    ['mx', ' spf=pass smtp.mailfrom=a__dkim_pass_header.d_b.id__c@d.org  ']
    """
    parts, depth, quoted, escaped = [""], 0, False, False
    for letter in header:
        if escaped or (letter == "\\" and (quoted or depth)):
            escaped = not escaped
            parts[-1] += "_" if quoted else ""
        elif letter == '"' and not depth:
            quoted = not quoted
        elif quoted:
            parts[-1] += _OPEN.sub("_", letter)
        elif letter in "()":
            depth += 1 if letter == "(" else -1
            parts[-1] += " "
        elif letter == ";" and not depth:
            parts.append("")
        elif not depth:
            parts[-1] += letter
        if depth < 0:
            return []
    return [] if quoted or depth else parts


def _domain(text: str) -> str:
    return text.rpartition("@")[2].lower().rstrip(".")


def domain_of(address: str) -> str:
    """Return the domain of a mail address, in lower case; empty if it has none."""
    return address.rpartition("@")[2].strip().lower().rstrip(".") if "@" in address else ""


def shown_domain(headers: Sequence[str], server: str, sender: str) -> str | None:
    """Return the domain of a sender if our own server says that the mail is from there, else `None`.

    `headers` are the values of `Authentication-Results`, the topmost first.
    """
    domain = domain_of(sender)
    own = next((said for header in headers if (said := results(header, server)) is not None), None)
    if own is None or not domain:
        return None
    dmarc = [one for one in own if one.method == "dmarc"]
    if dmarc:
        is_shown = all(one.result == "pass" and one.named.get("header.from") == domain for one in dmarc)
        return domain if is_shown else None
    signed = any(one.method == "dkim" and one.result == "pass" and
                 domain in (one.named.get("header.d"), one.named.get("header.i")) for one in own)  # fmt: skip
    sent = any(one.method == "spf" and one.result == "pass" and one.named.get("smtp.mailfrom") == domain for one in own)
    return domain if signed or sent else None


def is_in(domain: str, registered: Sequence[str]) -> bool:
    """Say whether a domain is registered, or lies below one that is.

    >>> is_in("mail.komdigi.go.id", ["komdigi.go.id"]), is_in("evilkomdigi.go.id", ["komdigi.go.id"])
    (True, False)
    """
    return any(domain == one or domain.endswith(f".{one}") for one in registered)
