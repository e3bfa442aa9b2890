"""Appeals by mail over HTTP: in fields and raw, from people and from machines; and codes as people type them."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from tests.api.world import Json, World

OWN = "I only told my friends."


@pytest.fixture
def code(small: World) -> str:
    """The code of a notice that tells of a limit."""
    small.breaks("a")
    (notice,) = small.holder("a")("GET", "/v1/accounts/a/notices").json()["notices"]
    return str(notice["code_to_check"])


def fields(text: str, **more: object) -> Json:
    return {"sender": "a@example.org", "subject": "Re: your notice", "text": text, **more}


def appeals(small: World, account: str = "a") -> list[Json]:
    found: list[Json] = small.holder(account)("GET", f"/v1/accounts/{account}/appeals").json()["appeals"]
    return found


@pytest.mark.parametrize(
    "way", ["{}", "{lower}", "{plain}", "{spaced}", "{dashed}.", "{broken}"],
)  # fmt: skip
def test_a_right_code_is_known_at_every_door(way: str, code: str, small: World) -> None:
    groups = code.split("-")
    ways = {"lower": code.lower(), "plain": "".join(groups), "spaced": " ".join(groups)}
    typed = way.format(code, **ways, dashed="\u2013".join(groups), broken="-\n> ".join(groups))
    assert small.stranger("GET", f"/v1/notices/check/{typed.replace(chr(10), ' ')}").json()["genuine"]
    page = small.client.get("/account/check", params={"code": typed})
    if page.status_code != 404:  # the pages are not part of every application
        assert "not from us" not in page.text
    assert small.key("POST", "/v1/mail", fields(f"{OWN}\n> {typed}")).status_code == 201
    assert [one["text"] for one in appeals(small)] == [OWN]


def raw(text: str, **headers: str) -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"] = "Ann <a@example.org>", "Perch\u00e9?"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    message.add_alternative(f"<p>{text}</p>", subtype="html")
    return message.as_bytes()


def send(small: World, mail: bytes) -> Json:
    return small.key("POST", "/v1/mail", mail, headers={"Content-Type": "message/rfc822"})


def test_a_raw_mail_becomes_a_case_with_its_own_words(code: str, small: World) -> None:
    quoted = f"On Tue, Nov 24, 2026 at 10:00 AM Cartellino <x@example.org> wrote:\n> Your code is {code}."
    made = send(small, raw(f"{OWN}\n\n{quoted}"))
    assert made.status_code == 201, made.text
    assert [one["text"] for one in appeals(small)] == [OWN]
    assert send(small, b"").status_code == 400
    assert send(small, raw("no code")).status_code == 404


MACHINES: tuple[Json, ...] = (
    {"auto_submitted": "auto-replied"},
    {"precedence": "bulk"},
    {"list_id": "<l.example.org>"},
    {"return_path": ""},
    {"sender": ""},
    {"subject": "Automatic reply: your notice"},
    {"headers": {"X-Autoreply": "yes"}},
    {"headers": {"Content-Type": ["text/calendar; method=REPLY"]}},
)


def test_what_machines_send_files_nothing_however_often(code: str, small: World) -> None:
    for more in MACHINES:
        answer = small.key("POST", "/v1/mail", fields(f"Out of office.\n> {code}", **more))
        assert (answer.status_code, answer.json()["appeal_id"]) == (200, None), more
        assert answer.json()["why"]
    for header in ({"Auto_Submitted": "auto-replied"}, {"List_Id": "<l>"}, {"Return_Path": "<>"}):
        assert send(small, raw(f"Out of office. {code}", **header)).json()["appeal_id"] is None
    assert appeals(small) == []


@pytest.mark.parametrize(
    "subject", ["Auto reply bot banned me", "Automatic reply: I was banned for one", "Out of office", "Auto: banned"]
)
def test_own_words_with_the_code_are_an_appeal_whatever_the_subject(subject: str, code: str, small: World) -> None:
    made = small.key("POST", "/v1/mail", fields(f"{OWN} {code.lower()}", subject=subject))
    assert (made.status_code, made.json()["added"]) == (201, False)
    assert [one["text"] for one in appeals(small)] == [f"{OWN} {code.lower()}"]
    refused = small.key("POST", "/v1/mail", fields(f"Others. {code}", subject=subject, auto_submitted="auto-replied"))
    assert refused.json()["why"] == "Auto-Submitted"


def test_a_subject_about_automatic_replies_is_no_sign_where_the_code_is_quoted(code: str, small: World) -> None:
    body = fields(f"{OWN}\n> {code}", subject="Auto reply bot banned me")
    assert small.key("POST", "/v1/mail", body).status_code == 201
    assert [one["text"] for one in appeals(small)] == [OWN]


def test_what_came_before_does_not_count_again(code: str, small: World) -> None:
    """An automatic reply that says nothing of itself uses up one appeal at most, and the person still has theirs."""
    body = fields(f"I am away until Monday.\n> {code}")
    first = small.key("POST", "/v1/mail", body).json()["appeal_id"]
    answer = small.key("POST", "/v1/mail", body)
    assert (answer.status_code, answer.json()) == (200, {"appeal_id": first, "added": False, "repeated": True})
    assert [row["what"] for row in appeals(small)[0]["timeline"]] == ["opened"]
    small.people["reviewer"]("POST", f"/v1/appeals/{first}/outcome", {"outcome": "upheld", "reason": "It was right."})
    for _ in range(5):
        again = small.key("POST", "/v1/mail", body)
        assert again.json() == {"appeal_id": first, "added": False, "repeated": True}
    assert len(appeals(small)) == 1
    mine = small.key("POST", "/v1/mail", fields(f"It was not me.\n> {code}"))
    assert (mine.status_code, mine.json()["added"]) == (201, False)


def test_the_code_outside_the_quotation_is_the_one_that_counts(code: str, small: World) -> None:
    small.breaks("b")
    (notice,) = small.holder("b")("GET", "/v1/accounts/b/notices").json()["notices"]
    assert small.key("POST", "/v1/mail", fields(f"newest: {notice['code_to_check']}\n> {code}")).status_code == 201
    assert (len(appeals(small, "a")), len(appeals(small, "b"))) == (0, 1)


@pytest.mark.parametrize("how", ["html", "txt", "eml"])
def test_a_code_that_stands_in_another_part_alone_is_found(how: str, code: str, small: World) -> None:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "ann@example.org", "Re: your notice"
    mail.set_content(OWN)
    if how == "html":
        mail.add_alternative(f"<p>{OWN}</p><blockquote>{code}</blockquote>", subtype="html")
    elif how == "txt":
        mail.add_attachment(code, filename="notice.txt")
    else:
        notice = EmailMessage()
        notice.set_content(f"Your code is {code}.")
        mail.add_attachment(notice)
    assert send(small, mail.as_bytes()).status_code == 201
    assert [one["text"] for one in appeals(small)] == [OWN]


def test_long_mails_keep_their_own_words_and_say_what_was_left_out(code: str, small: World) -> None:
    quoted = "\n".join(f"> line {n} of the notice, code {code}" for n in range(800))
    assert "cut" not in small.key("POST", "/v1/mail", fields(f"{quoted}\n\n{OWN}")).json()
    assert [one["text"] for one in appeals(small)] == [OWN]
    long = small.key("POST", "/v1/mail", fields("begin " + "word " * 9_000 + f"end {code}"))
    assert long.json()["cut"] > 40_000
    (shown,) = appeals(small)
    assert any(row["what"] == "added" for row in shown["timeline"])
    refused = small.key("POST", "/v1/mail", fields("a" * 200_001))
    assert (refused.status_code, refused.json()["code"], refused.json()["pointer"]) == (413, "too-much", "/text")
    assert "200,000" in refused.json()["detail"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"sender": "a"}', b'{"sender":1,"subject":"","text":""}'])
def test_what_is_no_mail_in_fields_is_refused_with_its_place(body: bytes, small: World) -> None:
    refused = small.key("POST", "/v1/mail", body, headers={"Content-Type": "application/json"})
    assert (refused.status_code, refused.json()["code"]) == (400, "bad-request")


def test_an_appeal_takes_so_many_mails_and_no_more(code: str, small: World) -> None:
    answers = [small.key("POST", "/v1/mail", fields(f"Mail {n}. {code}")).status_code for n in range(23)]
    assert answers == [201] * 21 + [409] * 2
