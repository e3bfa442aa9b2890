"""Extracts the text of HTML, as in mails: blocks become lines, and quotations are marked with `>`.

>>> text_of_page("<style>p {}</style><p>Not&nbsp;me.<br>Really.</p><blockquote><p>Your account</p></blockquote>")
'Not me.\\nReally.\\n\\n> Your account\\n'
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

_SILENT = frozenset({"script", "style", "head", "title", "template", "noscript"})
_BLOCKS = frozenset(
    "p div br tr li ul ol table blockquote h1 h2 h3 h4 h5 h6 hr pre section article header footer address dt dd".split()  # noqa: SIM905
)
_EMPTY = frozenset(
    {"br", "hr", "img", "meta", "link", "input", "wbr", "area", "base", "col", "embed", "source", "track"}
)
_QUOTES = ("gmail_quote", "yahoo_quoted", "moz-cite-prefix", "protonmail_quote")
"""Classes with which mail programs mark the element that contains a quotation."""

_HEAD = "divrplyfwdmsg"
"""The id with which Outlook marks the head of a quoted mail; the quotation below it has no mark of its own."""

_DEEPEST = 50
"""Number of open elements in which an end tag looks for its start tag, so that the time is bounded."""

_COMPLETE = 2_000
"""Most characters in a tag; anything longer is text."""

_DECLARED = re.compile(r"<[!?][^<>]*>")
_UNCLOSED = re.compile(rf"<(?![^<>]{{1,{_COMPLETE}}}>)")


def text_of_page(page: str) -> str:
    """Return the text of a page."""
    reader = _Reader()
    reader.feed(_tame(page))
    reader.close()
    return reader.text()


def _tame(page: str) -> str:
    """Leave only tags that are closed, since the library's parser takes quadratic time for others."""
    return _UNCLOSED.sub("&lt;", _DECLARED.sub("", _without_comments(page)))


def _without_comments(page: str) -> str:
    kept, at = [], 0
    while (begins := page.find("<!--", at)) >= 0 and (ends := page.find("-->", begins)) >= 0:
        kept.append(page[at:begins])
        at = ends + 3
    return "".join([*kept, page[at:]])


class _Reader(HTMLParser):
    """Collects lines. Open elements are kept with two flags: whether they are quotations, and whether hidden."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._line: list[str] = []
        self._open: list[tuple[str, bool, bool]] = []
        self._quoting = self._silent = 0

    def text(self) -> str:
        """Return the text read so far."""
        self._end_line()
        return "\n".join(self._lines).rstrip() + "\n" if self._lines else ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        if tag in _BLOCKS:
            self._end_line(of_block=tag != "br")
        if tag not in _EMPTY:
            named = " ".join(value or "" for name, value in attrs if name in ("class", "id")).lower()
            quotes = tag == "blockquote" or any(quote in named for quote in _QUOTES)
            self._quoting += _HEAD in named  # never ended: everything below is quoted
            self._open.append((tag, quotes, tag in _SILENT))
            self._quoting += quotes
            self._silent += tag in _SILENT

    def handle_endtag(self, tag: str) -> None:
        """Close an element, with all that were left open inside it."""
        if tag in _BLOCKS:
            self._end_line(of_block=tag != "br")
        for place in range(len(self._open) - 1, max(-1, len(self._open) - _DEEPEST), -1):
            if self._open[place][0] == tag:
                for _, quotes, silent in self._open[place:]:
                    self._quoting -= quotes
                    self._silent -= silent
                del self._open[place:]
                return

    def handle_data(self, data: str) -> None:
        """Add text to the current line; its white space is collapsed later, as in a browser."""
        if not self._silent:
            self._line.append(data)

    def _end_line(self, *, of_block: bool = True) -> None:
        line = " ".join("".join(self._line).split())
        if line:
            self._lines.append(f"> {line}" if self._quoting else line)
        elif of_block and self._lines and self._lines[-1]:
            self._lines.append("")
        self._line = []
