from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cartellino.vocabulary.times import (
    DAY,
    EARLIEST,
    HOUR,
    LATEST,
    MINUTE,
    SECOND,
    duration,
    instant,
    show_duration,
    show_instant,
    since_epoch,
)

UNITS = {"ms": 1, "s": SECOND, "m": MINUTE, "min": MINUTE, "h": HOUR, "d": DAY}

durations = st.builds(
    lambda count, unit: count * UNITS[unit], st.integers(0, 999_999_999), st.sampled_from(sorted(UNITS))
)
instants = st.integers(EARLIEST, LATEST)


@given(durations)
@example(0)
@example(DAY)
@example(MINUTE)
def test_a_duration_is_read_back_as_it_was_shown(value: int) -> None:
    assert duration(show_duration(value)) == value


@given(st.integers(0, 999_999_999), st.sampled_from(sorted(UNITS)))
def test_a_duration_is_its_number_times_its_unit(count: int, unit: str) -> None:
    assert duration(f"{count}{unit}") == duration(f" {count} {unit} ") == count * UNITS[unit]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0s"),
        (1, "1ms"),
        (1_500, "1500ms"),
        (SECOND, "1s"),
        (MINUTE, "60s"),
        (90 * SECOND, "90s"),
        (5 * MINUTE, "5m"),
        (HOUR, "1h"),
        (DAY, "24h"),
        (36 * HOUR, "36h"),
        (2 * DAY, "48h"),
        (3 * DAY, "3d"),
        (90 * DAY, "90d"),
    ],
)
def test_a_duration_is_shown_in_the_unit_that_people_use(value: int, shown: str) -> None:
    assert show_duration(value) == shown


@pytest.mark.parametrize(
    "text", ["", "24", "h", "1.5h", "-1h", "24 hours", "1h30m", "1w", "1234567890s", "24H", "0x1s"]
)
def test_what_is_no_duration_is_refused_with_the_forms_that_are(text: str) -> None:
    assert duration("24h") == DAY
    with pytest.raises(ValueError, match="is not a duration; write a whole number with s, m, h or d"):
        duration(text)


@pytest.mark.parametrize(
    ("text", "same_as"),
    [
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999Z"),
        ("2017-01-01T00:59:60.5+01:00", "2016-12-31T23:59:59.999Z"),
        ("2026-11-22T10:00:00.1239999999999999999999Z", "2026-11-22T10:00:00.123Z"),
        ("2026-11-22T10:00:00.1234567891+01:00", "2026-11-22T09:00:00.123Z"),
        ("2026-11-22t10:00:00.1z", "2026-11-22T10:00:00.100Z"),
    ],
)
def test_a_leap_second_and_any_number_of_digits_are_of_rfc_3339(text: str, same_as: str) -> None:
    assert show_instant(instant(text)) == same_as


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T10:00:61Z",
        "2026-11-22T10:60:00Z",
        "2026-11-22T24:00:00Z",
        "\u0662\u0660\u0662\u0666-11-22T10:00:00Z",
    ],
)
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        instant(text)


def test_only_who_says_so_reads_an_instant_without_an_offset_as_utc() -> None:
    assert show_instant(instant("2026-11-22 10:00:00", assume_utc=True)) == "2026-11-22T10:00:00.000Z"
    with pytest.raises(ValueError, match="is not an RFC 3339 instant"):
        instant("2026-11-22 10:00:00")


@given(st.text(max_size=20))
def test_any_text_is_a_duration_or_refused(text: str) -> None:
    try:
        assert duration(text) >= 0
    except ValueError as refused:
        assert "is not a duration" in str(refused)


@given(instants)
@example(EARLIEST)
@example(LATEST)
def test_an_instant_is_read_back_as_it_was_shown(value: int) -> None:
    assert instant(show_instant(value)) == value


@given(instants, st.integers(-23 * 60, 23 * 60))
def test_an_instant_is_the_same_in_every_zone(value: int, minutes: int) -> None:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=min(max(value, 2 * DAY), LATEST - 2 * DAY))
    there = moment.astimezone(timezone(timedelta(minutes=minutes)))
    assert instant(there.isoformat(timespec="milliseconds")) == since_epoch(moment) == since_epoch(there)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T10:00:00Z",
        "2026-11-22t10:00:00z",
        "2026-11-22 10:00:00Z",
        "2026-11-22T10:00:00.0Z",
        "2026-11-22T10:00:00.000000000Z",
        "2026-11-22T11:00:00+01:00",
        "2026-11-22T10:00:00-00:00",
        "2026-11-21T23:30:00-10:30",
    ],
)
def test_the_forms_of_rfc_3339_are_read(text: str) -> None:
    assert show_instant(instant(text)) == "2026-11-22T10:00:00.000Z"


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22 10:00:00+00",
        "2026-11-22 06:30:00-03:30",
        "2026-11-22 10:00:00 UTC",
        "2026-11-22 10:00:00.000 +0000",
        "2026-11-22T15:30:00+0530",
        "2026-11-21 23:00:00-11",
    ],
    ids=["DuckDB", "DuckDB in Newfoundland", "BigQuery", "Snowflake", "basic", "PostgreSQL in Samoa"],
)
def test_what_databases_write_is_read(text: str) -> None:
    assert show_instant(instant(text)) == "2026-11-22T10:00:00.000Z"


@pytest.mark.parametrize(("fraction", "milliseconds"), [(".1", 100), (".12", 120), (".1239", 123), (".999999999", 999)])
def test_digits_beyond_the_millisecond_are_cut_off(fraction: str, milliseconds: int) -> None:
    assert instant(f"1970-01-01T00:00:00{fraction}Z") == milliseconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-22",
        "2026-11-22T10:00:00",  # no offset: nobody knows when that was
        "2026-11-22T10:00Z",
        "20261122T100000Z",
        "2026-11-22T10:00:00,5Z",
        "2026-13-22T10:00:00Z",
        "2026-02-29T10:00:00Z",
        "2026-11-22T24:00:01Z",
        "2026-11-22T10:60:00Z",
        "2026-11-22T10:00:00+24:00",
        "2026-11-22T10:00:00+1:00",
        "2026-11-22T10:00:00+1",
        "2026-11-22T10:00:00+00:60",
        "2026-11-22T10:00:00+010",
        "2026-11-22T10:00:00 CET",
        "٢٠٢٦-11-22T10:00:00Z",
        " 2026-11-22T10:00:00Z",
        "1795341600000",
    ],
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    assert instant("2026-02-28T10:00:00Z")
    with pytest.raises(ValueError, match=r".*"):
        instant(text)


@given(
    st.text(max_size=30)
    | st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?( ?(Z|UTC|[+-]\d\d(:?\d\d)?))", fullmatch=True)
)
def test_any_text_is_an_instant_or_refused(text: str) -> None:
    with suppress(ValueError):
        assert isinstance(instant(text), int)
