"""Mails as they come: encodings, parts, quotations, machines; and what is wrong in them."""

from __future__ import annotations

import base64
import quopri
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cartellino.appeals.letters import LONGEST, MOST_PARTS, Letter, answers_by_itself, machine_made, read
from cartellino.appeals.quotes import parts

WORDS = "Perché? Non ero io: «è così»."


def raw(body: bytes, *headers: str) -> bytes:
    return "\r\n".join(["From: Ann <ann@example.org>", "Subject: Hello", *headers, "", ""]).encode() + body


ENCODED: dict[str, bytes] = {
    "utf-8": raw(WORDS.encode(), "Content-Type: text/plain; charset=utf-8"),
    "latin-1": raw(WORDS.encode("latin-1"), "Content-Type: text/plain; charset=iso-8859-1"),
    "quoted-printable": raw(
        quopri.encodestring(WORDS.encode()), "Content-Type: text/plain; charset=UTF-8",
        "Content-Transfer-Encoding: quoted-printable",
    ),
    "base64": raw(
        base64.encodebytes(WORDS.encode()), 'Content-Type: text/plain; charset="utf-8"',
        "Content-Transfer-Encoding: BASE64",
    ),
    "an unknown charset": raw(WORDS.encode(), "Content-Type: text/plain; charset=klingon"),
    "no charset at all": raw(WORDS.encode()),
    "a codec that is none of texts": raw(WORDS.encode(), "Content-Type: text/plain; charset=zlib"),
    "windows-1252 that says nothing": raw(WORDS.encode("cp1252"), "Content-Type: text/plain; charset=unknown-8bit"),
    "utf-16": raw(
        base64.encodebytes(WORDS.encode("utf-16")), "Content-Type: text/plain; charset=utf-16",
        "Content-Transfer-Encoding: base64",
    ),
    "HTML alone": raw(
        f"<html><head><title>No</title><style>p {{}}</style></head><body><p>{WORDS}</p></body></html>".encode(),
        "Content-Type: text/html; charset=utf-8",
    ),
    "HTML with entities": raw(
        b"<div>Perch&eacute;? Non ero&nbsp;io: &laquo;&#232; cos&#xEC;&raquo;.</div>", "Content-Type: text/html",
    ),
}  # fmt: skip


@pytest.mark.parametrize("how", ENCODED)
def test_the_words_are_read_in_every_encoding(how: str) -> None:
    letter = read(ENCODED[how])
    assert letter.text.strip() == WORDS
    assert (letter.sender, letter.subject) == ("ann@example.org", "Hello")
    assert machine_made(letter) == ""


def built(*inside: tuple[str, str], kind: str = "mixed") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["Subject"] = "ann@example.org", "Perché"
    getattr(message, f"make_{kind}")()
    for text, subtype in inside:
        part = EmailMessage()
        part.set_content(text, subtype=subtype)
        message.attach(part)
    return message


def test_of_alternatives_the_plain_one_is_read_unless_it_is_empty() -> None:
    assert read(
        built(("plain words", "plain"), ("<p>others</p>", "html"), kind="alternative").as_bytes()
    ).text.strip() == ("plain words")
    assert "others" in read(built(("  \n", "plain"), ("<p>others</p>", "html"), kind="alternative").as_bytes()).text


def test_all_parts_that_are_shown_are_read_and_attachments_are_not() -> None:
    message = built(("before", "plain"), ("<p>between</p>", "html"), ("after", "plain"))
    message.add_attachment("a secret", filename="notes.txt")
    message.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="a.png")
    text = read(message.as_bytes()).text
    assert [word in text for word in ("before", "between", "after", "secret")] == [True, True, True, False]


def test_what_is_forwarded_as_a_mail_is_kept_apart() -> None:
    inner = built(("Your code is ABCD-EFGH-JK23.", "plain"))
    outer = built(("This is wrong.", "plain"))
    holder = EmailMessage()
    holder.set_content(inner)
    outer.attach(holder)
    del holder["Content-Disposition"]
    letter = read(outer.as_bytes())
    assert letter.text.strip() == "This is wrong."
    assert "ABCD-EFGH-JK23" in letter.forwarded


def test_what_is_not_shown_is_beside_the_text() -> None:
    mail = built(("It was not me.", "plain"), ("<p>Not I.</p><blockquote>ABCD-EFGH-JK23</blockquote>", "html"),
                 kind="alternative")  # fmt: skip
    letter = read(mail.as_bytes())
    assert letter.text.strip() == "It was not me."
    assert "ABCD-EFGH-JK23" in letter.beside
    mixed = built(("It was not me.", "plain"))
    mixed.add_attachment(built(("Your code is MNPQ-RSTU-VWXY.", "plain")))
    mixed.add_attachment("ABCD-EFGH-JK23", filename="notice.txt")
    letter = read(mixed.as_bytes())
    assert (letter.text.strip(), letter.forwarded) == ("It was not me.", "")
    assert [code in letter.beside for code in ("MNPQ-RSTU-VWXY", "ABCD-EFGH-JK23")] == [True, True]


def test_headers_in_other_alphabets_are_read_and_broken_ones_do_no_harm() -> None:
    assert read(raw(b"x").replace(b"Hello", b"=?utf-8?b?UGVyY2jDqT8=?=")).subject == "Perché?"
    for broken in (b"=?utf-8?b?%%%?=", b"=?nonsense?q?a?=", b"\xff\xfe", b"=?utf-8?q?" + b"a" * 90_000):
        assert isinstance(read(raw(b"words").replace(b"Hello", broken)).subject, str)
    for sender in (b"<>", b"", b"@@@", b"a" * 100_000, b'"', b"Ann <ann@[", b"=?x?y?z?= <a@b>"):
        assert isinstance(read(raw(b"words").replace(b"Ann <ann@example.org>", sender)).sender, str)


@settings(max_examples=150)
@given(
    st.binary(max_size=400), st.sampled_from(["", "text/html", "multipart/mixed; boundary=b", "message/rfc822", "x"])
)
def test_any_bytes_are_a_letter(content: bytes, kind: str) -> None:
    for held in (content, raw(content, f"Content-Type: {kind}"), raw(b"--b\r\n" + content + b"\r\n--b--")):
        letter = read(held)
        parts(letter.text)
        machine_made(letter)


def test_nesting_without_end_and_floods_of_parts_are_bounded() -> None:
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n) for n in range(3_000))
    read(b"From: a@example.org\n" + deep + b"Content-Type: text/plain\n\nwords")
    read(b"Content-Type: message/rfc822\n\n" * 3_000 + b"words")
    many = b"--b\n\nwords\n" * 20_000
    letter = read(b"From: ann@example.org\nAuto-Submitted: no\nContent-Type: multipart/mixed; boundary=b\n\n" + many)
    assert (letter.sender, "words" in letter.text, len(letter.text) <= LONGEST) == ("ann@example.org", True, True)
    some = read(b"Content-Type: multipart/mixed; boundary=b\n\n" + many[: 11 * 500] + b"--b--")
    assert some.text.count("words") == MOST_PARTS
    read(b"Content-Type: text/plain; " + b"a=b; " * 10_000 + b"\n\nwords")
    assert len(read(raw(b"a" * 900_000)).text) == LONGEST
    read(b"From: " + b"(" * 5_000 + b"\n\nwords")
    page = b"<div>" * 20_000 + b"<p>word" * 20_000
    assert len(read(raw(page, "Content-Type: text/html")).text) <= LONGEST


# Machines


MACHINES = (
    "Auto-Submitted: auto-replied",
    "Auto-Submitted: auto-generated; owner-email=a@b",
    "auto-submitted: AUTO-NOTIFIED",
    "Precedence: bulk",
    "Precedence: List",
    "Precedence: auto_reply",
    "List-Id: <news.example.org>",
    "List-Unsubscribe: <mailto:a@b>",
    "X-Autoreply: yes",
    "X-Autorespond: away",
    "X-Auto-Response-Suppress: All",
    "Return-Path: <>",
    "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
    "Content-Type: message/delivery-status",
    "Content-Type: text/calendar; method=REPLY",
)


@pytest.mark.parametrize("header", MACHINES)
def test_what_a_machine_sends_is_known_by_its_headers(header: str) -> None:
    assert machine_made(read(raw(b"> ABCD-EFGH-JK23", header)))
    name, _, value = header.partition(": ")
    if name != "Content-Type":
        assert machine_made(Letter("a@example.org", "Hello", "", headers={name.lower(): [value]}))


@pytest.mark.parametrize(
    "header", ["Auto-Submitted: no", "Precedence: first-class", "X-Autoreply: no", "Return-Path: <a@b>", "X-Mailer: x"]
)
def test_what_a_person_sends_is_no_machine(header: str) -> None:
    assert machine_made(read(raw(b"words", header))) == ""


@pytest.mark.parametrize(
    "sender",
    [
        *("", "<>", "MAILER-DAEMON@example.org", "postmaster@example.org", "no-reply@example.org"),
        *("noreply+5@example.org", "bounces+a=b@example.org"),
    ],
)
def test_a_sender_of_machines_is_enough_and_a_subject_is_not(sender: str) -> None:
    assert machine_made(Letter(sender, "Hello", "words"))
    assert machine_made(Letter("ann.noreplyson@example.org", "Automatic reply: Your notice", "words")) == ""


@pytest.mark.parametrize(
    "subject",
    [
        *("Automatic reply: Your notice", "AUTOMATIC REPLY", "Auto: Your notice", "Auto-Reply: x", "[Autoreply] x"),
        *("Out of Office: back on Monday", "Out of the office - back on Monday", "Out of Office AutoReply: x"),
        *("Risposta automatica: ferie", "Fuori sede: ferie", "Balasan otomatis: cuti", "Di luar kantor: cuti"),
        *("Automatische Antwort: Urlaub", "Abwesenheitsnotiz", "Réponse automatique : congés", "Автоответ: отпуск"),
        *("Respuesta automática: x", "Resposta automática: x", "Automatisch antwoord: x", "Undeliverable: Your notice"),
        *("Mail delivery failed: returning message to sender", "Delivery Status Notification (Failure)"),
        *("Undelivered Mail Returned to Sender", "failure notice", "Unzustellbar: x", "Messaggio non recapitato: x"),
    ],
)
def test_the_form_of_automatic_subjects_is_known(subject: str) -> None:
    assert answers_by_itself(subject)
    assert answers_by_itself(f"  {subject.upper()}\n")
    assert not answers_by_itself(f"Re: {subject}")


@pytest.mark.parametrize(
    "subject",
    [
        *("Auto reply bot banned me", "Automatic reply said I am a spammer", "Out of office and banned: why?"),
        *("auto ban", "Auto", "automatic replies are not spam: please look", "Autoresponder suspended - mistake"),
        *("La risposta automatica mi ha bloccato", "Risposta automatica bloccata: perché?", "Fuori sede mi bloccano"),
        *("Balasan otomatis saya dikira spam", "Automatische Antwort hat mich gesperrt", "Undelivered messages"),
        *("Delivery failure of my appeal", "Returned mail got me banned", "Autobahn: gesperrt"),
    ],
)
def test_who_writes_about_automatic_replies_is_a_person(subject: str) -> None:
    assert not answers_by_itself(subject)


# Own words

NOTICE = "Your account is limited.\nCode: OLDC-ODEX-XXXX"
MARKED = "\n".join(f"> {line}" for line in NOTICE.splitlines())
HEAD = "From: Cartellino <a@example.org>\nSent: Tuesday, 24 November 2026 10:00\nTo: Ann\nSubject: Your notice\n"

MAILS: dict[str, str] = {
    "above": f"OWN WORDS\n\nOn Tue, Nov 24, 2026 at 10:00 AM Cartellino <a@example.org> wrote:\n{MARKED}",
    "above, in Italian": f"OWN WORDS\n\nIl giorno mar 24 nov 2026 alle ore 10:00 X <a@b.it> ha scritto:\n{MARKED}",
    "above, in Indonesian": f"OWN WORDS\n\nPada Sel, 24 Nov 2026 pukul 10.00 Cartellino <a@b.id> menulis:\n{MARKED}",
    "above, over two lines": f"OWN WORDS\n\nOn Tue, Nov 24, 2026 at 10:00 AM X\n<a@example.org> wrote:\n\n{MARKED}",
    "below": f"On 24/11/2026 10:00, Cartellino wrote:\n{MARKED}\n\nOWN WORDS",
    "below, without who wrote": f"{MARKED}\nOWN WORDS",
    "between": f"{MARKED}\nOWN\n{MARKED}\nWORDS",
    "without marks": f"OWN WORDS\n\nOn 24 Nov 2026, at 10:00, Cartellino <a@b.org> wrote:\n\n{NOTICE}",
    "Outlook": f"OWN WORDS\n\n-----Original Message-----\n{HEAD}\n{NOTICE}",
    "Outlook in Italian": f"OWN WORDS\n\n----Messaggio originale----\nDa: x\nInviato: y\nA: z\nOggetto: w\n\n{NOTICE}",
    "Outlook in Indonesian": f"OWN WORDS\n\n-----Pesan Asli-----\nDari: x\nDikirim: y\nKe: z\nPerihal: w\n\n{NOTICE}",
    "Outlook without a rule": f"OWN WORDS\n\n________________________________\n{HEAD}\n{NOTICE}",
    "Outlook with stars": f"OWN WORDS\n\n*From:* x\n*Sent:* y\n*To:* z\n*Subject:* w\n\n{NOTICE}",
    "forwarded": f"OWN WORDS\n\n---------- Forwarded message ---------\n{HEAD}\n{NOTICE}",
    "forwarded by Apple": f"OWN WORDS\n\nBegin forwarded message:\n\n{HEAD}\n{NOTICE}",
    "with carriage returns": f"OWN WORDS\n\nOn 24 Nov 2026, at 10:00, X <a@b> wrote:\n{MARKED}".replace("\n", "\r\n"),
}


@pytest.mark.parametrize("how", MAILS)
def test_own_words_are_told_from_what_is_quoted(how: str) -> None:
    found = parts(MAILS[how])
    assert " ".join(found.own.split()) == "OWN WORDS"
    assert "OLDC-ODEX-XXXX" in found.quoted


@pytest.mark.parametrize(
    "text",
    [
        "He wrote:\nI shall report you.\nSo I blocked him.",
        "On Monday my brother wrote:\nsell it. That is all.",
        "From: my heart\nI say it was not me.",
        "---\nIt was not me.\n---",
        "5 > 4, and I am right.",
        "Da: quando sono qui, nessuno si è lamentato.",
    ],
)
def test_what_people_write_themselves_is_not_taken_for_a_quotation(text: str) -> None:
    assert parts(text).own == text


@given(st.text("ab>\n -_:@1wrote On", max_size=120))
def test_no_word_is_lost_between_own_and_quoted(text: str) -> None:
    found = parts(text)
    assert sorted((found.own + "\n" + found.quoted).split()) == sorted(text.split())


PAGES: dict[str, bytes] = {
    "Gmail": b"<div>OWN WORDS</div><div class='gmail_quote'><div>On Tue, Nov 24 at 10:00 X wrote:</div>"
    b"<blockquote><p>Code: OLDC-ODEX-XXXX</p></blockquote></div>",
    "Outlook on the web": b"<div>OWN WORDS</div><div id='appendonsend'></div><hr><div id='divRplyFwdMsg'>"
    b"<b>Da:</b> X<br><b>Inviato:</b> y</div><div><p>Code: OLDC-ODEX-XXXX</p></div>",
    "Outlook": b"<p>OWN WORDS</p><div style='border-top:solid 1pt'><p><b>From:</b> X<br><b>Sent:</b> y<br>"
    b"<b>To:</b> z<br><b>Subject:</b> w</p></div><p>Code: OLDC-ODEX-XXXX</p>",
}


@pytest.mark.parametrize("how", PAGES)
def test_html_quotations_are_marked(how: str) -> None:
    page = PAGES[how]
    found = parts(read(raw(page, "Content-Type: text/html")).text)
    assert found.own == "OWN WORDS"
    assert "OLDC-ODEX-XXXX" in found.quoted


def test_hidden_text_of_a_page_is_not_read() -> None:
    held: Any = read(raw(b"<p>seen<script>x()</script><style>y</style></p>", "Content-Type: text/html")).text
    assert held.strip() == "seen"
