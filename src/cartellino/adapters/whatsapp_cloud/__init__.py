"""The WhatsApp Cloud API: a gateway before it that judges what a business sends, and reads what the platform tells."""

from __future__ import annotations

from litestar.types import ASGIApp

from cartellino.adapters.registry import Adapter, Front
from cartellino.service.service import Service


def _front(pages: ASGIApp, service: Service) -> Front:
    from cartellino.adapters.whatsapp_cloud.gateway import Gateway

    settings = service.settings
    return Gateway(
        pages, service, settings.whatsapp_upstream, settings.whatsapp_forward, secret=settings.whatsapp_app_secret,
        verify_token=settings.whatsapp_verify_token, token=settings.whatsapp_token,
    )  # fmt: skip


ADAPTER = Adapter(
    folder="whatsapp_cloud", system="WhatsApp Cloud API", command="cartellino gateway", guide="run-the-gateway.md",
    front=_front,
)  # fmt: skip
