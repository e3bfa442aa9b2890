"""Real clients, unmodified, pointed at the simulator by what they offer for it."""

from __future__ import annotations

from typing import Any

import httpx
from heyoo import WhatsApp as Heyoo
from pywa import WhatsApp, handlers
from pywa.types.base_update import BaseUpdate
from tests.simulator.cloud.running import Simulator

from cartellino.simulator.cloud.beginning import ACCOUNT, APP_SECRET, NUMBER, TOKEN, VERIFY_TOKEN

HANDLERS = (
    handlers.MessageHandler, handlers.MessageStatusHandler, handlers.CallbackButtonHandler,
    handlers.CallbackSelectionHandler, handlers.PhoneNumberChangeHandler, handlers.IdentityChangeHandler,
    handlers.FlowCompletionHandler, handlers.TemplateStatusUpdateHandler, handlers.TemplateCategoryUpdateHandler,
    handlers.TemplateQualityUpdateHandler, handlers.UserMarketingPreferencesHandler, handlers.AccountUpdateHandler,
)  # fmt: skip


class Elsewhere(httpx.HTTPTransport):
    """Sends what is meant for the platform to another host."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._host = httpx.URL(url)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_with(scheme="http", host=self._host.host, port=self._host.port)
        return super().handle_request(request)


def pywa_at(simulator: Simulator) -> WhatsApp:
    session = httpx.Client(transport=Elsewhere(simulator.url))
    simulator.sessions.append(session)
    return WhatsApp(
        phone_id=NUMBER, token=TOKEN, waba_id=ACCOUNT, app_secret=APP_SECRET, verify_token=VERIFY_TOKEN,
        session=session,
    )  # fmt: skip


def heyoo_at(simulator: Simulator) -> Heyoo:
    url = simulator.url
    client = Heyoo(TOKEN, NUMBER)
    client.base_url, client.v15_base_url = f"{url}/v14.0", f"{url}/v15.0"
    client.url = f"{url}/v14.0/{NUMBER}/messages"
    return client


class Heard:
    """What pywa's handlers made of webhooks."""

    def __init__(self, client: WhatsApp) -> None:
        self.updates: list[BaseUpdate] = []
        self._client = client
        for handler in HANDLERS:
            client.add_handlers(handler(self._take))

    def _take(self, _: WhatsApp, update: Any) -> None:  # noqa: ANN401
        self.updates.append(update)

    def hear(self, body: bytes) -> BaseUpdate | None:
        """Give pywa the body of a webhook; return what it made of it."""
        before = len(self.updates)
        assert self._client.webhook_update_handler(body) == ("ok", 200)
        return self.updates[-1] if len(self.updates) > before else None
