"""Who may file, who may decide, what an outcome needs, and by when."""

from __future__ import annotations

import pytest

from cartellino.appeals.deadlines import ANYWHERE, deadline
from cartellino.appeals.hearing import LONGEST_TEXT, lacks, may_decide, may_file
from cartellino.appeals.jurisdictions import TRIGGERS
from cartellino.appeals.proof import Holder, sign, verify
from cartellino.vocabulary.actors import TIME, Actor, holder, key, operator
from cartellino.vocabulary.times import DAY, instant

NOW = instant("2026-11-24T12:00:00Z")


def code(refusal: object) -> str | None:
    return None if refusal is None else str(getattr(refusal, "code", ""))


@pytest.mark.parametrize(
    ("text", "age", "is_open", "undone", "expected"),
    [("Please", 1, False, False, None), ("Please", 182, False, False, None), ("Please", 184, False, False, "not-now"),
     (" ", 1, False, False, "bad-argument"), ("x" * (LONGEST_TEXT + 1), 1, False, False, "too-much"),
     ("Please", 1, True, False, "not-now"), ("Please", 1, False, True, "not-now")],
)  # fmt: skip
def test_filing(text: str, age: int, is_open: bool, undone: bool, expected: str | None) -> None:
    assert code(may_file(text, NOW - age * DAY, None, NOW, is_open=is_open, undone=undone)) == expected


@pytest.mark.parametrize(
    ("by", "role", "took_part", "closed", "expected"),
    [(operator("r"), "reviewer", False, False, None), (operator("r"), "admin", False, False, None),
     (operator("r"), "reviewer", True, False, "not-yours"), (operator("r"), "analyst", False, False, "not-yours"),
     (operator("r"), "policy-admin", False, False, "not-yours"), (operator("r"), "reviewer", False, True, "not-now"),
     (key("r"), "reviewer", False, False, "not-yours"), (holder("r"), "reviewer", False, False, "not-yours"),
     (TIME, "admin", False, False, "not-yours"), (Actor("r"), "reviewer", False, False, "not-yours")],
)  # fmt: skip
def test_only_a_person_decides(by: Actor, role: str, took_part: bool, closed: bool, expected: str | None) -> None:
    assert code(may_decide(by, role, took_part=took_part, closed=closed)) == expected


def test_an_outcome_needs_a_reason_and_only_shortening_an_end() -> None:
    assert lacks("upheld", "why", None, NOW, None) is None
    assert code(lacks("upheld", " ", None, NOW, None)) == "bad-argument"
    assert code(lacks("upheld", "why", NOW + 1, NOW, None)) == "not-now"
    assert code(lacks("shortened", "why", None, NOW, None)) == "not-now"
    assert code(lacks("shortened", "why", NOW - 1, NOW, NOW + DAY)) == "not-now"
    assert code(lacks("shortened", "why", NOW + 2 * DAY, NOW, NOW + DAY)) == "not-now"
    assert lacks("shortened", "why", NOW + 1, NOW, NOW + DAY) is None


@pytest.mark.parametrize("trigger", sorted(TRIGGERS))
@pytest.mark.parametrize("region", [None, "IN", "IT", "ID", "US"])
def test_there_is_a_deadline_for_everything_everywhere(trigger: str, region: str | None) -> None:
    found = deadline(trigger, region, NOW)  # type: ignore[arg-type]
    assert found.limit > 0
    assert found.regions == ANYWHERE or region in found.regions


def test_a_business_in_the_union_hears_thirty_days_before() -> None:
    assert deadline("termination", "IT", NOW).limit == 30 * DAY


@pytest.mark.parametrize(
    "spoil", [lambda t: t[:-2] + "xx", lambda t: "a." + t, lambda t: t.replace(".", "", 1), lambda t: ""]
)
def test_a_token_that_was_changed_opens_nothing(spoil: object) -> None:
    secret = b"a secret of at least thirty-two bytes"
    token = sign(Holder("main", "a1", NOW + DAY), secret)
    assert verify(token, secret, NOW) == Holder("main", "a1", NOW + DAY)
    assert verify(spoil(token), secret, NOW) is None  # type: ignore[operator]


def test_a_token_of_another_algorithm_opens_nothing() -> None:
    from base64 import urlsafe_b64encode
    from hashlib import sha256
    from hmac import digest

    secret = b"a secret of at least thirty-two bytes"
    packed = [urlsafe_b64encode(one).rstrip(b"=") for one in (b'{"alg":"none"}', b'{"sub":"a1","exp":99999999999}')]
    signed = b".".join(packed)
    seal = urlsafe_b64encode(digest(secret, signed, sha256)).rstrip(b"=")
    assert verify((signed + b"." + seal).decode(), secret, NOW) is None
