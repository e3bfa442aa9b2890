"""Sends mail by SMTP, with the standard library, within a deadline whatever the server does.

>>> server = Server.of("smtps://robot:p%40ss@mail.example.org")
>>> server.host, server.port, server.name, server.password, server.is_tls
('mail.example.org', 465, 'robot', 'p@ss', True)
"""

from __future__ import annotations

import smtplib
import socket
from contextlib import suppress
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from ssl import create_default_context
from threading import Timer
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from cartellino.vocabulary.refusals import BadArgument
from cartellino.vocabulary.times import SECOND, Instant

DEADLINE = 20.0
"""Seconds for one mail: connection, greeting, encryption, sign-in, and the mail itself."""


class Server(NamedTuple):
    """A mail server: `smtps` is encrypted from the beginning, `smtp` as soon as the server offers it."""

    host: str
    port: int
    name: str
    password: str
    is_tls: bool

    @classmethod
    def of(cls, url: str) -> Server:
        """Read `smtp://USER:PASSWORD@HOST:PORT`.

        Raises `BadArgument` for anything else.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            parts, port = urlsplit(""), None
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise BadArgument("`smtp` is of the form smtp://USER:PASSWORD@HOST:PORT, or smtps://")
        is_tls = parts.scheme == "smtps"
        return cls(parts.hostname, port or (465 if is_tls else 587), unquote(parts.username or ""),
                   unquote(parts.password or ""), is_tls)  # fmt: skip


def addressed(subject: str, sender: str, recipient: str, mark: str, at: Instant) -> EmailMessage:
    """Return a mail with all that a receiver asks of its head (RFC 5322, 3.6); no robot answers it (RFC 3834)."""
    mail = EmailMessage()
    mail["Date"] = formatdate(at / SECOND, usegmt=True)
    mail["Subject"], mail["From"], mail["To"] = subject, sender, recipient
    mail["Message-ID"] = make_msgid(mark, sender.rpartition("@")[2] or "localhost")
    mail["Auto-Submitted"] = "auto-generated"
    return mail


def send(server: Server, mail: EmailMessage, deadline: float = DEADLINE) -> None:
    """Send a mail.

    Raises `OSError` (of which `smtplib.SMTPException` is one) if it was not taken, or not within the deadline.
    """
    line: _Plain | _Encrypted = _Encrypted(server.host, deadline) if server.is_tls else _Plain(server.host, deadline)
    hangs_up = Timer(deadline, _cut, (line,))
    hangs_up.daemon = True
    hangs_up.start()
    try:
        line.connect(server.host, server.port)
        line.ehlo_or_helo_if_needed()
        if not server.is_tls and line.has_extn("starttls"):
            line.starttls(context=create_default_context())
            line.ehlo()
        elif not server.is_tls and server.name:
            raise smtplib.SMTPNotSupportedError("the server offers no encryption, without which no password is sent")
        if server.name:
            line.login(server.name, server.password)
        line.send_message(mail)
    finally:
        hangs_up.cancel()
        with suppress(OSError):
            line.quit()
        line.close()


class _Plain(smtplib.SMTP):
    """A connection that is not made yet, but knows whose certificate it will ask for."""

    def __init__(self, host: str, deadline: float) -> None:
        super().__init__(timeout=deadline)
        self._host = host


class _Encrypted(smtplib.SMTP_SSL):
    """The same, encrypted from the beginning."""

    def __init__(self, host: str, deadline: float) -> None:
        super().__init__(timeout=deadline, context=create_default_context())
        self._host = host


def _cut(line: smtplib.SMTP) -> None:
    """End a connection that takes too long: whoever waits for it gets an error."""
    if line.sock is not None:
        with suppress(OSError):
            line.sock.shutdown(socket.SHUT_RDWR)
