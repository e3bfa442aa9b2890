"""Which status a refusal has: its code decides, never its words."""

from __future__ import annotations

import msgspec
import pytest

from cartellino.commands.mail_appeals import NoCode
from cartellino.vocabulary.refusals import BadArgument, BadFile, NotFound, Refusal
from cartellino.web.problems import Problem, refused, status_of

WORDS = "there is no host `nowhere.example`"


@pytest.mark.parametrize(
    ("refusal", "status", "code"),
    [
        (BadArgument(WORDS), 400, "bad-argument"),
        (BadFile(WORDS), 400, "bad-argument"),  # a code that is not listed
        (Refusal(WORDS), 400, "bad-argument"),
        (NotFound("no such webhook"), 404, "not-found"),
        (NotFound(WORDS), 404, "not-found"),
        (NoCode(WORDS), 404, "not-found"),
        (Problem("bad-request", WORDS), 400, "bad-request"),
    ],
)
def test_the_code_of_a_refusal_decides_the_status(refusal: Refusal, status: int, code: str) -> None:
    answer = refused(None, refusal)  # type: ignore[arg-type]
    assert (status_of(refusal), answer.status_code) == (status, status)
    assert msgspec.json.decode(answer.content)["code"] == code
