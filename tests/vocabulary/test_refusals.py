from __future__ import annotations

from cartellino.vocabulary.diagnostics import Diagnostic, Span, Text
from cartellino.vocabulary.refusals import MOST_SHOWN, BadArgument, BadFile, BadPolicy, NotFound, Refusal


def faults(count: int) -> list[Diagnostic]:
    text = Text("f.yaml", "line\n" * count)
    return [Diagnostic("code", f"fault {number}", Span(text, 5 * number, 5 * number + 4)) for number in range(count)]


def test_every_refusal_is_one_and_has_its_own_code() -> None:
    assert {one.code for one in (Refusal, BadArgument, NotFound, BadFile, BadPolicy)} == {
        "refused",
        "bad-argument",
        "not-found",
        "bad-file",
        "bad-policy",
    }
    assert all(issubclass(one, Refusal) for one in (BadArgument, NotFound, BadFile, BadPolicy))


def test_a_bad_policy_shows_every_fault_that_it_carries() -> None:
    refused = BadPolicy(faults(3))
    assert refused.faults == tuple(faults(3))
    assert str(refused) == "\n\n".join(fault.show() for fault in faults(3))


def test_a_bad_policy_with_very_many_faults_stays_readable_and_carries_them_all() -> None:
    refused = BadPolicy(faults(10_000))
    assert len(refused.faults) == 10_000
    assert str(refused).count("error[") == MOST_SHOWN
    assert str(refused).endswith(f"... and {10_000 - MOST_SHOWN} more faults")
