"""Forms: the same bytes as the standard library, whatever is escaped, and none that takes long."""

from __future__ import annotations

import contextlib
from time import thread_time
from urllib.parse import unquote_to_bytes, urlencode

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartellino.web.forms import fields, parts, unescaped
from cartellino.web.problems import Problem

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


def uploaded(data: dict[str, str], files: dict[str, bytes]) -> tuple[bytes, str]:
    """Return a form as a client sends it, and its type."""
    request = httpx.Request(
        "POST", "http://here/", data=data, files={name: ("a.csv", held) for name, held in files.items()}
    )
    return request.read(), request.headers["content-type"]


_TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@given(st.dictionaries(st.text("abcdefghij_", min_size=1, max_size=20), _TEXT, max_size=5), _TEXT)
def test_a_form_with_a_file_is_read_as_it_was_sent(data: dict[str, str], content: str) -> None:
    data.pop("file", None)
    body, kind = uploaded(data, {"file": b"\xef\xbb\xbf" + content.encode()})
    assert parts(body, kind, 64) == {**data, "file": content}


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (b"a=b", "multipart/form-data", "not-readable"),
        (b"--x\r\n" * 70, "multipart/form-data; boundary=x", "too-much"),
        (
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\0\r\n--x--',
            "multipart/form-data; boundary=x",
            "bad-request",
        ),
    ],
)
def test_what_is_no_form_with_files_is_refused(body: bytes, kind: str, code: str) -> None:
    with pytest.raises(Problem) as refused:
        parts(body, kind, 64)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "body",
    [b"", b"--x--", b"--x\r\nno head", b'--x\r\ncontent-disposition: form-data; filename="name="\r\n\r\n1\r\n--x--',
     b'--x\r\nX: ' + b"a" * 3_000 + b'\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--'],
)  # fmt: skip
def test_what_has_no_name_is_no_field(body: bytes) -> None:
    assert parts(body, "multipart/form-data; boundary=x", 64) == {}


@pytest.mark.parametrize("piece", [b"--x\r\n", b"\r\n", b'Content-Disposition: form-data; name="', b"\r\n\r\n"])
def test_a_megabyte_of_edges_takes_no_time_that_others_notice(piece: bytes) -> None:
    began = thread_time()
    with contextlib.suppress(Problem):
        parts(piece * ((1_100 << 10) // len(piece)), "multipart/form-data; boundary=x", 64)
    assert thread_time() - began < 0.25
