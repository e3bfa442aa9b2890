"""Rows that come by the hundred: what is wrong with one is told with its place, and the others are taken."""

from __future__ import annotations

from typing import Any

import pytest
from tests.api.world import World

RIGHT = {"to": "+39 333 123 4567", "source": "web form"}
WRONG: dict[str, tuple[Any, str]] = {
    "no source": ({"to": "+39 333 123 4567"}, "source"),
    "an empty source": ({**RIGHT, "source": ""}, "source"),
    "a long source": ({**RIGHT, "source": "x" * 201}, "source"),
    "a number that is none": ({**RIGHT, "to": "12"}, "`to` is"),
    "a number as a number": ({**RIGHT, "to": 393331234567}, "$.to"),
    "nobody": ({"source": "web"}, "`user_id`"),
    "an unknown category": ({**RIGHT, "category": "all"}, "category"),
    "no truth value": ({**RIGHT, "given": "no"}, "given"),
    "no time": ({**RIGHT, "at": "soon"}, "soon"),
    "tomorrow": ({**RIGHT, "at": "2999-01-01T00:00:00Z"}, "future"),
    "no object": ("+39 333 123 4567", "object"),
    "nothing": (None, "object"),
}


@pytest.mark.parametrize(("row", "about"), WRONG.values(), ids=WRONG)
def test_a_line_of_the_ledger_fails_alone(small: World, row: Any, about: str) -> None:  # noqa: ANN401
    answer = small.key("POST", "/v1/senders/consents", {"consents": [RIGHT, row, {**RIGHT, "to": "+393337654321"}]})
    assert (answer.status_code, answer.json()["written"]) == (200, 2)
    (rejected,) = answer.json()["rejected"]
    assert rejected["row"] == 1
    assert about in rejected["why"]


def test_a_ledger_that_is_no_list_is_refused_as_a_whole(small: World) -> None:
    bodies: list[dict[str, Any]] = [{}, {"consents": []}, {"consents": "+39"}, {"consents": [RIGHT] * 1_001}]
    for body in bodies:
        assert small.key("POST", "/v1/senders/consents", body).status_code == 400


def test_a_person_of_an_audience_fails_alone(small: World) -> None:
    lines = [{"to": "+39 333 123 4567"}, {"to": 5}, "x", {}, {"to": "+39 333 765 4321", "zone": "Rome"}, {"to": "12"}]
    answer = small.key("POST", "/v1/senders/1/preflight", {"template": "spring_sale", "audience": lines})
    assert answer.status_code == 200, answer.text
    never = answer.json()["never"]
    assert len(never) == 6
    assert [one["to"] for one in never if one["to"].startswith("line")] == ["line 2", "line 3", "line 4"]
    assert "`Rome` is no time zone" in next(one["why"] for one in never if one["to"] == "+39 333 765 4321")
