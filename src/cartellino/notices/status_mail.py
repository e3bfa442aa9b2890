"""What subscribers of the public status are sent by mail: a request to confirm, and what has changed.

>>> said = changes([{"country": "ID", "feature": "sending", "level": "danger"}], Words({}), "en", "https://s.example/u")
>>> said.subject, said.lines[0]
('Status of the service: Indonesia', 'Indonesia, sending messages: Problems')
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from babel import Locale

from cartellino.notices import status_mail_texts as texts
from cartellino.notices.diagnosis_texts import FEATURE
from cartellino.notices.words import Words

_MOST_NAMED = 3


class Mail(NamedTuple):
    """A subject, and the lines of the text."""

    subject: str
    lines: list[str]


def request(words: Words, language: str, link: str) -> Mail:
    """Return the mail that asks to confirm."""
    lines = [
        words.say(language, texts.ASKED),
        "",
        words.say(language, texts.IF_SO),
        link,
        "",
        words.say(language, texts.IF_NOT),
    ]
    return Mail(words.say(language, texts.CONFIRM), lines)


def changes(
    changed: Sequence[Mapping[str, str]], words: Words, language: str, link: str, page: str = ""
) -> Mail:  # fmt: skip
    """Return the mail that says what has changed; `link` ends the subscription."""
    names = Locale.parse(language, sep="-").territories
    lines = [
        f"{names.get(one['country'], one['country'])}, {words.say(language, FEATURE[one['feature']])}: "
        f"{words.say(language, texts.LEVEL[one['level']])}"
        for one in changed
    ]
    places = list(dict.fromkeys(names.get(one["country"], one["country"]) for one in changed))
    listed = ", ".join(places[:_MOST_NAMED]) + (" …" if len(places) > _MOST_NAMED else "")
    footer = ["", words.say(language, texts.PAGE), page, "", words.say(language, texts.ENOUGH), link]
    return Mail(words.say(language, texts.CHANGED, places=listed), [*lines, *footer])
