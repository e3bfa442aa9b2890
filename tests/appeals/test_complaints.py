"""What may be filed, who may be told to stop, and whether a mail is from whom it says."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartellino.appeals.authentication import is_in, shown_domain
from cartellino.appeals.complaints import (
    LARGEST_FILE,
    STATES,
    Complaint,
    File,
    Subject,
    SubjectKind,
    lacks,
    may_move,
    plain,
    progress,
)
from cartellino.appeals.unfounded import FIRST, LONGEST, Record, may_suspend, may_warn
from cartellino.vocabulary.times import DAY, instant

NOW = instant("2026-11-28T09:00:00Z")
TEXT = "Akun ini menawarkan undian palsu dan meminta uang muka."
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 9


def complaint(**more: Any) -> Complaint:
    about = {"category": "scam", "text": TEXT, "subjects": (Subject("account", "undian"),), "mail": "sari@example.org",
             "good_faith": True}  # fmt: skip
    return plain(Complaint(**{**about, **more}))


@pytest.mark.parametrize(
    ("more", "code"),
    [({}, None), ({"text": "short"}, "bad-argument"), ({"text": "x" * 4_001}, "too-much"),
     ({"subjects": ()}, "bad-argument"),
     ({"subjects": tuple(Subject("account", f"a{n}") for n in range(21))}, "too-much"),
     ({"subjects": (Subject("link", "javascript:alert(1)"),)}, "bad-argument"),
     ({"subjects": (Subject("link", "https://user:pass@example.org/"),)}, "bad-argument"),
     ({"subjects": (Subject("link", "https://пример.рф/страница"),)}, None),
     ({"subjects": (Subject("account", "\u202e \u200b"),)}, "bad-argument"),
     ({"subjects": (Subject("account", "x" * 129),)}, "bad-argument"),
     ({"mail": ""}, "bad-argument"), ({"mail": "no address"}, "bad-argument"),
     ({"mail": "a@b.example\nBcc: c@d.example"}, "bad-argument"), ({"good_faith": False}, "bad-argument"),
     ({"category": "threat_to_life", "mail": ""}, None), ({"text": "警告! " + "这个账号在骗人" * 3}, None)],
)  # fmt: skip
def test_what_can_be_filed(more: dict[str, Any], code: str | None) -> None:
    assert getattr(lacks(complaint(**more)), "code", None) == code


@pytest.mark.parametrize(
    ("category", "files", "code"),
    [("scam", [File("a.png", "image/png", PNG)], None),
     ("scam", [File("a.png", "image/png", b"GIF89a")], "not-readable"),
     ("scam", [File("a.exe", "application/x-msdownload", b"MZ")], "not-readable"),
     ("scam", [File("a.txt", "text/plain", b"MZ\x00")], "not-readable"),
     ("scam", [File("a.png", "image/png", PNG)] * 4, "too-much"),
     ("scam", [File("a.png", "image/png", PNG + b"x" * LARGEST_FILE)], "too-much"),
     ("child_safety", [File("a.txt", "text/plain", b"words")], "not-readable")],
)  # fmt: skip
def test_evidence_is_bounded_and_is_what_it_says(category: str, files: list[File], code: str | None) -> None:
    assert getattr(lacks(complaint(category=category), files), "code", None) == code


def test_what_nobody_sees_makes_no_other_subject() -> None:
    written = ("rita", " rita", "ri\u200bta", "rita\u202c")
    assert complaint(subjects=tuple(Subject("account", one) for one in written)).subjects == (
        Subject("account", "rita"),
    )
    assert complaint(subjects=(Subject("account", "e\u0301va"),)).subjects[0].value == "éva"


@given(st.text(max_size=200), st.sampled_from(["account", "group", "link", "other"]))
def test_any_subject_is_taken_or_refused_and_tidied_once(text: str, kind: SubjectKind) -> None:
    subject = Subject(kind, text).plain()
    assert subject.plain() == subject
    subject.lacks()


def test_states_follow_in_one_direction_and_a_complaint_is_as_far_as_its_least() -> None:
    assert all(not may_move(later, earlier) for earlier, later in pairwise(STATES))
    assert [state for state in STATES if may_move("closed", state)] == []
    assert progress(["closed", "decided", "verified"]) == "verified"
    assert progress([]) == "received"


@pytest.mark.parametrize(
    ("record", "warned", "suspended"),
    [(Record(), False, False), (Record(2, 2), False, False), (Record(3, 3), True, False), (Record(10, 4), False, False),
     (Record(4, 4, NOW - DAY, 1), True, True), (Record(4, 4, NOW - DAY, 0), True, False),
     (Record(4, 4, NOW - 200 * DAY, 1), True, False), (Record(9, 4, NOW - DAY, 1), False, False),
     (Record(4, 4, NOW - DAY, 1, 1, NOW + DAY), True, False), (Record(4, 4, NOW - DAY, 1, 1, NOW - 1), True, True)],
)  # fmt: skip
def test_a_warning_comes_first_and_numbers_bound_both(record: Record, warned: bool, suspended: bool) -> None:
    assert (may_warn(record) is None) is warned
    assert (may_suspend(record, 7 * DAY, NOW) is None) is suspended


@pytest.mark.parametrize(("before", "longest"), [(0, FIRST), (1, LONGEST)])
def test_a_suspension_has_an_end(before: int, longest: int) -> None:
    record = Record(4, 4, NOW - DAY, 1, before)
    assert may_suspend(record, longest, NOW) is None
    assert getattr(may_suspend(record, longest + 1, NOW), "code", "") == "bad-argument"
    assert getattr(may_suspend(record, DAY - 1, NOW), "code", "") == "bad-argument"


SERVER = "mx.example.net"
GOOD = (
    f"{SERVER}; spf=pass smtp.mailfrom=office@komdigi.go.id; dkim=pass header.d=komdigi.go.id;"
    " dmarc=pass header.from=komdigi.go.id"
)


@pytest.mark.parametrize(
    ("headers", "shown"),
    [
        ([GOOD], True),
        ([f"{SERVER};\r\n dmarc=pass (p=reject dis=none; note) header.from=KOMDIGI.go.id"], True),
        ([f"{SERVER} 1; dmarc=pass header.from=komdigi.go.id"], True),
        ([f"{SERVER}; dkim=pass header.d=komdigi.go.id"], True),
        ([f"{SERVER}; spf=pass smtp.mailfrom=komdigi.go.id"], True),
        ([f"{SERVER}; dmarc=fail header.from=komdigi.go.id; dkim=pass header.d=komdigi.go.id"], False),
        ([f"{SERVER}; dmarc=none header.from=komdigi.go.id; spf=pass smtp.mailfrom=komdigi.go.id"], False),
        ([f"{SERVER}; dmarc=pass header.from=evil.example"], False),
        ([f"{SERVER}; dkim=pass header.d=evil.example; spf=pass smtp.mailfrom=a@evil.example"], False),
        ([f"{SERVER}; dmarc=fail header.from=komdigi.go.id", GOOD], False),
        ([GOOD.replace(SERVER, "mx.evil.example")], False),
        ([GOOD.replace(SERVER, f"x{SERVER}")], False),
        ([f"{SERVER}; none"], False),
        ([f"evil ({GOOD})"], False),
        ([f"{SERVER}; spf=fail (dmarc=pass header.from=komdigi.go.id)"], False),
        # what the sender writes before the `@`, or the server quotes of it, is no result
        ([f'{SERVER}; spf=pass smtp.mailfrom="a; dkim=pass header.d=komdigi.go.id "@evil.example'], False),
        ([f'{SERVER}; spf=pass smtp.mailfrom="a; dmarc=pass header.from=komdigi.go.id; x"@evil.example'], False),
        ([f'{SERVER}; dkim=pass reason="header.d=komdigi.go.id" header.d=evil.example'], False),
        ([f'{SERVER}; dkim=pass reason="a \\" header.d=komdigi.go.id" header.d=evil.example'], False),
        ([f'{SERVER}; spf=pass (")") smtp.mailfrom=evil.example'], False),
        ([f'{SERVER}; spf=pass smtp.mailfrom="("@evil.example; dkim=pass header.d=komdigi.go.id'], True),
        ([f'{SERVER}; dkim=pass header.d="komdigi.go.id'], False),
        ([f"{SERVER}; dmarc=pass"], False),
        ([], False),
        (["("* 5_000], False),
    ],
)  # fmt: skip
def test_only_our_own_server_says_whence_a_mail_comes(headers: list[str], shown: bool) -> None:
    assert (shown_domain(headers, SERVER, "office@komdigi.go.id") == "komdigi.go.id") is shown
    assert shown_domain(headers, "", "office@komdigi.go.id") is None


@pytest.mark.parametrize(
    ("domain", "inside"),
    [
        ("komdigi.go.id", True),
        ("mail.komdigi.go.id", True),
        ("evilkomdigi.go.id", False),
        ("go.id", False),
        ("", False),
    ],
)
def test_a_domain_below_a_registered_one_is_its_own(domain: str, inside: bool) -> None:
    assert is_in(domain, ["komdigi.go.id"]) is inside
