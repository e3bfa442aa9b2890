"""Forms: the same bytes as the standard library, whatever is escaped, and none that takes long."""

from __future__ import annotations

from time import thread_time
from urllib.parse import unquote_to_bytes, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartellino.web.forms import fields, unescaped

_PIECES = st.sampled_from([b"%", b"0", b"9", b"a", b"F", b"g", b"\xe9", b"%4", b"%41", b"%c3%a9"])


@given(st.lists(_PIECES, max_size=12).map(b"".join))
def test_escapes_are_read_as_the_standard_library_reads_them(written: bytes) -> None:
    assert unescaped(written) == unquote_to_bytes(written)


@given(st.dictionaries(st.text(min_size=1).filter(lambda name: "\0" not in name), st.just("perché? 100% + più")))
def test_what_a_browser_sends_is_read(sent: dict[str, str]) -> None:
    assert fields(urlencode(sent).encode(errors="replace"), 1_000) == {
        name.encode(errors="replace").decode(): held for name, held in sent.items()
    }


@pytest.mark.parametrize("piece", [b"\xe9%", b"%41", b"%", b"%zz", b"a=%4&"])
def test_a_megabyte_of_percent_signs_takes_no_time_that_others_notice(piece: bytes) -> None:
    began = thread_time()
    fields((b"text=" + piece * ((1_100 << 10) // len(piece))).replace(b"&", b"x"), 64)
    assert thread_time() - began < 0.25  # half a second and more by the standard library
