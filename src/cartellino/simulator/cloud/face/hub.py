"""What the face works on: the world and its clock, media, and the courier."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from itertools import count

import structlog

from cartellino.simulator.cloud import beginning
from cartellino.simulator.cloud.business import Account, Number
from cartellino.simulator.cloud.chance import letters
from cartellino.simulator.cloud.clock import Clock
from cartellino.simulator.cloud.errors import GraphError, unknown_node
from cartellino.simulator.cloud.face.calls import Call
from cartellino.simulator.cloud.face.courier import Courier, Wishes
from cartellino.simulator.cloud.face.files import Files
from cartellino.simulator.cloud.world import Update
from cartellino.vocabulary.times import Duration, Instant

TICK = 0.02
"""Seconds between looks at what is due."""


class Hub:
    """The simulator as one thing. All calls are answered in one thread, one after another."""

    def __init__(self, seed: int, start: Instant, elapsed: Callable[[], float], webhooks: str | None = None) -> None:
        self.clock = Clock(start, elapsed)
        self.world = beginning.begun(seed, start, self._tell)
        self.courier = Courier(beginning.APP_SECRET, Wishes(url=webhooks))
        self.files = Files(partial(self.world.new_id, 15))
        self._traces = count()

    def _tell(self, update: Update) -> None:
        self.courier.take(update, self._url(update))

    def _url(self, update: Update) -> str | None:
        """Return where an update goes: the number's own address, else the account's, else that of all."""
        account = self.world.accounts[update.account]
        number = self.world.numbers.get(update.number or "")
        if not account.is_subscribed:
            return None
        return (number.callback if number else None) or account.callback or self.courier.wishes.url

    def catch_up(self) -> None:
        """Let everything happen that is due."""
        self.world.run_to(self.clock.now())

    def advance(self, by: Duration) -> None:
        """Move time on."""
        self.clock.advance(by)
        self.catch_up()

    async def live(self) -> None:
        """Let time pass and carry webhooks, until cancelled."""
        await asyncio.gather(self._pass_time(), self.courier.run())

    async def _pass_time(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            try:
                self.catch_up()
            except Exception:
                structlog.get_logger().exception("something that was due is at fault; time goes on")

    def new_trace(self) -> str:
        """Return the id of a call that is refused."""
        return "A" + letters(22, self.world.seed, "trace", next(self._traces))

    # Who is called

    def check_token(self, call: Call) -> None:
        """Raises `GraphError` when the token is none that opens something."""
        tokens = {number.token for number in self.world.numbers.values()}
        tokens.add(f"{beginning.APP}|{beginning.APP_SECRET}")
        if not call.token:
            raise GraphError(
                190, "An access token is required to request this resource.",
                "Send `Authorization: Bearer sim`, or access_token=sim in the query.", 401,
            )  # fmt: skip
        if call.token not in tokens:
            raise GraphError(190, "Invalid OAuth access token - Cannot parse access token",
                             "The simulator begins with the token `sim`.", 401)  # fmt: skip

    def number(self, call: Call, number: str) -> Number:
        """Return a number by its id.

        Raises `GraphError` where there is none, or where the token is another's.
        """
        found = self.world.numbers.get(number)
        if found is None:
            raise unknown_node(call.method, number)
        if call.token != found.token and "|" not in call.token:
            raise GraphError(10, "Application does not have permission for this action",
                             "The token belongs to another number.", 403)  # fmt: skip
        return found

    def account(self, call: Call, account: str) -> Account:
        """Return an account by its id.

        Raises `GraphError` where there is none.
        """
        found = self.world.accounts.get(account)
        if found is None:
            raise unknown_node(call.method, account)
        return found
