"""Text from outside as it is kept: without what nobody sees, and without what turns the letters after it around.

Bidirectional overrides make a name read as another, control characters drive a terminal; neither belongs into the name
of an authority, a subject or a law. Joiners stay between letters that need them, as in Hindi, Persian and emoji.

>>> line(" Kom\\u202eidgi \\x1b[31m\\nID "), line("परी\\u200dक्षा"), line("und\\u200bian\\u200d")
('Komidgi [31m ID', 'परी\\u200dक्षा', 'undian')
>>> text("Satu\\r\\n\\tdua\\u2066\\x07")
'Satu\\n\\tdua'
"""

from __future__ import annotations

import re
import unicodedata

_HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
_JOINER = re.compile("(?<=[^\x00-\x7f\u200c\u200d])[\u200c\u200d](?=[^\x00-\x7f\u200c\u200d])")
_BREAK = re.compile("\r\n|[\r\u2028\u2029]")


def line(sent: str) -> str:
    """Return a text of one line."""
    return " ".join(_seen(_BREAK.sub(" ", sent).replace("\n", " ").replace("\t", " ")).split())


def text(sent: str) -> str:
    """Return a text of several lines; breaks and tabs stay."""
    return "\n".join("\t".join(map(_seen, one.split("\t"))) for one in _BREAK.sub("\n", sent).split("\n")).strip()


def _seen(sent: str) -> str:
    joined = {match.start() for match in _JOINER.finditer(sent)}
    shown = (letter for at, letter in enumerate(sent) if at in joined or unicodedata.category(letter) not in _HIDDEN)
    return unicodedata.normalize("NFC", "".join(shown))
