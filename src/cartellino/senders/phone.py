"""Phone numbers as people write them, in every national format, by the library that the telephone world keeps.

>>> read_phone("+39 (333) 123-4567").digits, read_phone("0333 1234567", "IT").why
('393331234567', 'not a number that exists in IT')
>>> read_phone("081234567890", "ID")
Phone(digits='6281234567890', country='ID', zone='Asia/Jakarta', why='', assumed='ID')
"""

from __future__ import annotations

from functools import lru_cache

import msgspec
import phonenumbers
from phonenumbers import timezone

_UNKNOWN_ZONE = "Etc/Unknown"
_LONGEST = 64


class Phone(msgspec.Struct, frozen=True):
    """A number: its digits with the country code, or `why` it is none.

    `assumed` is the country that was assumed because the number has none of its own.
    """

    digits: str = ""
    country: str | None = None
    zone: str | None = None
    why: str = ""
    assumed: str | None = None

    @property
    def is_number(self) -> bool:
        """Whether it can be written to."""
        return bool(self.digits)


@lru_cache(maxsize=65_536)
def read_phone(text: str, home: str | None = None) -> Phone:
    """Read a number; `home` is the country (ISO 3166-1) whose national format is meant if it has no country code.

    Digits that make a valid number with their own country code are taken as such, with or without `+`: that is how
    the platform writes them. A number of a right length that no list has passes with its own country code only: lists
    are behind, and the platform knows better.
    """
    written = text.strip()
    if not written or len(written) > _LONGEST:
        return Phone(why="empty" if not written else "too long for a phone number")
    if written.startswith(("+", "00")):
        return _parsed(f"+{written.removeprefix('+').removeprefix('00')}", None, is_listed=False)
    if not written.startswith("0"):
        own = _parsed(f"+{written}", None)
        if own.is_number:
            return own
    national = _parsed(written, home)
    if national.is_number:
        return msgspec.structs.replace(national, assumed=home)
    own = _parsed(f"+{written}", None, is_listed=False)
    return own if own.is_number and not written.startswith("0") else national


def _parsed(text: str, home: str | None, *, is_listed: bool = True) -> Phone:
    try:
        number = phonenumbers.parse(text, home)
    except phonenumbers.NumberParseException as refused:
        return Phone(why=_why(refused, home))
    is_right = phonenumbers.is_valid_number if is_listed else phonenumbers.is_possible_number
    if not is_right(number):
        where = phonenumbers.region_code_for_country_code(number.country_code or 0)
        return Phone(why=f"not a number that exists in {where}")
    country = phonenumbers.region_code_for_number(number)
    country = country or phonenumbers.region_code_for_country_code(number.country_code or 0)
    zones = [zone for zone in timezone.time_zones_for_number(number) if zone != _UNKNOWN_ZONE]
    return Phone(
        phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164).removeprefix("+"),
        country if country and len(country) == 2 else None,
        zones[0] if len(zones) == 1 else None,
    )


def _why(refused: phonenumbers.NumberParseException, home: str | None) -> str:
    if refused.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE and home is None:
        return "a number without its country code, such as +39"
    return "not a phone number"
