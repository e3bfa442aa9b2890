"""Numbers as people, shops and the platform write them."""

from __future__ import annotations

import phonenumbers
import pytest

from cartellino.senders.phone import read_phone


@pytest.mark.parametrize("country", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_every_national_format_leads_to_the_same_number(country: str) -> None:
    """Of every country that the library knows: with `+`, with 00, as digits, and as at home."""
    mobile = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE)
    if mobile is None or not phonenumbers.is_valid_number(mobile):
        pytest.skip("the library has no example")
    digits = phonenumbers.format_number(mobile, phonenumbers.PhoneNumberFormat.E164)[1:]
    national = phonenumbers.format_number(mobile, phonenumbers.PhoneNumberFormat.NATIONAL)
    abroad = phonenumbers.format_number(mobile, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    for written in (f"+{digits}", f"00{digits}", digits, abroad):
        assert read_phone(written).digits == digits, written
        assert read_phone(written, "IT").digits == digits, written
    at_home = read_phone(national, country)
    assert at_home.digits == digits or not read_phone(f"+{national}").why, "it is a number of another country too"
    if national.startswith("0"):
        assert at_home == read_phone(national, country)
        assert at_home.assumed == country
        assert not read_phone(national).is_number, "without a country nobody knows whose it is"


@pytest.mark.parametrize("written", ["+1 555-078-3881", "15550783881", "447700900123", "+44 7700 900123"])
def test_a_number_that_no_list_has_passes_with_its_country_code(written: str) -> None:
    """Test numbers of the platform, numbers of films, and ranges that were given out yesterday."""
    assert read_phone(written, "IT").digits in ("15550783881", "447700900123")
    assert read_phone(written, "IT").assumed is None


def test_what_is_valid_at_home_is_meant_before_what_only_might_be_abroad() -> None:
    assert read_phone("11 98765-4321", "BR").digits == "5511987654321", "and not +1 198 765 4321"


@pytest.mark.parametrize(
    "written", ["", " ", "0", "+", "00", "+1", "12345", "hello", "+99912345678", "1" * 40, "0333 1234567", "IT.1349"]
)
def test_what_is_no_number_is_refused_with_a_reason(written: str) -> None:
    read = read_phone(written, "IT")
    assert not read.is_number
    assert read.why
