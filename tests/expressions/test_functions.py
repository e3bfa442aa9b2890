from __future__ import annotations

import re

import pytest

from cartellino.expressions.calls import CALLS
from cartellino.expressions.functions import AGGREGATES, FUNCTIONS, WITH_COLUMN
from cartellino.expressions.parse import parse_text
from cartellino.expressions.show import show
from cartellino.vocabulary.refusals import BadPolicy


def test_every_function_of_the_table_can_be_called_and_no_other() -> None:
    assert set(FUNCTIONS) == set(CALLS)
    assert WITH_COLUMN < set(AGGREGATES) < set(FUNCTIONS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_can_be_written_as_its_usage_says(name: str) -> None:
    assert FUNCTIONS[name].name == name
    assert FUNCTIONS[name].gives
    assert name in show(parse_text(FUNCTIONS[name].usage))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_wrong_call_shows_the_usage(name: str) -> None:
    with pytest.raises(BadPolicy) as raised:
        parse_text(f"{name}(a, b, c, d)")
    assert f"write `{FUNCTIONS[name].usage}`" in {fault.hint for fault in raised.value.faults}
    assert not re.search(r"\bNone\b", str(raised.value))
