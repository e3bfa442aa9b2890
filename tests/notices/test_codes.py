"""A right code is right however it is typed, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartellino.commands.names import notice_code, one_time_code
from cartellino.notices.codes import LETTERS, MOST, codes_in, read_code, read_digits

CODE = "ABCD-EFGH-JK23"

WAYS = (
    CODE,
    CODE.lower(),
    "ABCDEFGHJK23",
    "abcd efgh jk23",
    " ABCD - EFGH - JK23 ",
    "ABCD–EFGH—JK23",
    "ABCD\u2011EFGH\u2212JK23",
    "ABCD-EFGH-JK23.",
    "«ABCD-EFGH-JK23»,",
    "ABCD-EFGH-\nJK23",
    "ABCD-EFGH-=\r\n  JK23",
    "ABCD-\u00adEFGH\u200b-JK23",
    "\uff21\uff22\uff23\uff24\uff0d\uff25\uff26\uff27\uff28\uff0d\uff2a\uff2b\uff12\uff13",
    "ABCD-EFGH-JK\u0662\u0663",
    "A B C D E F G H J K 2 3",
    "AB CD EF GH JK 23",
    "ABCD_EFGH_JK23",
    "ABCD.EFGH.JK23",
    "*ABCD-EFGH-JK23*",
)


@pytest.mark.parametrize("typed", WAYS)
def test_a_right_code_is_recognised_however_it_is_typed(typed: str) -> None:
    assert read_code(typed) == CODE
    assert CODE in codes_in(f"Good morning.\n> my code {typed} thank you.\n")


def test_a_code_that_was_broken_over_quoted_lines_is_found() -> None:
    for text in ("> > ABCD-EFGH-\n> > JK23", "code: ABCD-\n| EFGH-JK23", "Code ABCD EFGH\n>JK23, so"):
        assert codes_in(text) == [CODE]
    assert read_code("Code: ABCD-EFGH-JK23.") == CODE


@pytest.mark.parametrize(
    "typed", ["", "ABCD-EFGH", "ABCD-EFGH-JK23-MNPQ", "ABCO-EFGH-JK23", "ABC0-EFGH-JKI1", "ABCD-EFGH-JK2L", "è" * 12]
)
def test_what_is_no_code_is_none(typed: str) -> None:
    assert read_code(typed) is None


@given(st.text(max_size=300) | st.text(f"{LETTERS} -\n>", max_size=300))
def test_any_text_has_codes_of_their_form_and_not_too_many(text: str) -> None:
    for one in [*codes_in(text), *([read_code(text)] if read_code(text) else [])]:
        assert one is not None
        assert read_code(one) == one
    assert len(codes_in(text * 50)) <= MOST


def test_codes_as_we_write_them_come_before_other_words() -> None:
    text = "WHAT HAVE THEY BEEN HERE " * 200 + f"the code is {CODE}"
    assert codes_in(text)[0] == CODE


@pytest.mark.parametrize(
    "typed",
    [
        *("123450", " 123450.", "123 450", "12-34-50", "123\u2013450", "12345O", "I2345O", "l2345o", "123\n450"),
        *(
            "\uff11\uff12\uff13\uff14\uff15\uff10",
            "\u0661\u0662\u0663\u0664\u0665\u0660",
            "1 2 3 4 5 0",
            "\u200b123450",
        ),
    ],
)
def test_a_one_time_code_is_recognised_however_it_is_typed(typed: str) -> None:
    assert read_digits(typed) == "123450"


def test_fresh_codes_are_read_as_they_are() -> None:
    for _ in range(50):
        code, digits = notice_code(), one_time_code()
        assert (read_code(code), read_digits(digits)) == (code, digits.replace("-", ""))
