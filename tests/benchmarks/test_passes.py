"""Each pass that is timed is there under the name by which it is timed."""

from __future__ import annotations

import pytest
from benchmarks.kernel.passes import PASSES


@pytest.mark.parametrize("what", PASSES)
def test_a_pass_that_is_timed_is_there(what: str) -> None:
    assert [name for owner, name in PASSES[what] if not hasattr(owner, name)] == []
