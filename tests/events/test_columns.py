from __future__ import annotations

import pytest

from cartellino.events.columns import CHECK_REASONS, COLUMNS, REPORT_REASONS
from cartellino.events.event import Event

CONTRACT = [
    "id",
    "time",
    "kind",
    "account",
    "service",
    "number",
    "account_since",
    "peer",
    "group",
    "device",
    "address",
    "client",
    "region",
    "attestation",
    "known",
    "had_contact",
    "recipients",
    "unknown_recipients",
    "content",
    "content_by",
    "forwards",
    "media",
    "zone",
    "text",
    "image_hash",
    "reason",
    "verified",
    "credit",
    "automated",
    "template",
    "category",
    "campaign",
    "portfolio",
]


def test_the_columns_are_those_of_the_contract_and_the_fields_of_an_event() -> None:
    assert list(COLUMNS) == CONTRACT
    assert [name for name in Event.__struct_fields__ if name != "own"] == CONTRACT


def test_only_the_first_four_columns_are_required() -> None:
    assert [column.name for column in COLUMNS.values() if column.required] == CONTRACT[:4]


def test_the_closed_columns_hold_the_values_of_the_contract() -> None:
    assert {column.name: column.values for column in COLUMNS.values() if column.values} == {
        "attestation": ("passed", "failed", "absent", "unavailable"),
        "content_by": ("client", "server"),
        "media": ("text", "image", "video", "audio", "voice", "document", "call"),
        "zone": ("name", "about", "photo", "status"),
    }
    assert len(REPORT_REASONS) == 8
    assert CHECK_REASONS == ("hit", "miss")


@pytest.mark.parametrize("column", COLUMNS.values(), ids=lambda column: column.name)
def test_each_column_says_what_it_means_and_what_it_may_hold(column: object) -> None:
    meaning, expected = getattr(column, "meaning"), getattr(column, "expected")  # noqa: B009
    assert meaning
    assert not meaning.endswith(".")
    assert "None" not in expected
