from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from cartellino.events.rejection import Rejection
from cartellino.events.validation import Fault

TWO = (Fault("wrong-type", "known", "true or false", "1"), Fault("missing", "id", "a string", "nothing"))


def test_a_rejection_is_told_on_one_line_by_its_first_fault() -> None:
    assert Rejection("f.ndjson", 7, TWO).show() == "f.ndjson:7: known: wrong-type: expected true or false, got 1"
    whole = Rejection("f.parquet", 0, (Fault("unreadable", "", "a whole file", "half of one"),))
    assert whole.show() == "f.parquet: row: unreadable: expected a whole file, got half of one"


def test_a_suggestion_is_told_as_one() -> None:
    suggested = Rejection("f", 1, (Fault("unknown-column", "pear", "did you mean `peer`?", "b"),))
    assert suggested.show() == "f:1: pear: unknown-column: did you mean `peer`? got b"


@given(st.text(max_size=20), st.text(max_size=20))
def test_nothing_in_a_row_can_break_the_line_or_command_the_terminal(column: str, got: str) -> None:
    assert Rejection("f", 1, (Fault("code", column, "x", got),)).show().isprintable()


def test_the_record_holds_the_first_fault_flat_then_all_faults_and_the_row() -> None:
    rejection = Rejection("f.ndjson", 7, TWO, {"known": 1})
    assert msgspec.json.decode(msgspec.json.encode(rejection.record())) == {
        "source": "f.ndjson",
        "line": 7,
        "code": "wrong-type",
        "column": "known",
        "expected": "true or false",
        "got": "1",
        "faults": [
            {"code": "wrong-type", "column": "known", "expected": "true or false", "got": "1"},
            {"code": "missing", "column": "id", "expected": "a string", "got": "nothing"},
        ],
        "row": {"known": 1},
    }
    assert rejection.code == "wrong-type"
