"""The postman: tells subscribers of the public status, and people who complained, from a thread of its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from functools import partial
from threading import Event, Thread
from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa
import structlog

from cartellino.commands import subscriptions
from cartellino.commands.webhooks import signature
from cartellino.notices import status_mail
from cartellino.queries.subscriptions import StatusMessage, due
from cartellino.service.outgoing.caller import DEADLINE, Caller
from cartellino.service.outgoing.filing_mail import FilingMail
from cartellino.service.outgoing.smtp import Server, addressed, send
from cartellino.vocabulary.actors import COURIER
from cartellino.vocabulary.times import HOUR, MINUTE, SECOND, Duration, show_instant

if TYPE_CHECKING:
    from cartellino.notices.words import Words
    from cartellino.service.settings import Settings
    from cartellino.service.writer import Writer

PAUSES: tuple[Duration, ...] = (MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR)
"""Pauses before each further try; then a message is given up, for by then it is no news."""

BATCH, AT_ONCE = 32, 8
EVERY = 1.0

log = structlog.get_logger()


class Postman:
    """Delivers what waits for subscribers."""

    def __init__(self, writer: Writer, caller: Caller, settings: Settings, words: Words) -> None:
        """Mails are sent only where the settings name a server and the public address."""
        self.trouble = ""
        self._writer, self._caller, self._words = writer, caller, words
        self._base = settings.public_url.rstrip("/")
        self._server = Server.of(settings.smtp) if settings.smtp else None
        self._sender = settings.smtp_from or "status@localhost"
        self.filings = FilingMail(writer, words, self._server, self._sender, self._base)
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="postman", daemon=True)

    @property
    def kinds(self) -> tuple[str, ...]:
        """How somebody can be told: links lead back, so nothing works without the public address."""
        if not self._base:
            return ()
        return ("mail", "webhook") if self._server is not None else ("webhook",)

    def start(self) -> None:
        """Start delivering."""
        self._thread.start()

    def stop(self) -> None:
        """Stop; what waits is delivered after the next start."""
        self._stopping.set()

    def join(self, seconds: float) -> None:
        """Wait for the thread to end."""
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _run(self) -> None:
        while not self._stopping.wait(EVERY):
            try:
                self.deliver()
                self.filings.deliver()
                self.trouble = ""
            except Exception as error:  # the next turn may succeed, and the postman must never end by itself
                self.trouble = f"subscribers wait: {type(error).__name__}"
                if not isinstance(error, sa.exc.DBAPIError | OSError):
                    log.exception("subscribers could not be told", error=type(error).__name__)

    def deliver(self) -> int:
        """Deliver what is due; return how many messages were."""
        if not self.kinds:
            return 0
        with self._writer.database.begin() as rows:
            waiting = [one for one in due(rows, self._writer.clock.now(), BATCH) if one.channel in self.kinds]
        if not waiting:
            return 0
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="postman") as pool:
            errors = list(pool.map(self._try, waiting))
        results = [(one.number, one.tries, not error) for one, error in zip(waiting, errors, strict=True)]
        self._writer.do(partial(subscriptions.note, results=results, pauses=PAUSES), COURIER).result(30)
        return sum(not error for error in errors)

    def _try(self, message: StatusMessage) -> str:
        """Deliver a message; return what is wrong, without the address, empty if nothing is."""
        try:
            if message.channel == "mail" and self._server is not None:
                send(self._server, self.mail(message))
            else:
                self._post(message)
        except Exception as error:  # whatever a server does, the message is tried again, and the others are sent
            return type(error).__name__
        return ""

    def mail(self, message: StatusMessage) -> EmailMessage:
        """Return the mail of a message."""
        ends = f"{self._base}/status/subscriptions/{message.subscription}/end"
        if message.kind == "confirm":
            link = f"{self._base}/status/subscriptions/{message.subscription}/confirm"
            said = status_mail.request(self._words, message.language, link)
        else:
            page = f"{self._base}/status"
            said = status_mail.changes(message.data["changes"], self._words, message.language, ends, page)
        mail = addressed(said.subject, self._sender, message.target, f"t{message.number}", self._writer.clock.now())
        if message.kind != "confirm":
            mail["List-Unsubscribe"], mail["List-Unsubscribe-Post"] = f"<{ends}>", "List-Unsubscribe=One-Click"
        mail.set_content("\n".join(said.lines) + "\n")
        return mail

    def _post(self, message: StatusMessage) -> None:
        """Raises `OSError` for an answer other than 2xx."""
        page = f"{self._base}/status/subscriptions/{message.subscription}"
        body = msgspec.json.encode({
            "type": f"status.{message.kind}", "timestamp": show_instant(message.at), "data": message.data,
            **({"confirm": f"{page}/confirm", "secret": message.secret} if message.kind == "confirm" else {}),
            "end": f"{page}/end",
        })  # fmt: skip
        at, identity = self._writer.clock.now() // SECOND, f"t_{message.number}"
        headers = {"content-type": "application/json", "webhook-id": identity, "webhook-timestamp": str(at),
                   "webhook-signature": signature(message.secret, identity, at, body)}  # fmt: skip
        answer = self._caller.begin(self._caller.post(message.target, body, headers)).result(2 * DEADLINE)
        if not 200 <= answer.status < 300:
            raise OSError(f"the receiver answered {answer.status}")
