"""Webhooks of the platform: the handshake, the signature, the state first, and then the raw bytes to the business."""

from __future__ import annotations

import structlog
from litestar.types import HTTPScope, Receive, Send

from cartellino.adapters.whatsapp_cloud.http import answer, answer_json, body_of, headers_of, object_of, query_of
from cartellino.adapters.whatsapp_cloud.passing import Passing
from cartellino.adapters.whatsapp_cloud.sending import is_stored
from cartellino.adapters.whatsapp_cloud.signatures import is_signed, is_token
from cartellino.adapters.whatsapp_cloud.updates import NotAnUpdate, facts_of, newest_of
from cartellino.adapters.whatsapp_cloud.upstream import Upstream
from cartellino.senders.facts import Fact, Unfamiliar
from cartellino.senders.platform import platform
from cartellino.service.pseudonyms import Pseudonyms
from cartellino.service.senders import EXACT, SenderBook

PATH = "/webhooks/whatsapp"
LONGEST_CHALLENGE = 256

log = structlog.get_logger()


class Receiving:
    """Takes webhooks."""

    def __init__(
        self, book: SenderBook, upstream: Upstream, passing: Passing, names: Pseudonyms, secret: str, verify_token: str
    ) -> None:
        """`secret` is the app's, which signs webhooks; without it none is taken."""
        self._book, self._upstream, self._passing, self._names = book, upstream, passing, names
        self._secret, self._verify_token = secret, verify_token

    async def handshake(self, scope: HTTPScope, send: Send) -> None:
        """Answer the platform's question whether webhooks are wanted here."""
        asked = dict(query_of(scope))
        challenge = asked.get("hub.challenge", "")
        is_ours = is_token(asked.get("hub.verify_token", ""), self._verify_token)
        if asked.get("hub.mode") != "subscribe" or not is_ours or not 0 < len(challenge) <= LONGEST_CHALLENGE:
            await answer_json(send, 403, _refused("the verify token is not the one that was agreed"))
            return
        await answer(send, 200, challenge.encode(), kind=b"text/plain; charset=utf-8")

    async def take(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        """Take a webhook: 200 once it is on disk, also what it says to the business."""
        body = await body_of(receive, platform().webhooks.most_bytes)
        signature = headers_of(scope).get("x-hub-signature-256", "")
        if not is_signed(body, signature, self._secret):
            await answer_json(send, 401, _refused("the signature is not that of the app"))
            return
        payload = object_of(body, "application/json")
        if newest_of(payload) > self._book.now() + EXACT:
            await self._upstream.ask_time()  # the platform's clock may be ahead of ours
        now = self._book.now()
        try:
            facts: list[Fact] = facts_of(payload, now, self._names)
        except NotAnUpdate as wrong:
            log.warning("a webhook was not understood", why=str(wrong))
            facts = [Unfamiliar(at=now, field="webhook", what=str(wrong)[:120])]
        stored = self._book.record(*facts)
        if not await is_stored(stored) or not await self._passing.keep(body, scope, now):
            await answer_json(send, 503, _refused("it cannot be written down now; tell it again"))
            return
        await answer_json(send, 200, {"success": True})


def _refused(why: str) -> dict[str, object]:
    return {"success": False, "error": {"message": why}}
