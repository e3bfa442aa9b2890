"""The reader of a page: their language, and times, numbers and names of countries as it writes them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Literal

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent
from litestar import Response
from litestar.datastructures import Cookie

from cartellino.availability.places import COUNTRIES
from cartellino.vocabulary.times import DAY, HOUR, Duration, Instant, instant
from cartellino.web.cookies import cookies
from cartellino.web.requests import Asked, service_of

LANGUAGE = "cartellino_language"
"""The cookie of a language that was chosen."""


def language_of(request: Asked) -> str:
    """Return the reader's language: chosen, remembered, or the browser's."""
    words = service_of(request).words
    for chosen in (request.query_params.get("language"), cookies(request).get(LANGUAGE)):
        if chosen and (named := words.named(chosen)):
            return named
    return words.choose(request.headers.get("accept-language", ""))


def remember(request: Asked, answer: Response[Any]) -> None:
    """Remember a language that was chosen."""
    chosen = service_of(request).words.named(request.query_params.get("language", ""))
    if chosen:
        answer.set_cookie(Cookie(LANGUAGE, value=chosen, samesite="lax", max_age=31_536_000))


def say(request: Asked, text: str, **holes: object) -> str:
    """Translate a text into the reader's language."""
    return service_of(request).words.say(language_of(request), text, **holes)


def day(language: str, at: Instant) -> str:
    """Format the day of an instant.

    >>> day("id", 0)
    '1 Januari 1970'
    """
    return str(format_date(datetime.fromtimestamp(at / 1000, UTC), "d MMMM y", locale=language))


def country(language: str, code: str) -> str:
    """Return the name of a country.

    >>> country("it", "DE"), country("en", "XX")
    ('Germania', 'XX')
    """
    return str(Locale.parse(language, sep="-").territories.get(code, code))


def spoken(language: str, span: Duration) -> str:
    """Say how long something lasts, in whole days, in hours below two days, else in minutes.

    >>> spoken("it", 7 * DAY), spoken("id", 36 * HOUR), spoken("en", HOUR // 2)
    ('7 giorni', '36 jam', '30 minutes')
    """
    unit: Literal["day", "hour", "minute"] = (
        "minute" if span % HOUR else "hour" if span % DAY or span < 2 * DAY else "day"
    )
    return str(format_timedelta(timedelta(milliseconds=span), unit, threshold=1e9, locale=language))


@cache
def countries(language: str) -> tuple[tuple[str, str], ...]:
    """Return name and code of every country, in the order in which a list shows them: by letters, without accents.

    >>> [name for name, _ in countries("en")][2:5], [code for _, code in countries("en")].index("AX")
    (['Albania', 'Algeria', 'American Samoa'], 1)
    """
    return tuple(sorted(((country(language, code), code) for code in COUNTRIES), key=lambda pair: in_list(pair[0])))


def in_list(name: str) -> tuple[str, str]:
    """Return the key by which a name stands in a list: its letters without accents, then itself.

    >>> sorted(["Zambia", "Åland", "Czechia", "Côte d'Ivoire", "são Tomé", "Samoa"], key=in_list)
    ['Åland', "Côte d'Ivoire", 'Czechia', 'Samoa', 'são Tomé', 'Zambia']
    """
    letters = unicodedata.normalize("NFKD", name)
    plain = "".join(letter for letter in letters if letter.isalnum() or letter == " ")
    return plain.casefold(), name


def formats(language: str) -> dict[str, Callable[..., str]]:
    """Return the functions that format times, months, numbers, countries and lists in a language, for templates.

    >>> it = formats("it")
    >>> it["moment"]("2026-11-24T10:00:00.000Z"), it["listed"](["a", "b", "c"]), it["country"]("ID")
    ('24 novembre 2026, 10:00 UTC', 'a, b e c', 'Indonesia')
    """

    def moment(text: str) -> str:
        at = datetime.fromtimestamp(instant(text) / 1000, UTC)
        return str(format_datetime(at, "d MMMM y, HH:mm 'UTC'", locale=language))

    def month(text: str) -> str:
        return str(format_date(datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC), "MMMM y", locale=language))

    def number(value: float | None) -> str:
        return "–" if value is None else str(format_decimal(value, locale=language))

    def percent(value: float | None) -> str:
        return "–" if value is None else str(format_percent(value, "#,##0.#%", locale=language))

    def named(code: str) -> str:
        return country(language, code)

    def listed(names: list[str]) -> str:
        return str(format_list(names, locale=language))

    return {"moment": moment, "month": month, "number": number, "percent": percent, "country": named, "listed": listed}
