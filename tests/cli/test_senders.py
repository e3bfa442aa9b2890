"""`cartellino senders`, as somebody types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.api.world import Time, World, begun, client_of, settings_for

from cartellino.cli.main import main
from cartellino.senders.facts import NumberSeen, TemplateChanged


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The data folder of a gateway that knows a number, a template and two agreements."""
    time = Time()
    service = begun(settings_for(tmp_path / "data", salt=""), time)
    with client_of(service) as client:
        world = World(service, client, time)
        book = service.senders
        book.record(
            NumberSeen(at=time.now, number="1", account="w", display="+39 02 3030 0300"),
            TemplateChanged(
                at=time.now, account="w", template="sale", language="en", status="APPROVED", category="marketing"
            ),
        ).result(10)
        lines = [{"to": to, "source": "web"} for to in ("+39 333 123 4567", "333 765 4321")]
        answer = world.key("POST", "/v1/senders/consents", {"consents": lines})
        assert answer.json()["written"] == 1, "a number without country is nobody's"
        world.key("POST", "/v1/senders/consents", {"consents": [{"to": "+393337654321", "source": "web"}]})
    service.stop()
    return tmp_path / "data"


def written(tmp_path: Path, audience: str, **campaign: str) -> list[str]:
    given = {"phone_number_id": "1", "template": "sale", "language": "en", "category": "marketing",
             "starts_at": "2026-12-01T10:00:00Z", **campaign}  # fmt: skip
    (tmp_path / "campaign.json").write_text(json.dumps(given))
    (tmp_path / "people").write_text(audience)
    return ["senders", "preflight", str(tmp_path / "campaign.json"), "--audience", str(tmp_path / "people")]


def test_an_audience_of_csv_in_every_way_of_writing_numbers(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    people = "Phone;Zone\n+39 333 1234567;Europe/Rome\n3337654321;\n(0039) 333-123.45.67;\nnot a number;\n;\n"
    asked = written(tmp_path, people)
    assert main([*asked, "--data", str(folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["may"] == ["+39 333 1234567", "3337654321"], "the second by the country of the number"
    assert [one["why"] for one in found["never"]] == [
        "stands in the audience before", "`to` is not a phone number", "no `to`"]  # fmt: skip


def test_an_audience_of_ndjson_on_a_terminal(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    people = '{"to": "+393331234567", "zone": "Nowhere/Land"}\nnot json\n{"to": "+393339999999"}\n'
    assert main([*written(tmp_path, people), "--data", str(folder)]) == 0
    shown = capsys.readouterr()
    assert "1 may be written to at once, 0 later, 2 not" in shown.out
    assert "`Nowhere/Land` is no time zone" in shown.err


@pytest.mark.parametrize(
    ("campaign", "people", "said"),
    [
        ({"category": "offers"}, "to\n1\n", "`category` is one of"),
        ({"starts_at": "soon"}, "to\n1\n", "RFC 3339"),
        ({"colour": "red"}, "to\n1\n", "colour"),
        ({}, "name\nAnna\n", "no column `to`"),
        ({}, "to\n", "no line with `to`"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], campaign: dict[str, str], people: str, said: str
) -> None:
    assert main([*written(tmp_path, people, **campaign), "--data", str(folder)]) == 2
    assert said in capsys.readouterr().err
