from __future__ import annotations

import re

from tests.policies.codes import codes

from cartellino.policies.codes import CODES

OF_EXAMPLES = {"bad-example", "failed-example"}
"""What is found by running the examples, which needs the kernel: not here."""


def test_the_registry_holds_every_code_that_the_source_gives_and_no_other() -> None:
    assert set(CODES) - OF_EXAMPLES == codes()


def test_each_code_has_a_meaning_of_one_sentence() -> None:
    for code, meaning in CODES.items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code)
        assert re.fullmatch(r"[A-Z`].*\.", meaning), code
