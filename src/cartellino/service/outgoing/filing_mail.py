"""Carries mails to people who complained and to authorities; the postman lets it deliver in each of its turns."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from functools import partial
from typing import TYPE_CHECKING

from cartellino.appeals.jurisdictions import jurisdictions
from cartellino.commands import mails
from cartellino.notices import filing_mail
from cartellino.queries.mails import Waiting, due
from cartellino.service.outgoing.smtp import Server, addressed, send
from cartellino.vocabulary.actors import COURIER
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, Duration

if TYPE_CHECKING:
    from cartellino.notices.words import Words
    from cartellino.service.writer import Writer

PAUSES: tuple[Duration, ...] = (MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 12 * HOUR, DAY)
"""Pauses before each further try: people have to be told, so it goes on for longer than news of the status."""

BATCH, AT_ONCE = 32, 8


class FilingMail:
    """Delivers what waits."""

    def __init__(self, writer: Writer, words: Words, server: Server | None, sender: str, base: str) -> None:
        """Without a server or the public address, mails wait until there is one."""
        self._writer, self._words = writer, words
        self._server, self._sender, self._base = server, sender, base

    def deliver(self) -> int:
        """Deliver what is due; return how many mails left."""
        if self._server is None or not self._base:
            return 0
        with self._writer.database.begin() as rows:
            waiting = due(rows, self._writer.clock.now(), BATCH)
        if not waiting:
            return 0
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="filing") as pool:
            errors = list(pool.map(self._try, waiting))
        results = [(one.number, one.tries, not error) for one, error in zip(waiting, errors, strict=True)]
        self._writer.do(partial(mails.note, results=results, pauses=PAUSES), COURIER).result(30)
        return sum(not error for error in errors)

    def _try(self, waiting: Waiting) -> str:
        """Deliver a mail; return what is wrong, without the address, empty if nothing is."""
        try:
            if self._server is not None:
                send(self._server, self.mail(waiting))
        except Exception as error:  # whatever a server does, the mail is tried again, and the others are sent
            return type(error).__name__
        return ""

    def mail(self, waiting: Waiting) -> EmailMessage:
        """Return a mail in its language."""
        language = self._words.named(waiting.language) or "en"
        said = filing_mail.mail(waiting.kind, waiting.data, self._words, language, self._base, _offices)
        mail = addressed(said.subject, self._sender, waiting.target, f"f{waiting.number}", self._writer.clock.now())
        mail["Content-Language"] = language
        mail.set_content("\n".join(said.lines) + "\n")
        return mail


def _offices(country: str, category: str) -> list[tuple[str, str, str]]:
    return [(one.name, one.address, one.hours) for one in jurisdictions().offices_in(country, category)]
